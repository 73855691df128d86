"""The guard: which facts it lets pass on which days, and what it says of those it refuses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library import Refusal, Told, conflicts_near, refusals
from bot.model import Fact, Place, Source, Status
from tests.library import unhurried
from tests.world import day

SOURCE = Source("monitor", "Landmine Monitor 2025", "ICBL-CMC", "Landmine Monitor 2025")
REFUSED = [status for status in Status if status not in (Status.POST, Status.POSITION)]
ONE_DAY = timedelta(days=1)
any_day = st.dates(date(1900, 1, 1), date(9999, 12, 31))


def fact(name: str = "casualties-2024", **other: Any) -> Fact:
    """A fact that may be posted from 1 December 2025 to 1 December 2026, unless told otherwise."""
    told: dict[str, Any] = {
        "id": name,
        "subject": "Casualties",
        "claim": "At least 6,279 people were killed or injured.",
        "values": {},
        "source": SOURCE,
        "as_of": day("2025-12-01"),
        "review_by": day("2026-12-01"),
        "status": Status.POST,
        "status_since": day("2025-12-05"),
        "place": Place("messages/facts/casualties.yaml", 6, 3),
    }
    return Fact(**(told | other))


def codes(refused: tuple[Refusal, ...]) -> list[str]:
    return [refusal.code for refusal in refused]


@pytest.mark.parametrize("status", [Status.POST, Status.POSITION])
def test_a_sound_fact_passes(status: Status) -> None:
    assert refusals(fact(status=status), day("2026-03-01")) == ()


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.HOLD, "is on hold"),
        (Status.RETIRED, "is retired"),
        (Status.ARCHIVED, "is archived"),
        (Status.INTERNAL, "is internal"),
    ],
)
def test_a_refusal_for_its_status_says_why_since_when_and_what_would_lift_it(
    status: Status, word: str
) -> None:
    held = fact(status=status, status_reason="two counts differ", lift="read the depositary")
    (refusal,) = refusals(held, day("2026-03-01"))
    assert refusal.code == status.value
    assert refusal.why.startswith(word)
    assert refusal.why.endswith(": two counts differ")
    assert refusal.since == day("2025-12-05")
    assert refusal.lift == "read the depositary"
    assert (
        str(refusal) == f"casualties-2024 {refusal.why} (since 2025-12-05). To lift it: read the depositary"
    )


def test_a_refusal_without_a_lift_of_its_own_names_the_file_to_change() -> None:
    (refusal,) = refusals(fact(status=Status.INTERNAL), day("2026-03-01"))
    assert "messages/facts/casualties.yaml" in refusal.lift
    assert not refusal.why.endswith(": ")


def test_every_status_but_post_and_position_has_words_of_its_own() -> None:
    said = {refusals(fact(status=status), day("2026-03-01"))[0].why for status in REFUSED}
    assert len(said) == len(REFUSED)


@pytest.mark.parametrize(
    ("on", "refused"),
    [
        ("2025-11-30", ["not-yet"]),
        ("2025-12-01", []),
        ("2026-11-30", []),
        ("2026-12-01", []),
        ("2026-12-02", ["overdue"]),
        ("2031-01-01", ["overdue"]),
    ],
)
def test_a_fact_passes_from_its_as_of_day_to_its_review_date_both_included(
    on: str, refused: list[str]
) -> None:
    assert codes(refusals(fact(), day(on))) == refused


def test_a_fact_past_its_review_date_is_refused_from_the_next_day_on() -> None:
    (refusal,) = refusals(fact(), day("2027-05-05"))
    assert refusal.why == "is past its review date, 2026-12-01"
    assert refusal.since == day("2026-12-02")
    assert "ICBL-CMC" in refusal.lift
    assert "messages/facts/casualties.yaml" in refusal.lift


def test_a_fact_stated_for_a_day_to_come_says_how_long_to_wait() -> None:
    (refusal,) = refusals(fact(), day("2025-06-01"))
    assert "2025-12-01" in refusal.why
    assert refusal.lift.startswith("wait until 2025-12-01")


@pytest.mark.parametrize("on", ["2025-12-01", "2100-02-28", "9999-12-31"])
def test_an_event_that_cannot_change_never_falls_due(on: str) -> None:
    assert refusals(fact(review_by=None), day(on)) == ()


def test_every_reason_is_told_at_once() -> None:
    assert codes(refusals(fact(status=Status.HOLD), day("2026-12-02"))) == ["hold", "overdue"]
    assert codes(refusals(fact(status=Status.RETIRED), day("2025-11-30"))) == ["retired", "not-yet"]


@unhurried
@given(status=st.sampled_from(Status), as_of=any_day, review_by=st.none() | any_day, on=any_day)
def test_a_fact_passes_exactly_when_its_status_and_both_its_dates_allow_it(
    status: Status, as_of: date, review_by: date | None, on: date
) -> None:
    told = fact(status=status, as_of=as_of, review_by=review_by, status_since=as_of)
    in_time = as_of <= on and (review_by is None or on <= review_by)
    allowed = status in (Status.POST, Status.POSITION) and in_time
    assert (refusals(told, on) == ()) == allowed


@unhurried
@given(status=st.sampled_from(REFUSED), as_of=any_day, review_by=st.none() | any_day, on=any_day)
def test_no_other_status_than_post_or_position_ever_passes(
    status: Status, as_of: date, review_by: date | None, on: date
) -> None:
    told = fact(status=status, as_of=as_of, review_by=review_by, lift="a person decides")
    refused = refusals(told, on)
    assert status.value in codes(refused)
    assert all(refusal.why and refusal.lift and refusal.since for refusal in refused)


@unhurried
@given(as_of=any_day, review_by=any_day, on=any_day)
def test_an_overdue_fact_was_not_yet_overdue_the_day_before_it_was_first_refused(
    as_of: date, review_by: date, on: date
) -> None:
    told = fact(as_of=as_of, review_by=review_by)
    for refusal in refusals(told, on):
        if refusal.code == "overdue":
            assert refusal.since <= on
            assert "overdue" in codes(refusals(told, refusal.since))
            assert "overdue" not in codes(refusals(told, refusal.since - ONE_DAY))


def near(one: Fact, other: Fact, gap: int, days: int = 7) -> tuple[Refusal, ...]:
    on = day("2026-03-01")
    return conflicts_near(one, on, [Told(other.id, on + gap * ONE_DAY)], {one.id: one, other.id: other}, days)


@pytest.mark.parametrize("naming", ["the one names the other", "the other names the one", "both"])
@pytest.mark.parametrize(
    ("gap", "refused"), [(-8, False), (-7, True), (-1, True), (0, True), (1, True), (7, True), (8, False)]
)
def test_facts_in_conflict_keep_their_distance_before_and_after(naming: str, gap: int, refused: bool) -> None:
    one = fact("one", conflicts=frozenset(() if naming.startswith("the other") else ("other",)))
    other = fact("other", conflicts=frozenset(() if naming.startswith("the one") else ("one",)))
    assert codes(near(one, other, gap)) == ["conflict"] * refused


def test_a_conflict_says_which_fact_and_on_which_day_and_what_would_do() -> None:
    one, other = fact("one", conflicts=frozenset({"other"})), fact("other")
    (refusal,) = near(one, other, gap=3)
    assert refusal.fact_id == "one"
    assert "other" in refusal.why
    assert "2026-03-04" in refusal.why
    assert refusal.lift == "leave more than 7 days between the two."
    assert refusal.since == day("2026-03-01")
    assert near(one, other, gap=-3)[0].since == day("2026-02-26")


def test_facts_without_a_conflict_may_stand_on_one_day() -> None:
    assert near(fact("one"), fact("other"), gap=0) == ()


def test_a_fact_is_no_conflict_of_itself() -> None:
    one = fact("one", conflicts=frozenset({"one"}))
    assert near(one, one, gap=0) == ()


def test_a_conflict_with_a_fact_that_has_left_the_library_still_counts() -> None:
    one = fact("one", conflicts=frozenset({"gone"}))
    on = day("2026-03-01")
    assert codes(conflicts_near(one, on, [Told("gone", on)], {"one": one}, 7)) == ["conflict"]


def test_each_telling_of_a_conflicting_fact_is_a_refusal_of_its_own() -> None:
    one, other = fact("one", conflicts=frozenset({"other"})), fact("other")
    on = day("2026-03-01")
    told = [Told("other", on - ONE_DAY), Told("other", on + ONE_DAY), Told("other", on + 30 * ONE_DAY)]
    assert len(conflicts_near(one, on, told, {"one": one, "other": other}, 7)) == 2


@unhurried
@given(
    days=st.integers(0, 365), gap=st.integers(-800, 800), one_names=st.booleans(), other_names=st.booleans()
)
def test_a_conflict_is_refused_in_both_directions_alike(
    days: int, gap: int, one_names: bool, other_names: bool
) -> None:
    one = fact("one", conflicts=frozenset(["other"] * one_names))
    other = fact("other", conflicts=frozenset(["one"] * other_names))
    expected = abs(gap) <= days and (one_names or other_names)
    assert bool(near(one, other, gap, days)) == bool(near(other, one, -gap, days)) == expected
