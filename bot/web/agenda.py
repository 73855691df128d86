"""What a month or a week of the calendar shows: its days, their marks, and the posts that somebody asked for."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.ledger import Delivery, Post
from bot.planning import Mark, marks_on, place_in_zone
from bot.workspace import Workspace

View = Literal["month", "week"]
EMPTY = "empty"
EARLIEST, LATEST = date(1997, 1, 1), date(2199, 12, 31)  # years in which there is room on both sides
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The month or the week around a day; `weeks` are whole, so a month has days of its neighbours."""

    view: View
    day: date
    weeks: Sequence[Sequence[date]]

    @property
    def first(self) -> date:
        """The first day that counts."""
        return self.day.replace(day=1) if self.view == "month" else self.weeks[0][0]

    @property
    def last(self) -> date:
        """The last day that counts."""
        if self.view == "week":
            return self.weeks[0][-1]
        return self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1])

    @property
    def before(self) -> date:
        """A day in the period before this one."""
        return self.first - _DAY

    @property
    def after(self) -> date:
        """A day in the period after this one."""
        return self.last + _DAY


def period_around(view: View, day: date) -> Period:
    """The month or the week that a day lies in; weeks begin on Monday."""
    if view == "month":
        return Period(view, day, calendar.Calendar().monthdatescalendar(day.year, day.month))
    monday = day - timedelta(days=day.weekday())
    return Period(view, day, [[monday + timedelta(days=number) for number in range(7)]])


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked to see; an empty word asks for everything."""

    account: str = ""
    network: str = ""
    state: str = ""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not (self.account or self.network or self.state)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as the calendar shows it, with those of its deliveries that were asked for."""

    post: Post
    about: str
    observance: str | None
    deliveries: Sequence[Delivery]
    why_empty: str | None
    may_change: bool

    @property
    def by_state(self) -> dict[str, str]:
        """Which accounts are in which state, each with its network and language."""
        told: dict[str, list[str]] = defaultdict(list)
        for d in self.deliveries:
            told[d.state.value].append(f"{d.account_id} ({d.network}, {d.message.language})")
        return {state: ", ".join(names) for state, names in told.items()}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar. `add_at` is a wall time at which a post of one's own could be added."""

    day: date
    belongs: bool
    is_today: bool
    marks: Sequence[Mark]
    entries: Sequence[Entry]
    add_at: datetime | None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to read about this day."""
        return bool(self.marks or self.entries)

    @property
    def counts(self) -> bool:
        """Whether it is shown where there is no room for every day."""
        return self.says_something or self.is_today


def weeks_of(space: Workspace, period: Period, wanted: Wanted, now: datetime) -> list[list[Day]]:
    """The weeks of a period, day by day, in the campaign's time zone."""
    settings = space.settings
    start = place_in_zone(datetime.combine(period.weeks[0][0], time()), settings.zone)
    end = place_in_zone(datetime.combine(period.weeks[-1][-1] + _DAY, time()), settings.zone)
    entries: dict[date, list[Entry]] = defaultdict(list)
    for post in space.ledger.posts_between(start, end):
        if found := entry_of(space, post, wanted):
            entries[settings.day_of(post.due_at)].append(found)
    return [[_day(space, period, day, entries[day], now) for day in week] for week in period.weeks]


def _day(space: Workspace, period: Period, day: date, entries: Sequence[Entry], now: datetime) -> Day:
    return Day(
        day=day,
        belongs=period.first <= day <= period.last,
        is_today=day == space.settings.day_of(now),
        marks=marks_on(space.settings, day),
        entries=entries,
        add_at=_free_moment(space, day, now),
    )


def _free_moment(space: Workspace, day: date, now: datetime) -> datetime | None:
    """A wall time on a day that is still to come: the one at which observances are told, or the next full hour."""
    usual = datetime.combine(day, space.settings.observance_rules.at)
    if place_in_zone(usual, space.settings.zone) > now:
        return usual
    wall = now.astimezone(space.settings.zone).replace(tzinfo=None)
    hour = wall.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return hour if hour.date() == day else None


def entry_of(space: Workspace, post: Post, wanted: Wanted) -> Entry | None:
    """A post as the calendar shows it; None where it is not what was asked for."""
    deliveries = [d for d in post.deliveries if _is_wanted(d, wanted)]
    if not deliveries and (post.deliveries or not _is_wanted_empty(space, post, wanted)):
        return None
    fact = space.library.facts.get(post.fact_id or "")
    observance = space.settings.observances.get(post.observance_id or "")
    return Entry(
        post=post,
        about=fact.claim if fact else post.fact_id or "",
        observance=observance.title if observance else post.observance_id,
        deliveries=deliveries,
        why_empty=None if post.deliveries else post.skip_reason or "nothing is planned for it",
        may_change=bool(post.open_deliveries),
    )


def _is_wanted(delivery: Delivery, wanted: Wanted) -> bool:
    return (
        wanted.account in ("", delivery.account_id)
        and wanted.network in ("", delivery.network)
        and wanted.state in ("", delivery.state.value)
    )


def _is_wanted_empty(space: Workspace, post: Post, wanted: Wanted) -> bool:
    """An empty slot counts for the accounts that it would have spoken through."""
    return wanted.state in ("", EMPTY) and any(
        wanted.account in ("", account.id) and wanted.network in ("", account.network)
        for account in space.settings.accounts_of_slot(post.slot_name)
    )
