"""How values read in a language."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.composing.display import display, upper_first, years_since
from bot.library.format import LONGEST_NUMBER
from bot.model import Month, Number, Value, Year

OTHERS = ("ar", "es", "fr", "ru", "zh")
COMPARATORS = ("more than", "at least", "about", "almost", "up to", "fewer than")


def number(text: str, comparator: str | None = None) -> Number:
    return Number(Decimal(text), comparator)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "0"),
        ("7", "7"),
        ("999", "999"),
        ("1000", "1,000"),
        ("6279", "6,279"),
        ("-40", "-40"),
        ("12.5", "12.5"),
        ("0.05", "0.05"),
        ("12.345678", "12.345678"),
        ("999999", "999,999"),
        ("1000000", "1 million"),
        ("1050000", "1,050,000"),
        ("1100000", "1.1 million"),
        ("1234567", "1,234,567"),
        ("53000000", "53 million"),
        ("53000000.0", "53 million"),
        ("53100000", "53.1 million"),
        ("53150000", "53,150,000"),
        ("53000001", "53,000,001"),
        ("1200000000", "1.2 billion"),
        ("1234000000", "1,234,000,000"),
    ],
)
def test_a_number_is_whole_or_in_millions_where_one_decimal_says_all_of_it(amount: str, shown: str) -> None:
    assert display(number(amount), "en") == shown


@given(st.decimals(-(10**9), 10**9, places=2) | st.integers(0, 10**LONGEST_NUMBER - 1).map(Decimal))
def test_no_number_is_ever_rounded(amount: Decimal) -> None:
    shown = display(Number(amount), "en").replace(",", "")
    digits, _, unit = shown.partition(" ")
    factor = {"": 1, "million": 10**6, "billion": 10**9, "trillion": 10**12}[unit]
    assert Decimal(digits) * factor == amount


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_a_comparator_stands_before_its_number_in_english(comparator: str) -> None:
    assert display(number("53000000", comparator), "en") == f"{comparator} 53 million"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("comparator", COMPARATORS)
def test_a_comparator_is_refused_where_a_language_has_no_words_for_it(comparator: str, language: str) -> None:
    with pytest.raises(ValueError, match=f"there are no words for '{comparator}' in {language}"):
        display(number("53", comparator), language)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Year(1997), "1997"),
        (Month(1999, 3), "March 1999"),
        (date(1997, 9, 18), "18 September 1997"),
        (date(2028, 2, 29), "29 February 2028"),
        ("Oslo", "Oslo"),
        (("Oslo",), "Oslo"),
        (("Oslo", "Ottawa"), "Oslo and Ottawa"),
        (("Oslo", "Ottawa", "Geneva"), "Oslo, Ottawa and Geneva"),
        (29, "29"),
    ],
)
def test_other_values_in_english(value: Value | int, shown: str) -> None:
    assert display(value, "en") == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("ar", ["53 مليون", "6,279", "18 سبتمبر 1997", "مارس 1999", "1997", "A وB"]),
        ("es", ["53 millones", "6279", "18 de septiembre de 1997", "marzo de 1999", "1997", "A y B"]),
        ("fr", ["53 millions", "6\u202f279", "18 septembre 1997", "mars 1999", "1997", "A et B"]),
        (
            "ru",
            ["53\u00a0млн", "6\u00a0279", "18 сентября 1997\u202fг.", "март 1999\u202fг.", "1997", "A и B"],
        ),
        ("zh", ["5300万", "6,279", "1997年9月18日", "1999年3月", "1997", "A和B"]),
    ],
)
def test_values_in_the_other_languages_of_the_united_nations(language: str, shown: list[str]) -> None:
    values: list[Value] = [
        number("53000000"),
        number("6279"),
        date(1997, 9, 18),
        Month(1999, 3),
        Year(1997),
        ("A", "B"),
    ]
    assert [display(value, language) for value in values] == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("999", "999"),
        ("6279", "6279"),
        ("-6279.5", "-6279,5"),
        ("9999", "9999"),
        ("10000", "10.000"),
        ("53150000", "53.150.000"),
    ],
)
def test_spanish_groups_the_digits_of_a_number_only_from_ten_thousand(amount: str, shown: str) -> None:
    assert display(number(amount), "es") == shown
    assert display(int(Decimal(amount)), "es") == shown.partition(",")[0]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("1000000", "1 million"),
        ("-1500000", "-1,5 million"),
        ("2000000", "2 millions"),
        ("1000000000", "1 milliard"),
        ("1900000000", "1,9 milliard"),
        ("12000000000", "12 milliards"),
    ],
)
def test_french_has_one_million_and_one_milliard_below_two(amount: str, shown: str) -> None:
    assert display(number(amount), "fr").replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        (date(2025, 12, 1), "1er décembre 2025"),
        (date(1999, 3, 1), "1er mars 1999"),
        (date(2025, 11, 11), "11 novembre 2025"),
        (date(2025, 1, 21), "21 janvier 2025"),
        (date(2025, 1, 10), "10 janvier 2025"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal_in_french(day: date, shown: str) -> None:
    assert display(day, "fr") == shown


@pytest.mark.parametrize(
    ("each", "shown"),
    [
        (("Angola", "Italia"), "Angola e Italia"),
        (("Oslo", "Angola", "Irak"), "Oslo, Angola e Irak"),
        (("Perú", "índices"), "Perú e índices"),
        (("Isabel", "Hilario"), "Isabel e Hilario"),
        (("arena y agua", "islas"), "arena y agua e islas"),
        (("agua", "hielo"), "agua y hielo"),
        (("verbo", "hiato"), "verbo y hiato"),
        (("Irak", "Yemen"), "Irak y Yemen"),
        (("Irak",), "Irak"),
    ],
)
def test_spanish_says_e_before_the_sound_of_i(each: tuple[str, ...], shown: str) -> None:
    assert display(each, "es") == shown


@pytest.mark.parametrize(
    ("value", "on", "years"),
    [
        (date(1997, 9, 18), date(2027, 9, 17), 29),
        (date(1997, 9, 18), date(2027, 9, 18), 30),
        (date(1997, 12, 31), date(2028, 1, 1), 30),
        (date(2024, 2, 29), date(2025, 2, 27), 0),
        (date(2024, 2, 29), date(2025, 2, 28), 1),
        (date(2024, 2, 29), date(2028, 2, 28), 3),
        (date(2024, 2, 29), date(2028, 2, 29), 4),
        (Month(1999, 3), date(2026, 2, 28), 26),
        (Month(1999, 3), date(2026, 3, 1), 27),
        (Year(1999), date(2026, 1, 1), 27),
        (date(2026, 11, 24), date(2026, 11, 24), 0),
    ],
)
def test_years_are_counted_whole(value: Value, on: date, years: int) -> None:
    assert years_since(value, on) == years


@pytest.mark.parametrize("value", [date(2027, 1, 1), Month(2027, 1), Year(2027)])
def test_years_since_what_has_not_happened_are_refused(value: Value) -> None:
    with pytest.raises(ValueError, match="it has not happened yet on 2026-12-31"):
        years_since(value, date(2026, 12, 31))


@pytest.mark.parametrize("value", ["1997", ("1997",), number("1997"), None])
def test_years_since_anything_but_a_day_a_month_or_a_year_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        years_since(value, date(2026, 12, 31))


@given(st.dates(date(1900, 1, 1), date(2050, 12, 31)), st.integers(0, 60000))
def test_years_never_run_backwards_and_grow_by_one_at_most(born: date, days: int) -> None:
    today = born + timedelta(days=days)
    grown = years_since(born, today + timedelta(days=1)) - years_since(born, today)
    assert grown in (0, 1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (number("53000000", "more than"), "More than 53 million"),
        (number("6279"), "6,279"),
        ("the Secretary-General", "The Secretary-General"),
        ("État", "État"),
        ("émine", "Émine"),
        ("", ""),
    ],
)
def test_the_start_of_a_sentence_has_a_capital_letter_and_nothing_else_changes(
    value: Value, shown: str
) -> None:
    assert upper_first("en", {})(value) == shown
