"""Campaigns of any kind for Hypothesis: settings, library and history that the files could hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.library import Library
from bot.model import Fact, Status, Telling
from bot.settings import WEEKDAYS, Settings
from tests.planning.campaign import campaign_of, fact, library

NAMES = "abcdefgh"
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Zurich",
        "America/New_York",
        "America/Nuuk",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Africa/Casablanca",
        "Etc/GMT+12",
    ]
)
CLOCKS = st.builds(
    lambda hour, minute: f"{hour:02d}:{minute:02d}", st.integers(0, 23), st.sampled_from([0, 15, 30])
)
DAYS = st.dates(date(2024, 1, 1), date(2050, 12, 31))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2050, 11, 1), timezones=st.just(UTC))
MONTH_DAYS = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
GROUPS = st.sampled_from([None, "g", "h"])
RESTS = st.fixed_dictionaries(
    {
        "fact_days": st.integers(0, 20),
        "group_days": st.integers(0, 30),
        "conflict_days": st.integers(0, 15),
        "account_minutes": st.sampled_from([0, 60, 120, 1500, 3000]),
    }
)
ACCOUNTS = st.sampled_from(
    [
        {"one": {"network": "x"}},
        {"one": {"network": "x"}, "two": {"network": "x"}, "sky": {"network": "bluesky"}},
        {"one": {"network": "x"}, "deux": {"network": "x", "language": "fr"}},
    ]
)


@st.composite
def slot_entries(draw: st.DrawFn, accounts: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = draw(
        st.one_of(
            st.fixed_dictionaries(
                {"weekdays": st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True), "at": CLOCKS}
            ),
            st.fixed_dictionaries({"every_days": st.integers(1, 9), "starting": DAYS.map(str), "at": CLOCKS}),
            st.fixed_dictionaries({"dates": st.lists(DAYS.map(str), min_size=1, max_size=5), "at": CLOCKS}),
            st.sampled_from(["30 1,2 * * *", "0 9 29 2 *", "15 12 */5 * 1-5"]).map(
                lambda cron: {"cron": cron}
            ),
        )
    )
    if draw(st.booleans()):
        entry["time_zone"] = draw(ZONES)
    if draw(st.integers(0, 4)) == 0:
        entry["accounts"] = [draw(st.sampled_from(accounts))]
    if draw(st.integers(0, 4)) == 0:
        entry["facts"] = {draw(st.sampled_from(["groups", "not_groups"])): ["g"]}
    return entry


QUIET_HOURS = st.none() | st.fixed_dictionaries(
    {
        "start": st.sampled_from(["00:00", "12:00", "21:00", "23:30"]),
        "end": st.sampled_from(["00:30", "07:00", "12:00"]),
        "then": st.sampled_from(["move", "skip"]),
    }
)


@st.composite
def all_settings(draw: st.DrawFn) -> Settings:
    accounts = draw(ACCOUNTS)
    observances = st.fixed_dictionaries(
        {"day": MONTH_DAYS, "fact": st.sampled_from(NAMES), "priority": st.integers(0, 2)}
    )
    return campaign_of(
        {
            "zone": draw(ZONES),
            "cool_downs": draw(RESTS),
            "accounts": accounts,
            "slots": draw(
                st.dictionaries(
                    st.sampled_from(["morning", "noon", "night"]), slot_entries(list(accounts)), min_size=1
                )
            ),
            "quiet_hours": draw(QUIET_HOURS),
            "rules": draw(
                st.fixed_dictionaries(
                    {
                        "at": CLOCKS,
                        "several": st.sampled_from(["first", "all"]),
                        "spacing_minutes": st.sampled_from([30, 180, 1440]),
                        "instead_of_slots": st.booleans(),
                    }
                )
            ),
            "observances": draw(st.dictionaries(st.sampled_from(["o", "p", "q", "r"]), observances)),
            "sensitive_days": draw(
                st.dictionaries(
                    st.just("s"),
                    st.fixed_dictionaries(
                        {
                            "title": st.just("S"),
                            "dates": st.lists(MONTH_DAYS, min_size=1, max_size=2),
                            "days_around": st.integers(0, 5),
                            "groups": st.just(["g"]),
                        }
                    ),
                )
            ),
        }
    )


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    return [
        fact(
            name,
            group=draw(GROUPS),
            conflicts=draw(st.sets(st.sampled_from(NAMES), max_size=2)) - {name},
            status=draw(st.sampled_from([Status.POST, Status.POST, Status.POSITION, Status.HOLD])),
            review_by=draw(st.none() | DAYS),
        )
        for name in names
    ]


@st.composite
def campaigns(draw: st.DrawFn) -> tuple[Settings, Library]:
    """Settings with a library of up to eight facts, of which some have no words in French."""
    settings = draw(all_settings())
    known = draw(facts())
    made = library(settings, *known, wordings=draw(st.integers(1, 3)), languages=["en", "fr"])
    for silent in draw(st.sets(st.sampled_from(known).map(lambda fact: fact.id), max_size=2)):
        del made.templates[silent, "fr"]
    return settings, made


@st.composite
def histories(draw: st.DrawFn, start: datetime) -> list[Telling]:
    """What was told in the month before a moment."""
    minutes = draw(st.lists(st.tuples(st.integers(1, 43200), st.sampled_from(NAMES)), max_size=4))
    moments = [(start - timedelta(minutes=ago), name) for ago, name in minutes]
    return [Telling(name, f"{name}/en/a", "one", at, at.date()) for at, name in moments]
