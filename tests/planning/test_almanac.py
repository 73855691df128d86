"""What the campaign's calendar says about a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.planning import Kind, marks_on, reviews_between
from bot.settings import Settings, load_settings
from tests.world import write_campaign

CALENDAR = """
observances:
  minor: {title: A lesser day, day: 12-03, fact: oslo-adoption}
  major: {title: A greater day, day: 12-03, fact: oslo-adoption, priority: 5}
  silent: {title: A day to know of, day: 12-03, fact: oslo-adoption, post: false, priority: 9}
  leap: {title: A leap day, day: 02-29, fact: oslo-adoption}
sensitive_days:
  withdrawal: {title: A withdrawal took effect, dates: [12-31], days_around: 2, groups: [party-count]}
reviews:
  monitor: {title: The yearly report, months: [11, 12]}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(write_campaign(tmp_path, observances=CALENDAR) / "config")


def told(settings: Settings, day: str) -> list[tuple[Kind, str]]:
    return [(mark.kind, mark.id) for mark in marks_on(settings, date.fromisoformat(day))]


def test_days_to_post_for_come_first_by_priority_then_those_that_are_only_shown(settings: Settings) -> None:
    assert told(settings, "2026-12-03") == [
        (Kind.OBSERVANCE, "major"),
        (Kind.OBSERVANCE, "minor"),
        (Kind.SHOWN, "silent"),
    ]


def test_a_leap_day_is_kept_on_28_february_in_ordinary_years(settings: Settings) -> None:
    assert told(settings, "2027-02-28") == [(Kind.OBSERVANCE, "leap")]
    assert told(settings, "2028-02-28") == []
    assert told(settings, "2028-02-29") == [(Kind.OBSERVANCE, "leap")]


@pytest.mark.parametrize(
    ("day", "is_silent"),
    [("2026-12-28", False), ("2026-12-29", True), ("2027-01-02", True), ("2027-01-03", False)],
)
def test_days_around_a_sensitive_one_are_silent_across_the_new_year(
    settings: Settings, day: str, is_silent: bool
) -> None:
    assert told(settings, day) == ([(Kind.SENSITIVE, "withdrawal")] if is_silent else [])


def test_reviews_belong_to_their_months(settings: Settings) -> None:
    november, january = date(2026, 11, 30), date(2027, 1, 31)
    assert [r.title for r in reviews_between(settings, november, november)] == ["The yearly report"]
    assert reviews_between(settings, january, january) == []
    assert reviews_between(replace(settings, reviews={}), november, january) == []
