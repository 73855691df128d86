"""Facts that worked come earlier, by so many days and no more; docs/what-works.md says the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.library import Library
from bot.model import Status, Telling
from bot.planning import Choice, choose
from bot.ranking import leads
from bot.settings import PreferWhatWorks, Settings
from tests.planning.campaign import (
    DAILY,
    DAY,
    campaign,
    campaign_of,
    fact,
    facts_of,
    library,
    moment,
    tellings_of,
    told,
)
from tests.planning.random_campaigns import GROUPS, MOMENTS, NAMES, campaigns, histories

DAILY_SLOT = {"it": {"every_days": 1, "starting": "2024-01-01", "at": "09:00"}}
SCORES = st.dictionaries(st.sampled_from(NAMES), st.floats(-1, 2))
some = hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
HISTORY = [told("a", "2026-11-20"), told("b", "2026-11-10")]


def with_head_start(settings: Settings, days: int) -> Settings:
    wish = {"prefer_what_works": PreferWhatWorks(head_start_days=days)}
    return replace(settings, campaign=settings.campaign.model_copy(update=wish))


def next_told(scores: Mapping[str, float], head_start: int, *names: str) -> str:
    settings = with_head_start(campaign(DAILY), head_start)
    lib = library(settings, *(fact(name) for name in names or "ab"))
    start = moment("2026-12-01")
    return facts_of(choose(settings, lib, HISTORY, start, start + DAY, scores=scores))


@pytest.mark.parametrize(
    ("head_start", "score", "first"),
    [(0, 1.0, "b"), (9, 1.0, "b"), (11, 1.0, "a"), (22, 0.49, "b"), (22, 0.5, "a"), (60, 0.0, "b"), (60, -9, "b")],
)  # fmt: skip
def test_a_fact_that_worked_comes_as_many_days_earlier_as_its_score_has_of_the_most(
    head_start: int, score: float, first: str
) -> None:
    assert next_told({"a": score}, head_start) == first


@pytest.mark.parametrize(
    ("head_start", "order"),
    [
        (10, "stockpiles casualties clearance oslo"),
        (0, "stockpiles oslo clearance casualties"),
    ],
)
def test_the_example_in_the_documents(head_start: int, order: str) -> None:
    settings = with_head_start(campaign(DAILY), head_start)
    history = [
        told("casualties", "2026-11-20"),
        told("clearance", "2026-11-15"),
        told("oslo", "2026-11-12"),
        told("stockpiles", "2026-11-09"),
    ]
    scores = leads({"casualties": 1.0, "clearance": 0.7, "oslo": 0.3, "stockpiles": 0.0})
    lib = library(settings, *(fact(telling.fact_id) for telling in history))
    start = moment("2026-12-01")
    assert facts_of(choose(settings, lib, history, start, start + 4 * DAY, scores=scores)) == order


def test_no_score_is_worth_more_than_the_whole_head_start() -> None:
    assert next_told({"a": 100.0}, 9) == "b"


def test_what_was_never_told_still_goes_before_everything() -> None:
    assert next_told({"a": 1.0, "b": 1.0}, 60, "a", "b", "new") == "new"


@some
@given(campaigns(), MOMENTS, SCORES, st.data())
def test_without_a_head_start_the_plan_is_exactly_as_without_scores(
    found: tuple[Settings, Library], start: datetime, scores: dict[str, float], data: st.DataObject
) -> None:
    settings, lib = found
    history = data.draw(histories(start))
    end = start + 20 * DAY
    plain = choose(settings, lib, history, start, end)
    assert choose(settings, lib, history, start, end, scores=scores) == plain
    assert choose(with_head_start(settings, 60), lib, history, start, end) == plain


@some
@given(st.integers(1, 8), st.integers(1, 3), st.integers(0, 12), SCORES, MOMENTS, st.data())
def test_every_fact_that_can_be_told_is_told_once_in_so_many_slots(
    count: int, a_day: int, head_start: int, scores: dict[str, float], start: datetime, data: st.DataObject
) -> None:
    """In any n + s × (head start + 1) slots, with n facts and s slots a day, whatever the scores."""
    slots = {
        f"s{n}": {"every_days": 1, "starting": "2024-01-01", "at": f"{6 + n:02d}:00"} for n in range(a_day)
    }
    settings = with_head_start(campaign_of({"slots": slots}), head_start)
    names = NAMES[:count]
    lib = library(settings, *(fact(name) for name in names))
    bound = count + a_day * (head_start + 1)
    history = data.draw(histories(start))
    choices = choose(settings, lib, history, start, start + (2 * bound // a_day + 1) * DAY, scores=scores)
    facts = [choice.fact_id for choice in choices]
    assert len(facts) >= 2 * bound
    for first in range(len(facts) - bound + 1):
        assert set(facts[first : first + bound]) == set(names)


@st.composite
def crowded(draw: st.DrawFn) -> tuple[Settings, Library, list[Telling]]:
    """A daily slot, facts that keep each other away, and when each was told last."""
    rests = {
        "fact_days": st.integers(0, 3),
        "group_days": st.integers(0, 2),
        "conflict_days": st.integers(0, 2),
    }
    settings = campaign_of({"slots": DAILY_SLOT, "cool_downs": draw(st.fixed_dictionaries(rests))})
    names = NAMES[: draw(st.integers(2, 6))]
    conflicts = st.sets(st.sampled_from(names), max_size=1)
    facts = [fact(name, group=draw(GROUPS), conflicts=draw(conflicts) - {name}) for name in names]
    ago = {name: draw(st.none() | st.integers(1, 12)) for name in names}
    start = moment("2026-12-01")
    tellings = [
        Telling(name, f"{name}/en/a", "one", start - days * DAY, (start - days * DAY).date())
        for name, days in ago.items()
        if days
    ]
    return settings, library(settings, *facts), tellings


@some
@given(
    crowded(), st.integers(0, 5), st.dictionaries(st.sampled_from(NAMES[:6]), st.sampled_from([0.5, 1, 9]))
)
def test_no_fact_stands_back_for_one_that_was_told_more_than_the_head_start_after_it(
    found: tuple[Settings, Library, list[Telling]], head_start: int, scores: dict[str, float]
) -> None:
    """Whatever rests, groups and conflicts there are: who was passed over so was not free."""
    settings, lib, history = found
    settings = with_head_start(settings, head_start)
    start = moment("2026-12-01")
    choices = choose(settings, lib, history, start, start + 10 * DAY, scores=scores)
    for place, choice in enumerate(choices):
        if choice.fact_id is None:
            continue
        before = [*history, *tellings_of(choices[:place])]
        mine = last_told(choice.fact_id, before)
        for name in lib.facts:
            theirs = last_told(name, before)
            passed_over = mine is not None and (theirs is None or mine - theirs > head_start * DAY)
            if name != choice.fact_id and passed_over:
                assert not could_be_told(name, choice, settings, lib, before, choices)


def last_told(name: str, tellings: list[Telling]) -> date | None:
    days = [telling.day for telling in tellings if telling.fact_id == name]
    return max(days, default=None)


def could_be_told(
    name: str, at: Choice, settings: Settings, lib: Library, before: list[Telling], choices: list[Choice]
) -> bool:
    """Whether the slot would tell this fact, were all the others on hold."""
    facts = {
        other: known if other == name else replace(known, status=Status.HOLD)
        for other, known in lib.facts.items()
    }
    alone = Library(facts, lib.templates, lib.styles)
    others = frozenset(choice.slot.id for choice in choices if choice is not at)
    when = at.slot.at
    found = choose(settings, alone, before, when, when + timedelta(seconds=1), others)
    return [choice.fact_id for choice in found] == [name]
