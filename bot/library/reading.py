"""Reads `messages/` into facts and templates; every mistake becomes a finding, never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from bot.documents import Document, read, validate
from bot.library.format import FactEntry, FactsFile, SourceEntry, StyleFile, TemplatesFile, typed
from bot.model import Fact, Finding, Hold, Misconfigured, Observance, Place, Source, Status, Template

M = TypeVar("M", bound=BaseModel)


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


@dataclass(slots=True)
class Library:
    """All facts, templates and styles, with what was wrong in their files."""

    facts: dict[str, Fact] = field(default_factory=dict)
    templates: dict[tuple[str, str], list[Template]] = field(default_factory=dict)
    styles: dict[str, Style] = field(default_factory=dict)
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
        about = f"observance:{observance_id}" if observance_id else fact_id
        return self.templates.get((about, language), [])

    def all_templates(self) -> list[Template]:
        """Every wording, in the order of the files."""
        return [template for group in self.templates.values() for template in group]


def load(root: Path, observances: Mapping[str, Observance] | None = None) -> Library:
    """Read `messages/`: its facts, its templates per language, and its styles."""
    library = Library()
    if not root.is_dir():
        library.findings.append(
            Finding(
                Place(str(root)),
                "no-library",
                "There is no such folder.",
                "Name the folder that holds facts/ and templates/.",
            )
        )
        return library
    _read_facts(root, library)
    _read_styles(root, library)
    _read_templates(root, library, observances or {})
    library.findings.extend(_dangling_references(library))
    return library


def _files(root: Path, folder: str) -> list[tuple[Path, str]]:
    base = Path(root.name)
    found = sorted((root / folder).rglob("*.y*ml")) if (root / folder).is_dir() else []
    return [(path, str(base / path.relative_to(root))) for path in found]


def _parsed(root: Path, folder: str, model: type[M], library: Library) -> Iterator[tuple[Document, M]]:
    """Each file of a folder that is whole; of the others, the findings."""
    for path, shown in _files(root, folder):
        document = read(path, shown)
        file = validate(document, model)
        library.findings.extend(document.findings)
        library.documents[shown] = document
        if file is None:
            library.incomplete.add(folder)
        else:
            yield document, file


def _read_facts(root: Path, library: Library) -> None:
    parsed = list(_parsed(root, "facts", FactsFile, library))
    sources: dict[str, Source] = {}
    first: dict[str, Place] = {}
    for document, file in parsed:
        for source_id, entry in file.sources.items():
            if source_id in sources:
                library.findings.append(
                    _duplicate(
                        document.place("sources", source_id),
                        f"source {source_id} (first in {first[source_id]})",
                    )
                )
                continue
            sources[source_id] = _source(source_id, entry)
            first[source_id] = document.place("sources", source_id)
    for document, file in parsed:
        for fact_id, fact_entry in file.facts.items():
            _add_fact(library, document, file.subject, fact_id, fact_entry, sources)


def _add_fact(
    library: Library,
    document: Document,
    subject: str,
    fact_id: str,
    entry: FactEntry,
    sources: Mapping[str, Source],
) -> None:
    place = document.place("facts", fact_id)
    if fact_id in library.facts:
        library.findings.append(
            _duplicate(place, f"fact {fact_id} (first in {library.facts[fact_id].place})")
        )
        return
    findings = [
        Finding(document.place("facts", fact_id, *mistake.key), mistake.rule, mistake.problem, mistake.mend)
        for mistake in entry.mistakes()
    ]
    source = sources.get(entry.source)
    if source is None and "facts" not in library.incomplete:
        findings.append(
            Finding(
                document.place("facts", fact_id, "source"),
                "unknown-source",
                f"There is no source called {entry.source!r}.",
                "Add it under sources: in this file, or correct the name.",
            )
        )
    if source is None or findings:
        library.findings.extend(findings)
        library.faulty.add(fact_id)
    else:
        library.facts[fact_id] = _fact(fact_id, subject, entry, source, place)


def _duplicate(place: Place, what: str) -> Finding:
    return Finding(
        place, "duplicate-id", f"There is already a {what}.", "Give this one another id, or delete one."
    )


def _source(source_id: str, entry: SourceEntry) -> Source:
    return Source(source_id, entry.title, entry.publisher, entry.credit, entry.date, entry.address)


def _fact(fact_id: str, subject: str, entry: FactEntry, source: Source, place: Place) -> Fact:
    return Fact(
        id=fact_id,
        subject=subject,
        claim=entry.claim,
        values={name: typed(name, raw) for name, raw in entry.values.items()},
        source=source,
        as_of=entry.as_of,
        review_by=None if entry.review_by == "never" else entry.review_by,
        status=entry.status,
        status_since=entry.since,
        status_reason=entry.reason,
        lift=entry.lift,
        scope=entry.scope,
        group=entry.group,
        conflicts=frozenset(entry.conflicts),
        superseded_by=entry.superseded_by,
        attributed_to=entry.attributed_to,
        link=entry.link,
        corroborated_by=tuple(entry.corroborated_by),
        seed=entry.seed,
        confidence=entry.confidence,
        checked_on=entry.checked_on,
        notes=entry.notes,
        place=place,
    )


def _read_styles(root: Path, library: Library) -> None:
    for document, file in _parsed(root, "style", StyleFile, library):
        place = document.value_place("credit")
        if file.language in library.styles:
            first = library.styles[file.language].place
            library.findings.append(
                _duplicate(document.place("language"), f"style for {file.language} (in {first.file})")
            )
            continue
        avoid = tuple(Avoid(a.word, a.say, a.why) for a in file.avoid)
        library.styles[file.language] = Style(file.language, file.credit, avoid, place)


def _read_templates(root: Path, library: Library, observances: Mapping[str, Observance]) -> None:
    for document, file in _parsed(root, "templates", TemplatesFile, library):
        for fact_id, wordings in file.templates.items():
            if not library.may_exist(fact_id):
                library.findings.append(_unknown(document.place("templates", fact_id), "fact", fact_id))
            _add_wordings(library, document, ("templates", fact_id), file.language, fact_id, None, wordings)
        for observance_id, wordings in file.observances.items():
            place = document.place("observances", observance_id)
            observance = observances.get(observance_id)
            if observance is None:
                library.findings.append(_unknown(place, "observance", observance_id))
            else:
                key = ("observances", observance_id)
                _add_wordings(
                    library, document, key, file.language, observance.fact_id, observance_id, wordings
                )


def _unknown(place: Place, kind: str, name: str) -> Finding:
    return Finding(
        place, f"unknown-{kind}", f"There is no {kind} called {name!r}.", "Correct the name, or add it."
    )


def _add_wordings(
    library: Library,
    document: Document,
    key: tuple[str, str],
    language: str,
    fact_id: str,
    observance_id: str | None,
    wordings: Mapping[str, str],
) -> None:
    about = f"observance:{observance_id}" if observance_id else fact_id
    group = library.templates.setdefault((about, language), [])
    known = {template.id: template.place for template in group}
    for name, text in wordings.items():
        template_id = f"{observance_id or fact_id}/{language}/{name}"
        place = document.value_place(*key, name)
        if template_id in known:
            what = f"wording {template_id} (first in {known[template_id]})"
            library.findings.append(_duplicate(document.place(*key, name), what))
            continue
        group.append(Template(template_id, fact_id, language, text, observance_id, place))


def _dangling_references(library: Library) -> Iterator[Finding]:
    for fact in library.facts.values():
        document = library.documents[fact.place.file]
        named = document.data["facts"][fact.id].get("conflicts") or []
        for index, name in enumerate(str(name).strip() for name in named):
            if not library.may_exist(name):
                yield _unknown(library.place_in(fact, "conflicts", index), "fact", name)
        if fact.superseded_by and not library.may_exist(fact.superseded_by):
            yield _unknown(library.place_in(fact, "superseded_by"), "fact", fact.superseded_by)
