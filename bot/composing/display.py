"""How values read in a language: CLDR's numbers and dates (Babel), with comparators in their place."""

from __future__ import annotations

import re
from calendar import isleap
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import format_compact_decimal, format_decimal

from bot.model import Month, Number, Value, Year

_LOCALES = {"en": "en_GB"}
# Languages in which the words for millions change with the words around them; their short form (млн) does not.
_SHORT = {"ru"}
_MILLIONS_OF = {"fr", "es"}  # a whole number of millions is followed by "de": CLDR's category many
# Digits of the shortest number that is written in groups: 6279, but 53.150. CLDR's minimumGroupingDigits, which Babel
# 2.17 does not read, and the Academy's Ortografía of 2010 (told at
# https://www.eluniverso.com/vida-estilo/2015/11/15/nota/5239275/esquina-idioma/, seen November 2026).
_GROUPED_FROM = {"es": 5}
# Before the sound i Spanish says e for y (Isabel e Hilario), but not before hia and hie (agua y hielo): what ICU's
# listformatter.cpp does beyond CLDR's patterns.
_BEGINS_WITH_I = re.compile(r"[ií]|h[ií](?![ae])", re.IGNORECASE)
_BELOW_TWO = re.compile(r"-?1(?:,\d+)?[^\d,]")
_EXACT = 20  # more fraction digits than any number has


def display(value: Value | int, language: str, comparators: Mapping[str, str] = MappingProxyType({})) -> str:
    """A value as a reader of this language expects it: "more than 53 million", "18 September 1997".

    `comparators` are the language's words for "more than" and its like, with {} where the number stands; English
    has its own. Raises ValueError where there are none.
    """
    locale = _LOCALES.get(language, language)
    if isinstance(value, Number):
        return _number(value, language, locale, comparators)
    if isinstance(value, Year):
        return str(value.year)
    if isinstance(value, Month):
        return str(format_skeleton("yMMMM", date(value.year, value.month, 1), locale=locale))
    if isinstance(value, date):
        return _date(value, locale)
    if isinstance(value, tuple):
        return _list(value, locale)
    return _in_full(Decimal(value), locale) if isinstance(value, int) else value


def _date(day: date, locale: str) -> str:
    told = str(format_date(day, "long", locale=locale))
    # The first of a month alone is an ordinal in French, which CLDR's patterns cannot say.
    return told.replace("1", "1er", 1) if locale == "fr" and day.day == 1 else told


def _list(each: tuple[str, ...], locale: str) -> str:
    told = str(format_list(each, locale=locale))
    if locale == "es" and len(each) > 1 and _BEGINS_WITH_I.match(each[-1]):
        return f"{told.removesuffix(f' y {each[-1]}')} e {each[-1]}"
    return told


def counted(
    value: Value | int, forms: Mapping[str, str], language: str, comparators: Mapping[str, str]
) -> str:
    """A number with what it counts, in the form that CLDR asks for; # in a form is where the number stands.

    Raises ValueError where the form is missing, TypeError for what is no number.
    """
    if not isinstance(value, Number | int):
        raise TypeError("only a number can be counted")
    amount = value.amount if isinstance(value, Number) else Decimal(value)
    category = _category(amount, language)
    if category not in forms:
        raise ValueError(f"counted lacks the form for {category!r}")
    return forms[category].replace("#", display(value, language, comparators))


def _category(amount: Decimal, language: str) -> str:
    locale = Locale.parse(_LOCALES.get(language, language))
    forms = locale.plural_form
    if "many" in forms.tags and language in _MILLIONS_OF and _is_short(amount, str(locale)):
        return "many"
    return str(forms(amount))


def _number(value: Number, language: str, locale: str, comparators: Mapping[str, str]) -> str:
    amount = _amount(value.amount, locale)
    if value.comparator is None:
        return amount
    if language == "en":
        return f"{value.comparator} {amount}"
    if value.comparator not in comparators:
        raise ValueError(f"there are no words for {value.comparator!r} in {language}")
    return comparators[value.comparator].replace("{}", amount)


def _amount(amount: Decimal, locale: str) -> str:
    """The number in full, or in millions where one decimal says all of it; never rounded."""
    if _is_short(amount, locale):
        return _in_millions(amount, locale, 1)
    return _in_full(amount, locale)


def _in_full(amount: Decimal, locale: str) -> str:
    grouped = abs(amount) >= 10 ** (_GROUPED_FROM.get(locale, 4) - 1)
    return format_decimal(amount, locale=locale, decimal_quantization=False, group_separator=grouped)


def _is_short(amount: Decimal, locale: str) -> bool:
    """Whether the number is told in millions."""
    return abs(amount) >= 1_000_000 and _in_millions(amount, locale, 1) == _in_millions(
        amount, locale, _EXACT
    )


def _in_millions(amount: Decimal, locale: str, digits: int) -> str:
    # Where a language writes millions in one way only, CLDR gives it as its short form.
    format_type: Literal["long", "short"] = (
        "long" if locale not in _SHORT and "long" in Locale.parse(locale).compact_decimal_formats else "short"
    )
    told = format_compact_decimal(amount, format_type=format_type, locale=locale, fraction_digits=digits)
    # French has one million, and one milliard, below two; Babel 2.17 takes the million itself for many.
    return told.removesuffix("s") if locale == "fr" and _BELOW_TWO.match(told) else told


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


def upper_first(language: str, comparators: Mapping[str, str]) -> Callable[[Any], str]:
    """A filter that shows a value with a capital letter, for the start of a sentence."""

    def capital(value: Any) -> str:
        text = display(value, language, comparators)
        return text[:1].upper() + text[1:]

    return capital
