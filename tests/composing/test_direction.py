"""Texts that run from right to left, with what is written from left to right in them."""

from __future__ import annotations

from bot.composing.direction import isolated


def test_a_number_after_a_year_is_read_after_it() -> None:
    assert isolated("2021: 5,544؛ 2022: 4,710.", "ar") == (
        "\u20682021\u2069: \u20685,544\u2069؛ \u20682022\u2069: \u20684,710\u2069."
    )


def test_latin_words_stay_together_with_their_numbers() -> None:
    for run in ("St. Petersburg", "Landmine Monitor 2024: The Impact", "9:30", "1,234.5", "SG/SM/22935"):
        assert isolated(f"في {run}.", "ar") == f"في \u2068{run}\u2069."


def test_a_sign_a_currency_and_a_unit_stay_with_their_number() -> None:
    for run in ("-5%", "+0.5", "\u22125", "$5", "-$5", "US$5", "5 €", "5 km²", "5°C", "CO₂", "50 %"):
        assert isolated(f"في {run}.", "ar") == f"في \u2068{run}\u2069."


def test_a_hyphen_behind_a_word_is_no_sign() -> None:
    assert isolated("كوفيد-19", "ar") == "كوفيد-\u206819\u2069"


def test_two_numbers_side_by_side_are_read_one_after_the_other() -> None:
    assert isolated("عام 2024 6,279 ضحية", "ar") == "عام \u20682024\u2069 \u20686,279\u2069 ضحية"
