"""The files of `messages/` as their editors write them: the schema, with each key explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.model import Month, Number, Status, Value, Year

ID = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
NAME = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
LANGUAGE = Annotated[str, Field(pattern=r"^(ar|en|es|fr|ru|zh)$")]
ADDRESS = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$", max_length=2000)]
COMPARATORS = ("more than", "at least", "about", "almost", "up to", "fewer than")

FILTERS = ("upper_first", "years_since")  # all that a template may call
RESERVED_NAMES = frozenset({"attributed_to", "years", "credit", "as_of"})


def _day(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a date is written year-month-day, as in 2026-12-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None


Day = Annotated[date, BeforeValidator(_day)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SourceEntry(_Entry):
    """Where facts come from."""

    title: str = Field(description="Title of the report, page or statement.")
    publisher: str = Field(description="Who published it, in full.")
    credit: str = Field(max_length=60, description="How a post names it: short, known to followers.")
    date: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$",
        description="Year, month or day it was published; left out when unknown.",
    )
    address: ADDRESS | None = Field(None, description="Where it was seen.")


class NumberEntry(_Entry):
    """A number with its comparator."""

    number: Decimal = Field(description="The number itself, digits only.")
    comparator: Literal["more than", "at least", "about", "almost", "up to", "fewer than"] | None = Field(
        None, description="Part of the value: always shown with it."
    )


class FactEntry(_Entry):
    """One claim with its pedigree."""

    claim: str = Field(description="The claim as one plain English sentence.")
    values: dict[NAME, NumberEntry | list[str] | str] = Field(
        default_factory=dict,
        description="What templates may quote. Digits are a number, `year` or `…_year` a year, 1997-09-18 a date, "
        "1998-09 a month, {number, comparator} a number with its comparator, anything else text.",
    )
    scope: str | None = Field(None, description="What exactly is counted: who, where, when.")
    source: ID = Field(description="Id of a source in this or another file.")
    as_of: Day = Field(description="The day for which the claim was last known to be true.")
    review_by: Day | Literal["never"] = Field(
        description="The last day on which it may be posted; `never` for an event that cannot change."
    )
    status: Status = Field(
        description="post, position (a view, always attributed), hold, retired, archived or internal."
    )
    since: Day = Field(description="Since when it has this status.")
    reason: str | None = Field(None, description="Why it has this status; needed unless the status is post.")
    lift: str | None = Field(None, description="What would make it postable; needed for hold and retired.")
    group: ID | None = Field(
        None, description="Facts about the same thing; spaced apart in time and reviewed together."
    )
    conflicts: list[ID] = Field(default_factory=list, description="Facts it must never stand near in time.")
    superseded_by: ID | None = Field(None, description="The fact that took its place.")
    attributed_to: str | None = Field(None, description="Who says it; needed for a position.")
    link: ADDRESS | None = Field(None, description="The address followers get.")
    corroborated_by: list[str] = Field(default_factory=list, description="Where else it was seen.")
    seed: str | None = Field(None, description="What the campaign's page said, word for word.")
    confidence: Literal["high", "medium", "low"] = Field(description="How sure the checkers are.")
    checked_on: Day | None = Field(None, description="The day somebody last checked it.")
    notes: str | None = Field(None, description="Provenance notes for colleagues.")

    @model_validator(mode="after")
    def _whole(self) -> FactEntry:
        if self.review_by != "never" and self.review_by < self.as_of:
            raise ValueError(f"review_by ({self.review_by}) is before as_of ({self.as_of})")
        if self.status is not Status.POST and not self.reason:
            raise ValueError(f"a fact with status {self.status} needs a reason")
        if self.status in (Status.HOLD, Status.RETIRED) and not self.lift:
            raise ValueError(f"a fact with status {self.status} needs lift: what would make it postable")
        if self.status is Status.POSITION and not self.attributed_to:
            raise ValueError("a position needs attributed_to: who says it")
        if reserved := RESERVED_NAMES & set(self.values):
            raise ValueError(f"values cannot be called {', '.join(sorted(reserved))}")
        for name, raw in self.values.items():
            typed(name, raw)
        return self


class FactsFile(_Entry):
    """messages/facts/<subject>.yaml: one subject, its sources and its facts."""

    subject: str = Field(description="The subject in plain words.")
    sources: dict[ID, SourceEntry] = Field(default_factory=dict, description="Sources by id.")
    facts: dict[ID, FactEntry] = Field(description="Facts by id.")


Wordings = dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$", max_length=16)], str]


class TemplatesFile(_Entry):
    """messages/templates/<language>/<subject>.yaml: wordings of facts in one language."""

    language: LANGUAGE
    templates: dict[ID, Wordings] = Field(default_factory=dict, description="Wordings by fact.")
    observances: dict[ID, Wordings] = Field(
        default_factory=dict, description="Wordings for a day, by observance."
    )


class AvoidEntry(_Entry):
    """A word the house style refuses."""

    word: str
    say: str
    why: str


class StyleFile(_Entry):
    """messages/style/<language>.yaml: the credit line and the words to avoid."""

    language: LANGUAGE
    credit: str = Field(
        description="The line that names publisher and as-of date: {{ credit }} and {{ as_of }}."
    )
    avoid: list[AvoidEntry] = Field(default_factory=list)


def typed(name: str, raw: NumberEntry | list[str] | str) -> Value:
    """A value as the model knows it. Raises ValueError for a date or month that does not exist."""
    if isinstance(raw, NumberEntry):
        return Number(raw.number, raw.comparator)
    if isinstance(raw, list):
        return tuple(raw)
    if name == "year" or name.endswith("_year"):
        return _year(name, raw)
    if re.fullmatch(r"-?\d+(\.\d+)?", raw):
        return Number(Decimal(raw))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        return _existing_day(name, raw)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", raw):
        return _month(name, int(match[1]), int(match[2]))
    return raw


def typed_values(raw: Mapping[str, NumberEntry | list[str] | str]) -> dict[str, Value]:
    """All values of a fact as the model knows them."""
    return {name: typed(name, value) for name, value in raw.items()}


def _year(name: str, raw: str) -> Year:
    if not re.fullmatch(r"\d{4}", raw):
        raise ValueError(f"values.{name}: a year has four digits, not {raw!r}")
    return Year(int(raw))


def _existing_day(name: str, raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"values.{name}: there is no day {raw} in the calendar") from None


def _month(name: str, year: int, month: int) -> Month:
    if not 1 <= month <= 12:
        raise ValueError(f"values.{name}: there is no month {month}")
    return Month(year, month)
