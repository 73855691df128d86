"""How values read in a language: CLDR's numbers and dates (Babel), with comparators in their place."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal

from bot.model import Month, Number, Value, Year

_LOCALES = {"en": "en_GB"}
_COMPARATORS = {"en"}  # languages in which comparators are written as the library has them
_EXACT = 20  # more fraction digits than any number has


def display(value: Value | int, language: str) -> str:
    """A value as a reader of this language expects it: "more than 53 million", "18 September 1997"."""
    locale = _LOCALES.get(language, language)
    if isinstance(value, Number):
        return _number(value, language, locale)
    if isinstance(value, Year):
        return str(value.year)
    if isinstance(value, Month):
        return str(format_skeleton("yMMMM", date(value.year, value.month, 1), locale=locale))
    if isinstance(value, date):
        return str(format_date(value, "long", locale=locale))
    if isinstance(value, tuple):
        return str(format_list(value, locale=locale))
    return format_decimal(value, locale=locale) if isinstance(value, int) else value


def _number(value: Number, language: str, locale: str) -> str:
    amount = _amount(value.amount, locale)
    if value.comparator is None:
        return amount
    if language not in _COMPARATORS:
        raise ValueError(f"there are no words for {value.comparator!r} in {language}")
    return f"{value.comparator} {amount}"


def _amount(amount: Decimal, locale: str) -> str:
    """The number in full, or in millions where one decimal says all of it; never rounded."""
    if abs(amount) >= 1_000_000:
        short, exact = (_in_millions(amount, locale, digits) for digits in (1, _EXACT))
        if short == exact:
            return short
    return format_decimal(amount, locale=locale, decimal_quantization=False)


def _in_millions(amount: Decimal, locale: str, digits: int) -> str:
    # Where a language writes millions in one way only, CLDR gives it as its short form.
    format_type: Literal["long", "short"] = (
        "long" if "long" in Locale.parse(locale).compact_decimal_formats else "short"
    )
    return format_compact_decimal(amount, format_type=format_type, locale=locale, fraction_digits=digits)


def years_since(value: Any, on: date) -> int:
    """Whole years from a date, month or year until a day.

    29 February comes round on 28 February in ordinary years, as in config/observances.yaml.
    Raises TypeError for anything else, and ValueError for what has not happened yet.
    """
    if isinstance(value, Year):
        years = on.year - value.year
    elif isinstance(value, Month):
        years = on.year - value.year - (on.month < value.month)
    elif isinstance(value, date):
        day = 28 if (value.month, value.day) == (2, 29) and not isleap(on.year) else value.day
        years = on.year - value.year - ((on.month, on.day) < (value.month, day))
    else:
        raise TypeError("years_since needs a date, a month or a year")
    if years < 0:
        raise ValueError(f"years_since: it has not happened yet on {on}")
    return years


def upper_first(language: str) -> Callable[[Any], str]:
    """A filter that shows a value with a capital letter, for the start of a sentence."""

    def capital(value: Any) -> str:
        text = display(value, language)
        return text[:1].upper() + text[1:]

    return capital
