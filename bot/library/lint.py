"""What `bot check` finds by reading: mistakes in the wording of templates, and facts that fall due."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError, meta

from bot.library.format import FILTERS
from bot.library.guard import refusals
from bot.library.reading import Library, Style
from bot.model import Fact, Finding, Place, Severity, Status, Template

_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "dozen half quarter twice"
)
_BY_HAND = re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(_NUMBER_WORDS.split())})s?\b", re.IGNORECASE)
_HTML = re.compile(r"</?[a-zA-Z][^>]*>|&(?:[a-z]+|#\d+);")
_LANGUAGES_WITH_NUMBER_WORDS = {"en"}
_PARSER = Environment(autoescape=False)  # noqa: S701 - parses for linting and never renders

_PARSER.filters = dict.fromkeys(FILTERS, str)


def lint(library: Library, root: Path, today: date, due_within: int = 30) -> list[Finding]:
    """Every finding that needs no rendering. `root` is the folder above `messages/`, to point at columns."""
    findings = list(library.findings)
    for template in library.all_templates():
        fact = library.facts.get(template.fact_id)
        if fact is not None:
            findings += _lint_template(template, fact, library.styles.get(template.language), root)
    for fact in library.facts.values():
        findings += _lint_fact(fact, library, today, due_within)
    return sorted(findings)


def _lint_template(template: Template, fact: Fact, style: Style | None, root: Path) -> Iterator[Finding]:
    try:
        used = meta.find_undeclared_variables(_PARSER.parse(template.text))
    except TemplateSyntaxError as error:
        place = Place(template.place.file, template.place.line + error.lineno - 1, template.place.column)
        yield Finding(
            place, "template-syntax", f"The template cannot be read: {error.message}.", "Check its {{ and }}."
        )
        return
    known = {*fact.values, "credit", "as_of", *(["attributed_to"] if fact.attributed_to else [])}
    if template.observance_id:
        known.add("years")
    for name in sorted(used - known):
        place = _locate(name, template.place, root)
        offers = ", ".join(sorted(known)) or "none"
        yield Finding(
            place, "unknown-value", f"{fact.id} has no value called {name!r}.", f"It has: {offers}."
        )
    yield from _lint_literal_text(template, fact, style, root)
    if fact.status is Status.POSITION and "attributed_to" not in used:
        yield Finding(
            template.place,
            "unattributed",
            f"{fact.id} is a position, and this wording does not say whose.",
            "Use {{ attributed_to }}.",
        )


def _lint_literal_text(template: Template, fact: Fact, style: Style | None, root: Path) -> Iterator[Finding]:
    literal = "\0".join(text for _, kind, text in _PARSER.lex(template.text) if kind == "data")

    def at(needle: str) -> Place:
        return _locate(needle, template.place, root)

    if template.language in _LANGUAGES_WITH_NUMBER_WORDS or any(c.isdigit() for c in literal):
        for match in _BY_HAND.finditer(literal):
            yield Finding(
                at(match[0]),
                "number-by-hand",
                f"The number {match[0]!r} is written by hand.",
                f"Make it a value of {fact.id} and quote that.",
            )
    for match in _HTML.finditer(literal):
        yield Finding(
            at(match[0]),
            "html",
            f"{match[0]!r} is HTML; followers would see it as it is.",
            "Write plain text.",
        )
    for character in sorted(set(literal) - {"\n", "\0"}):
        if (
            unicodedata.category(character) in ("Cc", "Co", "Cs", "Cn")
            or character in "\u202a\u202b\u202d\u202e"
        ):
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            yield Finding(
                at(character), "control-character", f"There is a control character ({name}).", "Delete it."
            )
    as_fact = re.search(r"\bfact\b", literal, re.IGNORECASE)
    if fact.status is Status.POSITION and as_fact:
        yield Finding(
            at(as_fact[0]),
            "position-as-fact",
            f"{fact.id} is a position and is called a fact.",
            "Say whose view it is.",
        )
    for avoid in style.avoid if style else ():
        found = re.search(rf"(?<!\w){re.escape(avoid.word)}(?!\w)", literal, re.IGNORECASE)
        if found:
            yield Finding(
                at(match[0]), "house-style", f"Avoid {match[0]!r} ({avoid.why}).", f"Say: {avoid.say}."
            )


@cache
def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(encoding="utf-8").splitlines())
    except OSError:
        return ()


def _locate(needle: str, start: Place, root: Path) -> Place:
    """Where the needle stands in the file, looking from the start of the wording on."""
    for number, line in enumerate(_lines(root / start.file)[start.line - 1 :], start.line):
        column = line.find(needle, start.column - 1 if number == start.line else 0)
        if column >= 0:
            return Place(start.file, number, column + 1)
    return start


def _lint_fact(fact: Fact, library: Library, today: date, due_within: int) -> Iterator[Finding]:
    for other_id in sorted(fact.conflicts):
        other = library.facts.get(other_id)
        if other is not None and fact.id not in other.conflicts:
            yield Finding(
                other.place, "one-sided-conflict", f"{fact.id} names {other_id} as a conflict, but not the other way round.",
                f"Add {fact.id} to the conflicts of {other_id}.",
            )  # fmt: skip
    if not fact.status.postable:
        return
    if not library.wordings(fact.id, "en"):
        yield Finding(
            fact.place,
            "no-wording",
            f"{fact.id} may be posted but has no wording.",
            "Add some under messages/templates/en/.",
        )
    if fact.review_by is not None:
        yield from _due(fact, today, due_within)


def _due(fact: Fact, today: date, due_within: int) -> Iterator[Finding]:
    assert fact.review_by is not None
    if any(refusal.code == "overdue" for refusal in refusals(fact, today)):
        yield Finding(
            fact.place, "overdue", f"{fact.id} fell due on {fact.review_by} and is not posted.",
            f"Check it against {fact.source.publisher}, then set as_of and review_by.", Severity.WARNING,
        )  # fmt: skip
    elif fact.review_by <= today + timedelta(days=due_within):
        days = (fact.review_by - today).days
        yield Finding(
            fact.place, "due-soon", f"{fact.id} falls due in {days} days, on {fact.review_by}.",
            f"Check it against {fact.source.publisher} before then.", Severity.WARNING,
        )  # fmt: skip
