"""Reads what each language says: its wordings, its cards, and whether a person has read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.documents import Document
from bot.library.format import TemplatesFile
from bot.library.shelf import SOURCE_LANGUAGE, Library, Reviewed, about
from bot.model import CardWording, Finding, Observance, Place, Template, Translation

Values = Mapping[str, str | tuple[str, ...]]


def read_templates(
    parsed: Iterable[tuple[Document, TemplatesFile]], library: Library, observances: Mapping[str, Observance]
) -> None:
    """Put the wordings and cards of whole files into the library."""
    files = list(parsed)
    values = _values(files, library)
    for document, file in files:
        translation = _translation_of(file)
        for fact_id, wordings in file.templates.items():
            if not library.may_exist(fact_id):
                library.findings.append(unknown(document.place("templates", fact_id), "fact", fact_id))
            pattern = Template("", fact_id, file.language, "", None, Place(), translation)
            _add_wordings(library, document, ("templates", fact_id), pattern, wordings, values)
        for observance_id, wordings in file.observances.items():
            place = document.place("observances", observance_id)
            observance = observances.get(observance_id)
            if observance is None:
                library.findings.append(unknown(place, "observance", observance_id))
                continue
            pattern = Template("", observance.fact_id, file.language, "", observance_id, Place(), translation)
            _add_wordings(library, document, ("observances", observance_id), pattern, wordings, values)
        _add_cards(library, document, file, values)
    for document, file in files:
        for name, entry in file.reviewed.items():
            place = document.place("reviewed", name)
            library.reviewed.append(Reviewed(name, file.language, entry.by, entry.on, entry.seen, place))
    for said in library.reviewed:
        _believe(library, said)


def _translation_of(file: TemplatesFile) -> Translation:
    if file.translation is not None:
        return file.translation
    return Translation.ORIGINAL if file.language == SOURCE_LANGUAGE else Translation.UNREVIEWED


def _values(
    files: Iterable[tuple[Document, TemplatesFile]], library: Library
) -> dict[tuple[str, str], Values]:
    """The text values of each fact in each language, wherever they stand."""
    found: dict[tuple[str, str], Values] = {}
    for document, file in files:
        for fact_id, named in file.values.items():
            place = document.place("values", fact_id)
            if not library.may_exist(fact_id):
                library.findings.append(unknown(place, "fact", fact_id))
            if (fact_id, file.language) in found:
                what = f"list of values for {fact_id} in {file.language}"
                library.findings.append(duplicate(place, what))
                continue
            found[fact_id, file.language] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in named.items()
            }
            library.findings += _unknown_values(library, document, fact_id, named)
    return found


def _unknown_values(
    library: Library, document: Document, fact_id: str, named: Iterable[str]
) -> Iterable[Finding]:
    fact = library.facts.get(fact_id)
    if fact is None:
        return
    texts = [name for name, value in fact.values.items() if isinstance(value, str | tuple)]
    offers = [*texts, *(["attributed_to"] if fact.attributed_to else [])]
    for name in named:
        if name not in offers:
            problem = f"{fact_id} has no text called {name!r}."
            mend = f"It has: {', '.join(offers) or 'none'}. Numbers and dates are the same in every language."
            yield Finding(document.place("values", fact_id, name), "unknown-value", problem, mend)


def _add_wordings(
    library: Library,
    document: Document,
    key: tuple[str, str],
    pattern: Template,
    wordings: Mapping[str, str],
    values: Mapping[tuple[str, str], Values],
) -> None:
    name = about(pattern.fact_id, pattern.observance_id)
    group = library.templates.setdefault((name, pattern.language), [])
    known = {template.id: template.place for template in group}
    for letter, text in wordings.items():
        template_id = f"{pattern.observance_id or pattern.fact_id}/{pattern.language}/{letter}"
        if template_id in known:
            what = f"wording {template_id} (first in {known[template_id]})"
            library.findings.append(duplicate(document.place(*key, letter), what))
            continue
        group.append(
            Template(
                template_id,
                pattern.fact_id,
                pattern.language,
                text,
                pattern.observance_id,
                document.value_place(*key, letter),
                pattern.translation,
                values.get((pattern.fact_id, pattern.language), {}),
            )
        )


def _add_cards(
    library: Library, document: Document, file: TemplatesFile, values: Mapping[tuple[str, str], Values]
) -> None:
    for fact_id, entry in file.cards.items():
        place = document.place("cards", fact_id)
        if not library.may_exist(fact_id):
            library.findings.append(unknown(place, "fact", fact_id))
        if (fact_id, file.language) in library.cards:
            first = library.cards[fact_id, file.language].place
            library.findings.append(duplicate(place, f"card of {fact_id} (first in {first})"))
            continue
        library.cards[fact_id, file.language] = CardWording(
            fact_id,
            file.language,
            entry.text,
            entry.figure,
            document.value_place("cards", fact_id, "text"),
            _translation_of(file),
            values.get((fact_id, file.language), {}),
        )


def _believe(library: Library, said: Reviewed) -> None:
    """Take a file's word that a person has read a translation, if it says what they read."""
    for name in said.names:
        library.review(name, said.language, said.seen)


def duplicate(place: Place, what: str) -> Finding:
    """The finding for a second one of something that has a name."""
    return Finding(
        place, "duplicate-id", f"There is already a {what}.", "Give this one another id, or delete one."
    )


def unknown(place: Place, kind: str, name: str) -> Finding:
    """The finding for a name that nothing has."""
    return Finding(
        place, f"unknown-{kind}", f"There is no {kind} called {name!r}.", "Correct the name, or add it."
    )
