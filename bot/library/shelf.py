"""What was read from `messages/`: facts, wordings, cards and styles, and what people said of them elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from bot.documents import Document
from bot.model import (
    CardWording,
    Fact,
    Finding,
    Hold,
    Misconfigured,
    Number,
    Place,
    Source,
    Status,
    Template,
    Translation,
)

SOURCE_LANGUAGE = "en"  # in which facts are written; every other is a translation
OF_A_DAY = "observance:"


def about(fact_id: str, observance_id: str | None) -> str:
    """The name of what a language says of a fact, or of a day."""
    return f"{OF_A_DAY}{observance_id}" if observance_id else fact_id


@dataclass(frozen=True, slots=True)
class Avoid:
    """A word the house style refuses, what to say instead, and why."""

    word: str
    say: str
    why: str


@dataclass(frozen=True, slots=True)
class Style:
    """How one language words the credit line, and which words it avoids."""

    language: str
    credit: str
    avoid: tuple[Avoid, ...] = ()
    place: Place = Place()
    sources: Mapping[str, str] = field(default_factory=dict)  # by their English credit
    comparators: Mapping[str, str] = field(default_factory=dict)  # with {} where the number stands
    correction: str | None = None  # how a correction begins
    correction_place: Place = Place()

    def name_of(self, source: Source) -> str | None:
        """How this language names a source; None when nobody has said."""
        return self.sources.get(source.credit, source.credit if self.language == SOURCE_LANGUAGE else None)


@dataclass(frozen=True, slots=True)
class Block:
    """All that a language says of one fact, or of one day; a person reads and reviews it as a whole.

    `fingerprint` is eight hex digits that change with every word of it, with the texts of the fact that it translates,
    and with its words for the comparators of the fact's numbers; not with a number, a year or a day.
    """

    name: str
    language: str
    fact_id: str
    observance_id: str | None
    templates: tuple[Template, ...]
    card: CardWording | None
    source: str | None  # how the language names the fact's source
    quoted: tuple[
        tuple[str, str | tuple[str, ...]], ...
    ]  # by name: texts as the fact has them, comparators in words
    place: Place
    translation: Translation

    @property
    def fingerprint(self) -> str:
        """What was read, as eight hex digits."""
        values = {
            name: value
            for told in (*self.templates, self.card)
            if told
            for name, value in told.values.items()
        }
        said = [
            self.language,
            sorted((template.id, template.text) for template in self.templates),
            (self.card.figure, self.card.text) if self.card else None,
            sorted(
                (name, list(value) if isinstance(value, tuple) else value) for name, value in values.items()
            ),
            self.source,
            self.quoted,
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A file's word that a person has read a translation; `id` is a fact or an observance, `on` the day."""

    id: str
    language: str
    by: str
    on: date
    seen: str
    place: Place

    @property
    def names(self) -> tuple[str, str]:
        """What the id may stand for: a fact, or a day."""
        return self.id, about("", self.id)


