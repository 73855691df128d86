"""What the campaign's calendar says about days: observances, days on which facts stay silent, months of review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.planning.rotation import days_from_anniversary
from bot.planning.slots import kept_on
from bot.settings import ReviewEntry, Settings


class Kind(StrEnum):
    """What a mark means for posting."""

    OBSERVANCE = "observance"  # it calls for a post of its own
    SHOWN = "shown"  # an observance that is never posted
    SENSITIVE = "sensitive"  # some groups of facts stay silent


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that makes a day other than its neighbours."""

    kind: Kind
    id: str
    title: str
    note: str | None = None
    silent: tuple[str, ...] = ()  # the groups of facts that are not told


def marks_on(settings: Settings, day: date) -> list[Mark]:
    """The marks of a day: what is posted for first, by priority, then what is only shown, then what must stay silent."""
    kept = [o for o in settings.observances.values() if kept_on(o, day.year) == day]
    kept.sort(key=lambda o: (not o.post, -o.priority, o.id))
    marks = [Mark(Kind.OBSERVANCE if o.post else Kind.SHOWN, o.id, o.title, o.note) for o in kept]
    for name, entry in settings.sensitive_days.items():
        if any(days_from_anniversary(day, *when) <= entry.days_around for when in entry.dates):
            marks.append(Mark(Kind.SENSITIVE, name, entry.title, entry.note, tuple(entry.groups)))
    return marks


def reviews_between(settings: Settings, start: date, end: date) -> list[ReviewEntry]:
    """Reports and meetings of the months from start to end (both inclusive) that call for a review of facts."""
    months = {day.month for day in _days(start, end)}
    return [entry for entry in settings.reviews.values() if months.intersection(entry.months)]


def _days(start: date, end: date) -> Iterator[date]:
    for number in range((end - start).days + 1):
        yield start + timedelta(days=number)
