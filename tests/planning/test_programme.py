"""What each account says at each slot: which wording, when none fits, and what holds for every campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library import Library, refusals
from bot.library.guard import in_conflict
from bot.model import PlannedPost, Telling
from bot.planning import Choice, choose, slots_between
from bot.planning.slots import is_quiet
from bot.programme import programme, write
from bot.settings import Settings
from tests.planning.campaign import DAILY, DAY, campaign, fact, library, moment, rules_of, sent, tellings_of
from tests.planning.random_campaigns import MOMENTS, campaigns, histories

TWO_ON_X = DAILY + "accounts: {x1: {network: x}, x2: {network: x}, sky: {network: bluesky}}"
any_campaign = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


def plan_of(
    campaign_settings: Settings, lib: Library, days: int = 1, **replaced: object
) -> list[PlannedPost]:
    start = moment("2026-12-01")
    rules = rules_of(campaign_settings, **replaced)
    return programme(campaign_settings, lib, rules, [], start, start + days * DAY)


# Words


def test_each_account_of_a_network_gets_words_of_its_own() -> None:
    two = campaign(TWO_ON_X)
    (post,) = plan_of(two, library(two, fact("a")), identical_text_allowed=False)
    assert len({post.messages["x1"].text, post.messages["x2"].text}) == 2


def test_identical_text_is_refused_where_the_network_forbids_it_and_only_there() -> None:
    two = campaign(TWO_ON_X)
    lib = library(two, fact("a"), wordings=1)
    (post,) = plan_of(two, lib, identical_text_allowed=False)
    assert set(post.messages) == {"x1", "sky"}
    assert post.why_not == "x2: every wording that fits is used on another account of this network"
    (post,) = plan_of(two, lib, identical_text_allowed=True)
    assert set(post.messages) == {"x1", "x2", "sky"}


def test_two_wordings_that_read_the_same_are_one_text() -> None:
    two = campaign(TWO_ON_X)
    lib = library(two, fact("a"), wordings=2)
    lib.templates["a", "en"] = [replace(template, text="Same.") for template in lib.templates["a", "en"]]
    (post,) = plan_of(two, lib, identical_text_allowed=False)
    assert set(post.refused) == {"x2"}


def test_a_wording_that_is_too_long_gives_way_to_one_that_fits() -> None:
    one = campaign(DAILY)
    lib = library(one, fact("a"))
    lib.templates["a", "en"] = [
        replace(template, text="Long. " * 60) if template.id != "a/en/b" else template
        for template in lib.templates["a", "en"]
    ]
    for post in plan_of(one, lib, days=5):
        assert post.messages["one"].template_id == "a/en/b"


def test_a_fact_that_fits_nowhere_costs_no_slot() -> None:
    one = campaign(DAILY)
    lib = library(one, fact("a"), fact("b"))
    lib.templates["a", "en"] = [replace(t, text="Long. " * 60) for t in lib.templates["a", "en"]]
    assert [post.fact_id for post in plan_of(one, lib, days=3)] == ["b", "b", "b"]


def test_an_account_whose_network_takes_none_of_the_wordings_is_left_out_with_the_measures() -> None:
    two = campaign(TWO_ON_X)
    lib = library(two, fact("a"), wordings=1)
    rules = {**rules_of(two), "sky": replace(rules_of(two)["sky"], limit=20)}
    (post,) = programme(two, lib, rules, [], moment("2026-12-01"), moment("2026-12-02"))
    assert set(post.messages) == {"x1", "x2"}
    assert post.why_not == "sky: a/en/a measures 66, and the limit is 20"


def test_an_observance_that_fits_nowhere_says_so_with_the_measures() -> None:
    one = campaign("observances: {it: {day: 12-01}}")
    (post,) = plan_of(one, library(one, fact("a"), wordings=1), limit=20)
    assert (post.fact_id, post.why_not) == (None, "it: it/en/a measures 67, and the limit is 20")


def test_an_observance_before_its_origin_is_left_out_and_says_why() -> None:
    one = campaign("observances: {it: {day: 12-01, origin: 2027-12-01}}")
    (post,) = plan_of(one, library(one, fact("a"), wordings=1))
    assert post.why_not == "it: it/en/a cannot be filled: years_since: it has not happened yet on 2026-12-01"


def test_a_language_without_a_style_file_is_left_out_and_says_so() -> None:
    two = campaign(DAILY + "accounts: {one: {network: file}, deux: {network: file, language: fr}}")
    lib = library(two, fact("a"), languages=["en", "fr"])
    del lib.styles["fr"]
    (post,) = plan_of(two, lib)
    assert post.why_not == "deux: there is no messages/style/fr.yaml"


def test_an_empty_slot_hands_on_the_reason() -> None:
    one = campaign(DAILY)
    (post,) = plan_of(one, library(one))
    assert post == write(Choice(post.slot, skip=post.skip), one, library(one), {})
    assert post.skip == "no fact is free: all are refused, resting, or too near to another"


# What holds for every campaign on every day from 2024 to 2050

Campaign = tuple[Settings, Library]


@any_campaign
@given(campaigns(), MOMENTS, st.integers(1, 40), st.data())
def test_no_plan_breaks_a_rule(found: Campaign, start: datetime, days: int, data: st.DataObject) -> None:
    settings, lib = found
    history = data.draw(histories(start))
    end = start + days * DAY
    choices = choose(settings, lib, history, start, end)
    slots = [choice.slot for choice in choices]
    assert all(start <= slot.at < end for slot in slots)
    assert all(before < after for before, after in pairwise(slots))
    assert len({slot.id for slot in slots}) == len(slots)
    told = [choice for choice in choices if choice.fact_id]
    for choice in told:
        assert refusals(lib.facts[choice.fact_id], choice.slot.day) == ()
        assert choice.wordings
    assert all(choice.skip for choice in choices if not choice.fact_id)
    keeps_conflicts_apart(settings, lib, told, history)
    keeps_rests(settings, lib, told, history)
    keeps_quiet(settings, told)


def keeps_conflicts_apart(
    settings: Settings, lib: Library, told: list[Choice], history: list[Telling]
) -> None:
    days = settings.campaign.cool_downs.conflict_days
    tellings = [(choice.fact_id, choice.slot.day) for choice in told]
    before = [(telling.fact_id, telling.day) for telling in history]
    pairs = [*combinations(tellings, 2), *((new, old) for new in tellings for old in before)]
    for (one, day), (other, other_day) in pairs:
        if one != other and in_conflict(lib.facts[one], lib.facts.get(other), other):
            assert abs((day - other_day).days) > days


def keeps_rests(settings: Settings, lib: Library, told: list[Choice], history: list[Telling]) -> None:
    """Every ordinary slot rests from all others; two observances, whose days are given, need not."""
    rest = settings.campaign.cool_downs
    for one, other in combinations(told, 2):
        gap = abs((one.slot.day - other.slot.day).days)
        if one.observance_id is None or other.observance_id is None:
            assert one.fact_id != other.fact_id or gap > rest.fact_days or not rest.fact_days
            groups = {lib.facts[choice.fact_id].group for choice in (one, other)}
            assert len(groups) > 1 or None in groups or gap > rest.group_days or not rest.group_days
        if one.wordings.keys() & other.wordings.keys():
            assert abs(one.slot.at - other.slot.at) >= timedelta(minutes=rest.account_minutes)


def keeps_quiet(settings: Settings, told: list[Choice]) -> None:
    quiet = settings.quiet_hours
    for choice in told:
        assert quiet is None or not is_quiet(choice.slot.at.astimezone(settings.zone).time(), quiet)


@any_campaign
@given(campaigns(), MOMENTS, st.integers(1, 30), st.integers(1, 30 * 24 * 60), st.data())
def test_a_plan_is_the_plan_of_its_first_part_and_then_of_the_rest_with_that_told(
    found: Campaign, start: datetime, more: int, minutes: int, data: st.DataObject
) -> None:
    """Wherever the plan is cut. So nothing that was shown changes as days go by, while files stay as they are."""
    settings, lib = found
    history = data.draw(histories(start))
    middle = start + timedelta(minutes=minutes)
    end = middle + more * DAY
    whole = choose(settings, lib, history, start, end)
    first = choose(settings, lib, history, start, middle)
    second = choose(settings, lib, [*history, *tellings_of(first)], middle, end)
    assert said(whole) == said(first + second)


def said(choices: list[Choice]) -> list[tuple[object, ...]]:
    return [(c.slot, c.fact_id, c.observance_id, dict(c.wordings)) for c in choices]


@any_campaign
@given(campaigns(), MOMENTS, st.randoms(use_true_random=False))
def test_the_same_files_give_the_same_plan_whatever_order_they_are_in(
    found: Campaign, start: datetime, random: Random
) -> None:
    settings, lib = found
    end = start + 20 * DAY

    def shuffled(mapping: dict[str, Any]) -> dict[str, Any]:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    other = replace(
        settings,
        **{
            name: shuffled(getattr(settings, name))
            for name in ("accounts", "slots", "observances", "sensitive_days")
        },
    )
    other_lib = Library(shuffled(lib.facts), shuffled(lib.templates), shuffled(lib.styles))
    rules = rules_of(settings, identical_text_allowed=False)
    plan = programme(settings, lib, rules, [], start, end)
    assert programme(other, other_lib, rules, [], start, end) == plan


@any_campaign
@given(campaigns(), MOMENTS)
def test_slots_that_are_fixed_are_never_planned_and_the_others_keep_clear_of_them(
    found: Campaign, start: datetime
) -> None:
    settings, lib = found
    end = start + 20 * DAY
    whole = choose(settings, lib, [], start, end)
    fixed = whole[::2]
    names = frozenset(choice.slot.id for choice in fixed)
    rest = choose(settings, lib, tellings_of(fixed), start, end, names)
    assert names.isdisjoint(choice.slot.id for choice in rest)
    assert {choice.slot for choice in rest} | {choice.slot for choice in fixed} == {c.slot for c in whole}
    keeps_conflicts_apart(settings, lib, [c for c in [*fixed, *rest] if c.fact_id], [])


@any_campaign
@given(campaigns(), MOMENTS)
def test_quiet_hours_change_no_slots_id(found: Campaign, start: datetime) -> None:
    settings, _ = found
    end = start + 10 * DAY
    loud = replace(settings, quiet_hours=None)
    inner = {slot.id for slot in slots_between(loud, start, end)}
    around = {slot.id for slot in slots_between(settings, start - 2 * DAY, end + 2 * DAY)}
    assert inner <= around


def test_two_plans_of_thirty_days_are_one_of_sixty_as_the_ledger_remembers_them() -> None:
    text = TWO_ON_X + "\ncool_downs: {fact_days: 5, account_minutes: 120}\nobservances: {it: {day: 12-31}}"
    two = campaign(text)
    lib = library(two, *(fact(name) for name in "abcdefgh"))
    rules = rules_of(two, identical_text_allowed=False)
    start, middle, end = moment("2026-12-01"), moment("2026-12-31"), moment("2027-01-30")
    first = programme(two, lib, rules, [], start, middle)
    second = programme(two, lib, rules, sent(first), middle, end)
    assert first + second == programme(two, lib, rules, [], start, end)


@pytest.mark.parametrize("days", range(1, 30, 7))
def test_planning_anew_every_day_gives_what_was_planned_at_first(days: int) -> None:
    two = campaign(TWO_ON_X + "\ncool_downs: {fact_days: 5}\nobservances: {it: {day: 12-13}}")
    lib = library(two, *(fact(name) for name in "abcdefgh"))
    rules = rules_of(two)
    start = moment("2026-12-01 09:01").astimezone(UTC)
    at_first = programme(two, lib, rules, [], start, start + 30 * DAY)
    went_out = [post for post in at_first if post.slot.at < start + days * DAY]
    later = programme(two, lib, rules, sent(went_out), start + days * DAY, start + 30 * DAY)
    assert [*went_out, *later] == at_first
