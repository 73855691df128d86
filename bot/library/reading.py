"""Reads `messages/` into facts, styles and (by telling.py) wordings; a mistake becomes a finding, never an exception."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from bot.documents import Document, read, validate
from bot.library.format import LANGUAGES, FactEntry, FactsFile, SourceEntry, StyleFile, TemplatesFile, typed
from bot.library.shelf import Avoid, Library, Style
from bot.library.telling import duplicate, read_templates, unknown
from bot.model import Fact, Finding, Observance, Place, Source

M = TypeVar("M", bound=BaseModel)


def load(
    root: Path,
    observances: Mapping[str, Observance] | None = None,
    languages: Collection[str] | None = None,
) -> Library:
    """Read `messages/`: its facts, its templates per language, and its styles.

    With `languages`, the folders and styles named after others are left unread.
    """
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
    _read_styles(root, library, languages)
    told = _parsed(root, "templates", TemplatesFile, library, languages)
    read_templates(_named_rightly(told, library), library, observances or {})
    library.findings.extend(_dangling_references(library))
    return library


def _files(root: Path, folder: str) -> list[tuple[Path, str]]:
    base = Path(root.name)
    found = sorted((root / folder).rglob("*.y*ml")) if (root / folder).is_dir() else []
    return [(path, str(base / path.relative_to(root))) for path in found]


def _parsed(
    root: Path,
    folder: str,
    model: type[M],
    library: Library,
    languages: Collection[str] | None = None,
) -> Iterator[tuple[Document, M]]:
    """Each file of a folder that is whole; of the others, the findings."""
    for path, shown in _files(root, folder):
        if languages is not None and _named_after(path.relative_to(root / folder)) not in (None, *languages):
            continue
        document = read(path, shown)
        file = validate(document, model)
        library.findings.extend(document.findings)
        library.documents[shown] = document
        if file is None:
            library.incomplete.add(folder)
        else:
            yield document, file


def _named_after(path: Path) -> str | None:
    """The language that a folder or file is named after: fr/casualties.yaml, fr.yaml. None for any other name."""
    name = path.parts[0].split(".")[0]
    return name if name in LANGUAGES else None


def _named_rightly(
    told: Iterable[tuple[Document, TemplatesFile]], library: Library
) -> Iterator[tuple[Document, TemplatesFile]]:
    """The files, with a finding for each under the name of another language: who reads only some would miss it."""
    for document, file in told:
        named_after = _named_after(Path(*Path(document.file).parts[2:]))
        if named_after not in (None, file.language):
            problem = f"Its language is {file.language}, and its name or folder says {named_after}."
            mend = "Move it, or correct the language."
            library.findings.append(Finding(document.place("language"), "misnamed", problem, mend))
        yield document, file


def _read_facts(root: Path, library: Library) -> None:
    parsed = list(_parsed(root, "facts", FactsFile, library))
    sources: dict[str, Source] = {}
    first: dict[str, Place] = {}
    for document, file in parsed:
        for source_id, entry in file.sources.items():
            if source_id in sources:
                library.findings.append(
                    duplicate(
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
        library.findings.append(duplicate(place, f"fact {fact_id} (first in {library.facts[fact_id].place})"))
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
        series=tuple(sorted((int(year), amount) for year, amount in entry.series.items())),
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


def _read_styles(root: Path, library: Library, languages: Collection[str] | None) -> None:
    for document, file in _parsed(root, "style", StyleFile, library, languages):
        place = document.value_place("credit")
        if file.language in library.styles:
            first = library.styles[file.language].place
            library.findings.append(
                duplicate(document.place("language"), f"style for {file.language} (in {first.file})")
            )
            continue
        avoid = tuple(Avoid(a.word, a.say, a.why) for a in file.avoid)
        library.styles[file.language] = Style(
            file.language,
            file.credit,
            avoid,
            place,
            file.sources,
            {str(comparator): words for comparator, words in file.comparators.items()},
            file.correction,
            document.value_place("correction") if file.correction else place,
        )


def _dangling_references(library: Library) -> Iterator[Finding]:
    for fact in library.facts.values():
        document = library.documents[fact.place.file]
        named = document.data["facts"][fact.id].get("conflicts") or []
        for index, name in enumerate(str(name).strip() for name in named):
            if not library.may_exist(name):
                yield unknown(library.place_in(fact, "conflicts", index), "fact", name)
        if fact.superseded_by and not library.may_exist(fact.superseded_by):
            yield unknown(library.place_in(fact, "superseded_by"), "fact", fact.superseded_by)
