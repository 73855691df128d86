"""The schema of `messages/`: values typed by their shape, and mistakes between the keys of one fact."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.library.format import LONGEST_NUMBER, RESERVED_NAMES, FactEntry, NumberEntry, SourceEntry, typed
from bot.model import Month, Number, Value, Year
from tests.library import unhurried

FACT: dict[str, Any] = {
    "claim": "States adopted the Convention.",
    "source": "monitor",
    "as_of": "2025-12-01",
    "review_by": "2026-12-01",
    "status": "post",
    "since": "2025-12-05",
    "confidence": "high",
}


def rules(**other: Any) -> list[tuple[str, str]]:
    """The key and rule of each mistake in a fact with these keys changed."""
    entry = FactEntry.model_validate(FACT | other)
    return [(".".join(mistake.key), mistake.rule) for mistake in entry.mistakes()]


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("deaths", "6279", Number(Decimal(6279))),
        ("change", "-12", Number(Decimal(-12))),
        ("share", "0.5", Number(Decimal("0.5"))),
        ("mode", "017", Number(Decimal(17))),
        ("year", "2024", Year(2024)),
        ("first_year", "0999", Year(999)),
        ("yearly", "2024", Number(Decimal(2024))),
        ("adopted", "1997-09-18", date(1997, 9, 18)),
        ("leap", "2028-02-29", date(2028, 2, 29)),
        ("opened", "1998-09", Month(1998, 9)),
        ("place", "Oslo", "Oslo"),
        ("answer", "no", "no"),
        ("time", "09:30", "09:30"),
        ("hexadecimal", "0x1F", "0x1F"),
        ("octal", "0o17", "0o17"),
        ("grouped", "6,279", "6,279"),
        ("underlined", "6_279", "6_279"),
        ("power", "1e5", "1e5"),
        ("arabic", "٦٢٧٩", "٦٢٧٩"),
        ("places", ["Oslo", "Ottawa"], ("Oslo", "Ottawa")),
        ("mines", NumberEntry(number=Decimal(53), comparator="more than"), Number(Decimal(53), "more than")),
    ],
)
def test_a_value_is_typed_by_its_shape(name: str, raw: Any, value: Value) -> None:
    assert typed(name, raw) == value
    assert type(typed(name, raw)) is type(value)


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("year", "24", "a year has four digits"),
        ("year", "0000", "a year has four digits"),
        ("first_year", "1997-09", "a year has four digits"),
        ("adopted", "1997-09-31", "there is no day 1997-09-31"),
        ("adopted", "2027-02-29", "there is no day 2027-02-29"),
        ("opened", "1998-13", "there is no month 13 of the year 1998"),
        ("opened", "1998-00", "there is no month 00"),
        ("opened", "0000-05", "there is no month 05 of the year 0000"),
        ("deaths", "1" * (LONGEST_NUMBER + 1), "at most 18 digits"),
    ],
)
def test_a_value_that_cannot_be_says_why(name: str, raw: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        typed(name, raw)


@unhurried
@given(st.from_regex(r"\A[a-z][a-z0-9_]{0,20}\Z"), st.text() | st.from_regex(r"\A[0-9.:-]{1,12}\Z"))
def test_any_text_is_a_value_or_a_plain_mistake(name: str, raw: str) -> None:
    try:
        value = typed(name, raw)
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(value, Number | Year | Month | date | str)


@unhurried
@given(st.dates())
def test_every_day_of_the_calendar_is_read_as_itself(day: date) -> None:
    assert typed("day", day.isoformat()) == day
    assert FactEntry.model_validate(FACT | {"as_of": day.isoformat()}).as_of == day


@pytest.mark.parametrize(
    "number", ["6,279", "6 279", "6_279", "1e5", "٦", "½", "NaN", "Infinity", "many", "0x1F", ""]
)
def test_a_number_is_written_with_digits_only(number: str) -> None:
    with pytest.raises(ValidationError, match="a number is written with digits only"):
        NumberEntry.model_validate({"number": number})


@pytest.mark.parametrize(
    "comparator", ["more than", "at least", "about", "almost", "up to", "fewer than", None]
)
def test_a_comparator_is_one_of_a_few(comparator: str | None) -> None:
    assert NumberEntry.model_validate({"number": "5", "comparator": comparator}).comparator == comparator
    with pytest.raises(ValidationError):
        NumberEntry.model_validate({"number": "5", "comparator": f"{comparator} or so"})


def test_a_sound_fact_has_no_mistakes() -> None:
    assert rules() == []


@pytest.mark.parametrize("status", ["hold", "retired"])
def test_a_fact_on_hold_or_retired_needs_a_reason_and_a_lift(status: str) -> None:
    assert rules(status=status) == [("status", "missing-reason"), ("status", "missing-lift")]
    assert rules(status=status, reason=" ", lift=" ") == rules(status=status)
    assert rules(status=status, reason="two counts differ") == [("status", "missing-lift")]
    assert rules(status=status, reason="two counts differ", lift="ask") == []


@pytest.mark.parametrize("status", ["archived", "internal"])
def test_an_archived_or_internal_fact_needs_a_reason_only(status: str) -> None:
    assert rules(status=status) == [("status", "missing-reason")]
    assert rules(status=status, reason="true of a past period") == []


def test_a_position_needs_a_reason_and_somebody_who_holds_it() -> None:
    assert rules(status="position", reason="a view") == [("status", "missing-attribution")]
    assert rules(status="position", attributed_to="the ICRC") == [("status", "missing-reason")]
    assert rules(status="position", reason="a view", attributed_to="the ICRC") == []


@pytest.mark.parametrize(
    ("as_of", "review_by", "mistakes"),
    [
        ("2025-12-02", "2025-12-01", [("review_by", "review-before-as-of")]),
        ("2025-12-01", "2025-12-01", []),
        ("2025-12-01", "2025-12-02", []),
        ("9999-12-31", "never", []),
    ],
)
def test_a_review_date_may_not_be_before_the_as_of_date(
    as_of: str, review_by: str, mistakes: list[tuple[str, str]]
) -> None:
    assert rules(as_of=as_of, review_by=review_by) == mistakes


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_a_value_may_not_have_a_name_that_templates_give_another_meaning(name: str) -> None:
    assert rules(values={name: "Oslo"}) == [(f"values.{name}", "reserved-name")]


def test_each_value_that_cannot_be_is_a_mistake_of_its_own() -> None:
    values = {"year": "24", "adopted": "1997-09-31", "place": "Oslo"}
    assert rules(values=values) == [("values.year", "value"), ("values.adopted", "value")]


@pytest.mark.parametrize(
    "written", ["2026-1-2", "1 December 2026", "2026-12", "20261201", "2026-12-01T09:00", "Never"]
)
@pytest.mark.parametrize("key", ["as_of", "review_by", "since", "checked_on"])
def test_a_date_is_written_year_month_day(key: str, written: str) -> None:
    with pytest.raises(ValidationError, match="a date is written year-month-day"):
        FactEntry.model_validate(FACT | {key: written})


@pytest.mark.parametrize(
    "written", ["2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "0000-01-01", "٢٠٢٦-١٢-٠١"]
)
@pytest.mark.parametrize("key", ["as_of", "review_by", "since", "checked_on"])
def test_a_date_exists(key: str, written: str) -> None:
    with pytest.raises(ValidationError, match="there is no such day in the calendar"):
        FactEntry.model_validate(FACT | {key: written})


@pytest.mark.parametrize("key", ["claim", "source", "as_of", "review_by", "status", "since", "confidence"])
def test_a_fact_lacks_nothing_that_it_rests_on(key: str) -> None:
    with pytest.raises(ValidationError, match=rf"(?s){key}.*Field required"):
        FactEntry.model_validate({name: value for name, value in FACT.items() if name != key})


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://www.un.org/mines", True),
        ("http://un.org", True),
        ("www.un.org", False),
        ("ftp://un.org", False),
        ("https://", False),
        ("https://un.org/a b", False),
        ("javascript:alert()", False),
        ('https://un.org/"onclick', False),
        ("https://un.org/" + "a" * 2000, False),
    ],
)
def test_an_address_is_one_of_the_web(address: str, fine: bool) -> None:
    source = {"title": "Report", "publisher": "UNMAS", "credit": "UNMAS", "address": address}
    if fine:
        assert SourceEntry.model_validate(source).address == address
    else:
        with pytest.raises(ValidationError, match="address"):
            SourceEntry.model_validate(source)
