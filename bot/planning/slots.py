"""The moments at which to post: APScheduler's triggers give wall times, the zone gives the moment.

Wall times are computed in UTC and only then placed in their zone, so that two rules hold for
every trigger: a time of day that does not exist (clocks go forward) moves later by as much as
the clocks did, and one that comes twice (clocks go back) is the first of the two.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from apscheduler.triggers.cron import CronTrigger

from bot.model import Observance, Slot
from bot.settings import WEEKDAYS, QuietHours, Settings, SlotEntry

_DAY = timedelta(days=1)
_NUMBERS = re.compile(r"(?<![/\w#])([0-6])(?:-([0-6]))?(?:/(\d+))?")


def slots_between(settings: Settings, start: datetime, end: datetime) -> list[Slot]:
    """Every slot from start (inclusive) to end (exclusive), both aware, in order; quiet hours applied.

    A slot in quiet hours is moved to their end, or carries the reason why it is skipped.
    """
    # Two days on both sides, because zones and quiet hours move slots across midnight.
    begin, stop = start.astimezone(UTC) - 2 * _DAY, end.astimezone(UTC) + 2 * _DAY
    rough = [*_ordinary(settings, begin, stop), *_observed(settings, begin, stop)]
    quieted = (_apply_quiet_hours(slot, settings) for slot in rough)
    return sorted(slot for slot in quieted if start <= slot.at < end)


def place_in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) of a wall-clock time; see the module's two rules for changing clocks."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _ordinary(settings: Settings, start: datetime, end: datetime) -> Iterator[Slot]:
    for name, entry in settings.slots.items():
        zone = ZoneInfo(entry.time_zone) if entry.time_zone else settings.zone
        for wall in _wall_times(entry, start.replace(tzinfo=None), end.replace(tzinfo=None)):
            at = place_in_zone(wall, zone)
            yield Slot(at, f"{name}@{wall:%Y-%m-%dT%H:%M}", name, settings.day_of(at))


def _wall_times(entry: SlotEntry, start: datetime, end: datetime) -> Iterator[datetime]:
    if entry.dates:
        yield from (datetime.combine(day, entry.at or time()) for day in sorted(set(entry.dates)))
        return
    trigger, now, previous = _trigger(entry), start.replace(tzinfo=UTC), None
    while (fire := trigger.get_next_fire_time(previous, now)) is not None:
        wall = fire.replace(tzinfo=None)
        if wall >= end:
            return
        if wall >= start:
            yield wall
        previous, now = fire, max(now, fire)


def _trigger(entry: SlotEntry) -> BaseTrigger:
    if entry.cron is not None:
        return CronTrigger.from_crontab(_with_weekday_names(entry.cron), timezone=UTC)
    at = entry.at or time()
    if entry.every_days is not None:
        return CalendarIntervalTrigger(
            days=entry.every_days, hour=at.hour, minute=at.minute, start_date=entry.starting, timezone=UTC
        )
    return CronTrigger(day_of_week=",".join(entry.weekdays), hour=at.hour, minute=at.minute, timezone=UTC)


def _with_weekday_names(cron: str) -> str:
    """The expression with names for numbers of weekdays: cron counts from Sunday, APScheduler from Monday."""
    *others, weekdays = cron.split()
    return " ".join([*others, _NUMBERS.sub(_names, weekdays)])


def _names(numbers: re.Match[str]) -> str:
    first, last, step = (int(number or 0) for number in numbers.groups())
    return ",".join(WEEKDAYS[n - 1] for n in range(first, max(first, last) + 1, step or 1))


def observances_on(settings: Settings, day: date) -> list[Observance]:
    """The postable observances of a day, highest priority first; 29 February is kept on 28 in ordinary years."""
    found = [o for o in settings.observances.values() if o.post and kept_on(o, day.year) == day]
    return sorted(found, key=lambda o: (-o.priority, o.id))


def off_its_day(settings: Settings, observance_id: str | None, day: date) -> str | None:
    """Why a post for an observance is untrue on a day: it says "today" of another. None for every other post."""
    observance = settings.observances.get(observance_id or "")
    if observance is None or kept_on(observance, day.year) == day:
        return None
    month, number = observance.day
    return f"it is for {observance.id}, which is kept on {month:02d}-{number:02d} and not on {day}"


def kept_on(observance: Observance, year: int) -> date:
    """The day of a year on which an observance is kept."""
    month, day = observance.day
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _observed(settings: Settings, start: datetime, end: datetime) -> Iterator[Slot]:
    rules = settings.observance_rules
    spacing = timedelta(minutes=rules.spacing_minutes)
    spread = spacing * len(settings.observances) if rules.several == "all" else timedelta()
    day = (start - spread).date()
    while day <= end.date():
        found = observances_on(settings, day)
        at = place_in_zone(datetime.combine(day, rules.at), settings.zone)
        if found and rules.several == "first":
            yield Slot(at, f"observance@{day}", "observance", settings.day_of(at), tuple(o.id for o in found))
        elif found:
            for index, observance in enumerate(found):
                moment = at + index * spacing
                yield Slot(
                    moment, f"{observance.id}@{day}", "observance", settings.day_of(moment), (observance.id,)
                )
        day += _DAY


def _apply_quiet_hours(slot: Slot, settings: Settings) -> Slot:
    quiet = settings.quiet_hours
    if quiet is None:
        return slot
    zone = ZoneInfo(quiet.time_zone) if quiet.time_zone else settings.zone
    local = slot.at.astimezone(zone)
    if not is_quiet(local.time(), quiet):
        return slot
    if quiet.then == "skip":
        return Slot(slot.at, slot.id, slot.name, slot.day, slot.observances, "it falls in quiet hours")
    over_midnight = quiet.start > quiet.end and local.time() >= quiet.start
    ends_on = local.date() + (_DAY if over_midnight else timedelta())
    at = place_in_zone(datetime.combine(ends_on, quiet.end), zone)
    if at < slot.at:  # clocks went back, and this is the second time that the quiet hours run
        at = datetime.combine(ends_on, quiet.end, zone).replace(fold=1).astimezone(UTC)
    return Slot(at, slot.id, slot.name, settings.day_of(at), slot.observances)


def is_quiet(at: time, quiet: QuietHours) -> bool:
    """Whether a local time lies in quiet hours; equal start and end mean none are quiet."""
    if quiet.start <= quiet.end:
        return quiet.start <= at < quiet.end
    return at >= quiet.start or at < quiet.end
