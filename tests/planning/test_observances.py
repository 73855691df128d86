"""Days that call for their own message, and days near which some facts stay silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.model import Fact, Status
from bot.planning import choose
from tests.planning.campaign import (
    DAILY,
    TWO,
    campaign,
    fact,
    facts_of,
    library,
    moment,
    plan,
    told,
    told_daily,
)

# Sensitive days

SENSITIVE = "sensitive_days: {week: {title: Mourning, dates: [%s], days_around: 1, groups: [g]}}"


@pytest.mark.parametrize(
    ("date_of", "start", "told_facts"),
    [
        ("12-03", "2026-12-01", "a . . . a"),
        ("12-31", "2026-12-29", "a . . . a"),
        ("01-01", "2026-12-30", "a . . . a"),
        ("01-01", "2027-12-30", "a . . . a"),
        ("02-29", "2028-02-27", "a . . . a"),
        ("02-29", "2027-02-26", "a a . . ."),
    ],
)
def test_a_group_stays_silent_around_its_sensitive_days(date_of: str, start: str, told_facts: str) -> None:
    text = SENSITIVE % date_of
    assert facts_of(told_daily(text, fact("a", group="g"), start=start, days=5)) == told_facts
    assert facts_of(told_daily(text, fact("a", group="other"), start=start, days=5)) == "a a a a a"


def test_an_observance_of_a_sensitive_group_stays_silent_too_and_says_why() -> None:
    text = SENSITIVE % "12-03" + "\nobservances: {it: {day: 12-03}}"
    settings = campaign(text)
    (choice,) = plan(settings, library(settings, fact("a", group="g")), "2026-12-01", 5)
    assert choice.skip == "it: a stays silent near 03.12. (Mourning)"


# Observances

FACTS_OF_THE_DAY = [fact("a"), fact("b"), fact("other")]


def kept(text: str, *facts: Fact, start: str = "2026-12-03") -> list[tuple[str | None, str | None]]:
    """Observance and fact of each slot of one day."""
    settings = campaign(text)
    choices = plan(settings, library(settings, *facts), start, 1)
    return [(choice.observance_id, choice.fact_id) for choice in choices]


def test_of_several_observances_the_first_by_priority_that_the_guard_lets_pass_is_kept() -> None:
    a, b = fact("a"), fact("b")
    held = replace(a, status=Status.HOLD)
    assert kept(TWO, a, b) == [("great", "a")]
    assert kept(TWO, held, b) == [("also", "b")]
    assert kept(TWO, b) == [("also", "b")]
    assert kept(TWO, held, replace(b, review_by=date(2026, 12, 2))) == [(None, None)]


def test_an_observance_that_is_not_kept_says_why_for_each() -> None:
    settings = campaign(TWO)
    (choice,) = plan(settings, library(settings, fact("b", as_of=date(2030, 1, 1))), "2026-12-03", 1)
    assert choice.skip
    assert choice.skip.startswith("great: there is no fact a; also: b is stated as of 2030-01-01")


def test_an_observance_without_words_gives_way_to_the_next() -> None:
    settings = campaign(TWO)
    lib = library(settings, *FACTS_OF_THE_DAY)
    del lib.templates["observance:great", "en"]
    (choice,) = plan(settings, lib, "2026-12-03", 1)
    assert choice.observance_id == "also"


def test_all_observances_of_a_day_are_kept_when_asked_for() -> None:
    text = "rules: {several: all, spacing_minutes: 180}\ncool_downs: {account_minutes: 180}" + TWO
    assert kept(text, *FACTS_OF_THE_DAY) == [("great", "a"), ("also", "b")]


def test_an_observance_speaks_in_its_own_words() -> None:
    settings = campaign(TWO)
    (choice,) = plan(settings, library(settings, *FACTS_OF_THE_DAY), "2026-12-03", 1)
    assert {template.observance_id for template in choice.wordings["one"]} == {"great"}


def test_an_observance_takes_the_place_of_that_days_slots() -> None:
    settings = campaign(DAILY.replace("09:00", "15:00") + TWO)
    choices = plan(settings, library(settings, *FACTS_OF_THE_DAY), "2026-12-03", 1)
    assert [choice.skip for choice in choices] == [None, "an observance takes its place"]


def test_slots_speak_beside_an_observance_when_told_so() -> None:
    text = (
        DAILY.replace("09:00", "15:00") + "rules: {instead_of_slots: false}\ncool_downs: {fact_days: 1}" + TWO
    )
    (observance, slot) = kept(text, *FACTS_OF_THE_DAY)
    assert observance == ("great", "a")
    assert slot[1] in {"b", "other"}


def test_slots_keep_their_place_on_a_day_whose_observance_is_refused() -> None:
    text = DAILY.replace("09:00", "15:00") + "observances: {it: {day: 12-03, fact: nowhere}}"
    assert kept(text, fact("other")) == [(None, None), (None, "other")]


@pytest.mark.parametrize("fixed", [frozenset(), frozenset({"observance@2026-12-03"})])
def test_slots_stay_silent_after_an_observance_that_went_out_already(fixed: frozenset[str]) -> None:
    settings = campaign(DAILY.replace("09:00", "15:00") + TWO)
    history = [told("a", "2026-12-03 09:00", wording="x")]
    lib = library(settings, *FACTS_OF_THE_DAY)
    start = "2026-12-03 00:00" if fixed else "2026-12-03 10:00"
    choices = choose(settings, lib, history, moment(start), moment("2026-12-04"), fixed)
    assert [choice.skip for choice in choices] == ["an observance takes its place"]


@pytest.mark.parametrize("days", [1, 3, 30])
def test_a_fact_is_not_told_shortly_before_its_own_day_though_the_plan_ends_earlier(days: int) -> None:
    text = "cool_downs: {fact_days: 60}\nobservances: {it: {day: 01-30}}"
    assert set(facts_of(told_daily(text, fact("a"), start="2026-12-01", days=days)).split()) == {"."}
    assert "a" in facts_of(told_daily(text, fact("a"), start="2026-11-29", days=2))


@pytest.mark.parametrize(
    ("rest", "other"),
    [("group_days: 5", {"group": "g"}), ("conflict_days: 5", {"conflicts": ["a"]})],
)
@pytest.mark.parametrize("start", ["2026-12-05", "2026-12-06", "2026-12-08"])
def test_nor_is_one_of_its_group_or_in_conflict_with_it(
    rest: str, other: dict[str, object], start: str
) -> None:
    text = f"cool_downs: {{{rest}}}\nrules: {{at: '23:00'}}\nobservances: {{it: {{day: 12-10}}}}"
    settings = campaign(DAILY + text)
    lib = library(settings, fact("a", group="g"), fact("b", **other))
    del lib.templates["a", "en"]
    assert facts_of(plan(settings, lib, "2026-12-04", 1)) == "b"
    assert facts_of(plan(settings, lib, start, 2)) == ". ."


def test_an_account_keeps_silent_just_before_an_observance_beyond_the_plan() -> None:
    settings = campaign(DAILY + "cool_downs: {account_minutes: 1500}\nobservances: {it: {day: 12-03}}")
    choices = plan(settings, library(settings, fact("a"), fact("b")), "2026-12-02", 1)
    assert [choice.skip for choice in choices] == ["every account posted too recently"]


def test_an_observance_posts_to_every_account_though_a_slot_bears_its_name() -> None:
    text = """
    accounts: {one: {network: file}, two: {network: file}}
    slots: {observance: {dates: [2020-01-01], at: "09:00", accounts: [two]}}
    observances: {it: {day: 12-03}}
    """
    settings = campaign(text)
    (choice,) = plan(settings, library(settings, fact("a")), "2026-12-03", 1)
    assert set(choice.wordings) == {"one", "two"}
