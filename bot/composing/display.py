"""How values read in a language: CLDR's numbers and dates (Babel), with comparators in their place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal

from bot.model import Month, Number, Value, Year

_LOCALES = {"en": "en_GB"}
_ROUND_MILLIONS = Decimal(100_000)


def display(value: Value | int, language: str) -> str:
    """A value as a reader of this language expects it: "more than 53 million", "18 September 1997"."""
    locale = _LOCALES.get(language, language)
    if isinstance(value, Number):
        amount = _amount(value.amount, locale)
        return f"{value.comparator} {amount}" if value.comparator else amount
    if isinstance(value, Year):
        return str(value.year)
    if isinstance(value, Month):
        return str(format_date(date(value.year, value.month, 1), "MMMM y", locale=locale))
    if isinstance(value, date):
        return str(format_date(value, "d MMMM y", locale=locale))
    if isinstance(value, tuple):
        return str(format_list(value, locale=locale))
    return format_decimal(value, locale=locale) if isinstance(value, int) else value


def _amount(amount: Decimal, locale: str) -> str:
    if abs(amount) >= 1_000_000 and amount % _ROUND_MILLIONS == 0:
        return format_compact_decimal(amount, format_type="long", locale=locale, fraction_digits=1)
    return format_decimal(amount, locale=locale)


def years_since(value: Any, on: date) -> int:
    """Whole years from a date, month or year until a day. Raises TypeError for anything else."""
    if isinstance(value, Year):
        return on.year - value.year
    if isinstance(value, Month):
        return on.year - value.year - (on.month < value.month)
    if isinstance(value, date):
        return on.year - value.year - ((on.month, on.day) < (value.month, value.day))
    raise TypeError("years_since needs a date, a month or a year")


def upper_first(language: str) -> Callable[[Any], str]:
    """A filter that shows a value with a capital letter, for the start of a sentence."""

    def capital(value: Any) -> str:
        text = display(value, language)
        return text[:1].upper() + text[1:]

    return capital
