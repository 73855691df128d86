"""The files of `messages/` as their editors write them: the schema, with each key explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from bot.model import Month, Number, Status, Translation, Value, Year

ID = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
NAME = Annotated[str, Field(pattern=NAME_PATTERN, max_length=40)]
LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
LANGUAGE = Annotated[str, Field(pattern=rf"^({'|'.join(LANGUAGES)})$")]
ADDRESS = Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$", max_length=2000)]
COMPARATOR = Literal["more than", "at least", "about", "almost", "up to", "fewer than"]
LONGEST_NUMBER = 18  # digits
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"

FILTERS = ("upper_first", "years_since")  # all that a template may call, beside `counted`
COMPOSERS_NAMES = frozenset({"attributed_to", "years", "credit", "as_of"})  # the composer gives them itself
JINJAS_NAMES = frozenset(
    {"and", "elif", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "self", "super", "true"}
)
RESERVED_NAMES = COMPOSERS_NAMES | JINJAS_NAMES


def _day(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError("a date is written year-month-day, as in 2026-12-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day in the calendar") from None


def _day_or_never(text: Any) -> Any:
    if text is None:
        raise ValueError("write a date, as in 2026-12-01, or never")
    return text if text == "never" else _day(text)


def _plain_number(text: Any) -> Any:
    if isinstance(text, str) and not re.fullmatch(_NUMBER, text):
        raise ValueError("a number is written with digits only, as in 6279 or 0.5")
    return text


Day = Annotated[date, BeforeValidator(_day)]
DayOrNever = Annotated[date | Literal["never"], BeforeValidator(_day_or_never)]
Said = Annotated[str, Field(min_length=1)]  # stands in posts


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SourceEntry(_Entry):
    """Where facts come from."""

    title: str = Field(description="Title of the report, page or statement.")
    publisher: str = Field(description="Who published it, in full.")
    credit: Said = Field(max_length=60, description="How a post names it: short, known to followers.")
    date: str | None = Field(
        None,
        pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$",
        description="Year, month or day it was published; left out when unknown.",
    )
    address: ADDRESS | None = Field(None, description="Where it was seen.")


class NumberEntry(_Entry):
    """A number with its comparator."""

    number: Annotated[Decimal, BeforeValidator(_plain_number)] = Field(
        max_digits=LONGEST_NUMBER, description="The number itself, digits only."
    )
    comparator: COMPARATOR | None = Field(None, description="Part of the value: always shown with it.")


YEAR = Annotated[str, Field(pattern=r"^[1-9][0-9]{3}$")]
AMOUNT = Annotated[Decimal, BeforeValidator(_plain_number), Field(max_digits=LONGEST_NUMBER, ge=0)]
Texts = Annotated[list[Said], Field(min_length=1)]
ValueTexts = Texts | Said
_TEXTS: TypeAdapter[list[str]] = TypeAdapter(Texts)


def _by_shape(raw: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    # A value has one shape, so that a mistake in it gives one finding and not one for each shape it might have.
    if raw is None or raw == "":
        raise ValueError("this value is empty")
    if isinstance(raw, dict):
        return NumberEntry.model_validate(raw)
    return _TEXTS.validate_python(raw) if isinstance(raw, list) else handler(raw)


ValueEntry = Annotated[NumberEntry | Texts | Said, WrapValidator(_by_shape)]


class Mistake(NamedTuple):
    """Something wrong with an entry as a whole: the key it stands at, what, and how to mend it."""

    key: tuple[str, ...]
    rule: str
    problem: str
    mend: str


class FactEntry(_Entry):
    """One claim with its pedigree."""

    claim: Said = Field(description="The claim as one plain English sentence.")
    values: dict[NAME, ValueEntry] = Field(
        default_factory=dict,
        description="What templates may quote. Digits are a number, `year` or `…_year` a year, 1997-09-18 a date, "
        "1998-09 a month, {number, comparator} a number with its comparator, anything else text.",
    )
    scope: str | None = Field(None, description="What exactly is counted: who, where, when.")
    source: ID = Field(description="Id of a source in this or another file.")
    as_of: Day = Field(description="The day for which the claim was last known to be true.")
    review_by: DayOrNever = Field(
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
    series: dict[YEAR, AMOUNT] = Field(
        default_factory=dict,
        description="The same count for several years, as in {2013: 3450, 2024: 6279}; its card shows it as a chart.",
    )
    superseded_by: ID | None = Field(None, description="The fact that took its place.")
    attributed_to: Said | None = Field(None, description="Who says it; needed for a position.")
    link: ADDRESS | None = Field(None, description="The address followers get.")
    corroborated_by: list[str] = Field(default_factory=list, description="Where else it was seen.")
    seed: str | None = Field(None, description="What the campaign's page said, word for word.")
    confidence: Literal["high", "medium", "low"] = Field(description="How sure the checkers are.")
    checked_on: Day | None = Field(None, description="The day somebody last checked it.")
    notes: str | None = Field(None, description="Provenance notes for colleagues.")

    def mistakes(self) -> Iterator[Mistake]:
        """What is wrong between the keys of one fact; each key by itself is right already."""
        if self.review_by != "never" and self.review_by < self.as_of:
            problem = f"review_by ({self.review_by}) is before as_of ({self.as_of})."
            yield Mistake(("review_by",), "review-before-as-of", problem, "Correct one of the two.")
        if self.status is not Status.POST and not self.reason:
            problem = f"A fact with status {self.status} needs a reason."
            yield Mistake(("status",), "missing-reason", problem, "Add reason: why it has this status.")
        if self.status in (Status.HOLD, Status.RETIRED) and not self.lift:
            problem = f"A fact with status {self.status} needs lift."
            yield Mistake(("status",), "missing-lift", problem, "Add lift: what would make it postable.")
        if self.status is Status.POSITION and not self.attributed_to:
            problem = "A position needs attributed_to."
            yield Mistake(("status",), "missing-attribution", problem, "Add attributed_to: who says it.")
        if 0 < len(self.series) < 2:
            yield Mistake(
                ("series",), "short-series", "A series needs two years or more.", "Add years, or take it out."
            )
        for name, raw in self.values.items():
            yield from _mistakes_of_value(name, raw)


def _mistakes_of_value(name: str, raw: NumberEntry | list[str] | str) -> Iterator[Mistake]:
    if name in RESERVED_NAMES:
        taken = "by the composer" if name in COMPOSERS_NAMES else "by the language of templates"
        problem = f"A value cannot be called {name!r}: that name is taken {taken}."
        yield Mistake(("values", name), "reserved-name", problem, "Give it another name.")
    try:
        typed(name, raw)
    except ValueError as error:
        yield Mistake(("values", name), "value", f"values.{name}: {error}.", "Correct the value.")


class FactsFile(_Entry):
    """messages/facts/<subject>.yaml: one subject, its sources and its facts."""

    subject: str = Field(description="The subject in plain words.")
    sources: dict[ID, SourceEntry] = Field(default_factory=dict, description="Sources by id.")
    facts: dict[ID, FactEntry] = Field(description="Facts by id.")


Wordings = dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$", max_length=16)], Said]
_FINGERPRINT = Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]


class CardEntry(_Entry):
    """What a fact's share card says."""

    figure: Said | None = Field(
        None, max_length=400, description="What stands large, such as {{ casualties }}; short."
    )
    text: Said = Field(
        max_length=400, description="What the figure counts, or all that is said where there is none."
    )


