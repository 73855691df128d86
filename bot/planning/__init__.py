"""When and what: (settings, library, history, period) → slots and the facts told at them. Pure."""

from bot.planning.almanac import Kind, Mark, marks_on, reviews_between
from bot.planning.rotation import Choice, choose
from bot.planning.slots import kept_on, off_its_day, place_in_zone, slots_between

__all__ = [
    "Choice",
    "Kind",
    "Mark",
    "choose",
    "kept_on",
    "marks_on",
    "off_its_day",
    "place_in_zone",
    "reviews_between",
    "slots_between",
]
