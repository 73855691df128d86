"""When and what: (settings, library, history, period) → slots and the facts told at them. Pure."""

from bot.planning.rotation import Choice, choose
from bot.planning.slots import off_its_day, slots_between

__all__ = ["Choice", "choose", "off_its_day", "slots_between"]