@dataclass(slots=True)
class Library:
    """All facts, templates and styles, with what was wrong in their files."""

    facts: dict[str, Fact] = field(default_factory=dict)
    templates: dict[tuple[str, str], list[Template]] = field(default_factory=dict)
    styles: dict[str, Style] = field(default_factory=dict)
    cards: dict[tuple[str, str], CardWording] = field(default_factory=dict)  # by fact and language
    reviewed: list[Reviewed] = field(default_factory=list)  # as the files say
    findings: list[Finding] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)  # by the name they are shown as
    incomplete: set[str] = field(default_factory=set)  # folders with a file that could not be read
    faulty: set[str] = field(default_factory=set)  # facts left out for a mistake of their own

    def may_exist(self, fact_id: str) -> bool:
        """Whether a fact is there, or may be once the mistakes that were found are mended."""
        return fact_id in self.facts or fact_id in self.faulty or "facts" in self.incomplete

    def place_in(self, fact: Fact, *key: str | int) -> Place:
        """Where a key of a fact stands."""
        document = self.documents.get(fact.place.file)
        return document.place("facts", fact.id, *key) if document else fact.place

    def value_place_in(self, fact: Fact, *key: str | int) -> Place:
        """Where the value of a key of a fact begins."""
        document = self.documents.get(fact.place.file)
        return document.value_place("facts", fact.id, *key) if document else fact.place

    def hold(self, hold: Hold) -> None:
        """Lay a hold that was given elsewhere over a fact; the file stays as it is."""
        fact = self.facts.get(hold.fact_id)
        if fact is not None and fact.status.postable:
            self.facts[fact.id] = replace(
                fact,
                status=Status.HOLD,
                status_since=hold.since.date(),
                status_reason=f"{hold.why} ({hold.who})",
                lift=f"`bot hold {fact.id} --lift REASON`, by somebody who has checked it.",
            )

    def confirm(self, fact_id: str, as_of: date, review_by: date) -> None:
        """Lay a person's confirmation over a fact whose file is older; the file stays as it is."""
        fact = self.facts.get(fact_id)
        if (
            fact is not None
            and fact.review_by is not None
            and fact.as_of <= as_of
            and fact.review_by < review_by
        ):
            self.facts[fact_id] = replace(fact, as_of=as_of, review_by=review_by)

    def style_of(self, language: str) -> Style:
        """How a language words the credit line. Raises Misconfigured when nobody has written it."""
        style = self.styles.get(language)
        if style is None:
            raise Misconfigured(
                f"There is no messages/style/{language}.yaml, and so no credit line: write it first."
            )
        return style

    def wordings(self, fact_id: str, language: str, observance_id: str | None = None) -> list[Template]:
        """The wordings of a fact in a language: the day's own for an observance, else the ordinary ones."""
        group = self.templates.get((about(fact_id, observance_id), language), [])
        return [template for template in group if template.translation is not Translation.UNREVIEWED]

    def card(self, fact_id: str, language: str) -> CardWording | None:
        """What the share card of a fact says in a language, where somebody wrote one that may be shown."""
        card = self.cards.get((fact_id, language))
        return None if card is None or card.translation is Translation.UNREVIEWED else card

    def block(self, name: str, language: str) -> Block | None:
        """What a language says of a fact, or of a day (`observance:` and its id)."""
        group, card = self.templates.get((name, language), []), self.cards.get((name, language))
        first = group[0] if group else card
        if first is None:
            return None
        fact, style = self.facts.get(first.fact_id), self.styles.get(language)
        return Block(
            name,
            language,
            first.fact_id,
            group[0].observance_id if group else None,
            tuple(group),
            card,
            style.name_of(fact.source) if fact and style else None,
            tuple(_quoted(fact, style)) if fact and style else (),
            first.place,
            Translation.UNREVIEWED if _any_unreviewed(*group, card) else first.translation,
        )

    def is_unreviewed(self, template_id: str) -> bool:
        """Whether a wording is a translation that nobody has reviewed."""
        name, language, _ = template_id.split("/", 2)
        groups = (self.templates.get((known, language), ()) for known in (name, about("", name)))
        return any(
            template.id == template_id and template.translation is Translation.UNREVIEWED
            for group in groups
            for template in group
        )

    def blocks(self) -> list[Block]:
        """Every translation, by language and place: what is in another language than the facts, or marked as one."""
        found = (self.block(*key) for key in {*self.templates, *self.cards})
        translated = (
            block
            for block in found
            if block and (block.language != SOURCE_LANGUAGE or block.translation is not Translation.ORIGINAL)
        )
        return sorted(translated, key=lambda block: (block.language, block.place, block.name))

    def unreviewed(self) -> list[Block]:
        """The translations that wait for a person to read them."""
        return [block for block in self.blocks() if block.translation is Translation.UNREVIEWED]

    def waits(self, fact_id: str, language: str, observance_id: str | None = None) -> bool:
        """Whether a language has wordings of a fact, or of a day, but none that anybody has reviewed."""
        written = bool(self.templates.get((about(fact_id, observance_id), language)))
        return written and not self.wordings(fact_id, language, observance_id)

    def review(self, name: str, language: str, seen: str, *, reviewed: bool = True) -> None:
        """Lay a person's word on a translation over the files, as long as it says what they read (`seen`)."""
        block = self.block(name, language)
        if block is not None and block.fingerprint == seen:
            self.mark(block, Translation.REVIEWED if reviewed else Translation.UNREVIEWED)

    def mark(self, block: Block, translation: Translation) -> None:
        """Say of all that a block holds how it came to be."""
        key = (block.name, block.language)
        if block.templates:
            self.templates[key] = [replace(template, translation=translation) for template in block.templates]
        if block.card is not None:
            self.cards[key] = replace(block.card, translation=translation)

    def all_templates(self) -> list[Template]:
        """Every wording, in the order of the files."""
        return [template for group in self.templates.values() for template in group]


def _quoted(fact: Fact, style: Style) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for name, value in sorted(fact.values.items()):
        if isinstance(value, str | tuple):
            yield name, value
        elif isinstance(value, Number) and value.comparator:
            yield name, style.comparators.get(value.comparator, value.comparator)
    if fact.attributed_to:
        yield "attributed_to", fact.attributed_to


def _any_unreviewed(*told: Template | CardWording | None) -> bool:
    return any(each.translation is Translation.UNREVIEWED for each in told if each)