class ReviewedEntry(_Entry):
    """A person's word that a translation may be posted."""

    by: Said = Field(max_length=100, description="Who read it.")
    on: Day = Field(description="When.")
    seen: _FINGERPRINT = Field(
        description="What they read, as `bot review` shows it: it changes with every word, and then it is to be read anew."
    )


class TemplatesFile(_Entry):
    """messages/templates/<language>/<subject>.yaml: wordings of facts in one language."""

    language: LANGUAGE
    translation: Translation | None = Field(
        None,
        description="`original`, `reviewed` or `unreviewed`: how all wordings and cards of this file came to be. What is "
        "unreviewed is not posted until a person has read it (`bot review`). Left out: original in English, "
        "unreviewed in every other language.",
    )
    values: dict[ID, dict[NAME, ValueTexts]] = Field(
        default_factory=dict,
        description="Text values of facts, and attributed_to, as this language has them, by fact. Numbers and dates "
        "need none.",
    )
    cards: dict[ID, CardEntry] = Field(default_factory=dict, description="Share cards by fact.")
    templates: dict[ID, Wordings] = Field(default_factory=dict, description="Wordings by fact.")
    observances: dict[ID, Wordings] = Field(
        default_factory=dict, description="Wordings for a day, by observance."
    )
    reviewed: dict[ID, ReviewedEntry] = Field(
        default_factory=dict, description="Translations that a person has read, by fact or observance."
    )


class AvoidEntry(_Entry):
    """A word the house style refuses."""

    word: Said
    say: str
    why: str


class StyleFile(_Entry):
    """messages/style/<language>.yaml: the credit line and the words to avoid."""

    language: LANGUAGE
    credit: Said = Field(
        description="The line that names publisher and as-of date: {{ credit }} and {{ as_of }}."
    )
    sources: dict[Said, Said] = Field(
        default_factory=dict,
        description="How this language names each source, by its English credit. A source without a name here is not "
        "quoted in this language.",
    )
    comparators: dict[COMPARATOR, Said] = Field(
        default_factory=dict, description='"more than" and its like, with {} where the number stands.'
    )
    correction: Said | None = Field(
        None,
        description="How a correction begins: {{ was }} and {{ now }} are the old and the new figure, {{ on }} the day of "
        "the old post, whose address follows.",
    )
    avoid: list[AvoidEntry] = Field(default_factory=list)


def typed(name: str, raw: NumberEntry | list[str] | str) -> Value:
    """A value as the model knows it. Raises ValueError for a number, year, month or day that cannot be."""
    if isinstance(raw, NumberEntry):
        return Number(raw.number, raw.comparator)
    if isinstance(raw, list):
        return tuple(raw)
    if name == "year" or name.endswith("_year"):
        return _year(raw)
    if re.fullmatch(_NUMBER, raw):
        return _number(raw)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        return _existing_day(raw)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", raw):
        return _month(int(match[1]), int(match[2]))
    return raw


def _number(raw: str) -> Number:
    if sum(c.isdigit() for c in raw) > LONGEST_NUMBER:
        raise ValueError(f"a number has at most {LONGEST_NUMBER} digits")
    return Number(Decimal(raw))


def _year(raw: str) -> Year:
    if not re.fullmatch(r"\d{4}", raw) or int(raw) == 0:
        raise ValueError(f"a year has four digits, not {raw!r}")
    return Year(int(raw))


def _existing_day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"there is no day {raw} in the calendar") from None


def _month(year: int, month: int) -> Month:
    if not 1 <= month <= 12 or year == 0:
        raise ValueError(f"there is no month {month:02} of the year {year:04}")
    return Month(year, month)
