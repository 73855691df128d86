"""Reads `messages/` into facts and templates; every mistake becomes a finding, never an exception."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.documents import Document, read, validate
from bot.library.format import FactEntry, FactsFile, SourceEntry, StyleFile, TemplatesFile, typed_values
from bot.model import Fact, Finding, Observance, Place, Source, Template


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


def _read_facts(root: Path, library: Library) -> None:
    parsed: list[tuple[Document, FactsFile]] = []
    sources: dict[str, Source] = {}
    for path, shown in _files(root, "facts"):
        document = read(path, shown)
        file = validate(document, FactsFile)
        library.findings.extend(document.findings)
        if file is None:
            continue
        parsed.append((document, file))
        for source_id, entry in file.sources.items():
            if source_id in sources:
                library.findings.append(
                    _duplicate(document.place("sources", source_id), f"source {source_id}")
                )
            sources[source_id] = _source(source_id, entry)
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
    source = sources.get(entry.source)
    if source is None:
        library.findings.append(
            Finding(
                document.place("facts", fact_id, "source"),
                "unknown-source",
                f"There is no source called {entry.source!r}.",
                "Add it under sources: in this file, or correct the name.",
            )
        )
        return
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
        values=typed_values(entry.values),
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
    for path, shown in _files(root, "style"):
        document = read(path, shown)
        file = validate(document, StyleFile)
        library.findings.extend(document.findings)
        if file is not None:
            avoid = tuple(Avoid(a.word, a.say, a.why) for a in file.avoid)
            library.styles[file.language] = Style(
                file.language, file.credit, avoid, document.value_place("credit")
            )


def _read_templates(root: Path, library: Library, observances: Mapping[str, Observance]) -> None:
    for path, shown in _files(root, "templates"):
        document = read(path, shown)
        file = validate(document, TemplatesFile)
        library.findings.extend(document.findings)
        if file is None:
            continue
        for fact_id, wordings in file.templates.items():
            if fact_id not in library.facts:
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
    known = {template.id for template in group}
    for name, text in wordings.items():
        template_id = f"{observance_id or fact_id}/{language}/{name}"
        place = document.value_place(*key, name)
        if template_id in known:
            library.findings.append(_duplicate(place, f"wording {template_id}"))
            continue
        group.append(Template(template_id, fact_id, language, text, observance_id, place))


def _dangling_references(library: Library) -> list[Finding]:
    findings = []
    for fact in library.facts.values():
        named = [*fact.conflicts, *([fact.superseded_by] if fact.superseded_by else [])]
        findings += [
            _unknown(fact.place, "fact", name) for name in sorted(named) if name not in library.facts
        ]
    return findings
