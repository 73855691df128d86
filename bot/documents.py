"""Reads the YAML files people edit into plain data, and remembers where each piece stands.

Every scalar is read as text and typed by the schema that follows, so that YAML's surprises
(`no` as false, `09:30` as a number) cannot reach an officer's file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
import yaml.reader
from pydantic import BaseModel, ValidationError

from bot.model import Finding, Place

Key = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = {"", "~", "null"}
_LOST_HASHTAG = re.compile(r"\s+(#\w+)")
_DEEPEST = 20  # levels; a fact needs six
_UNREADABLE = yaml.reader.Reader.NON_PRINTABLE
_EXPECTED = {
    "date_type": "a date is written year-month-day, as in 2026-12-01",
    "dict_type": "`name: value` lines stand here",
    "list_type": "a list stands here, as in [one, another]",
    "model_type": "`name: value` lines stand here",
    "string_type": "text stands here",
}


@dataclass(slots=True)
class Document:
    """One file: its data, the place of every key and item, and what was wrong with it as YAML."""

    file: str
    data: Any = None
    places: dict[Key, Place] = field(default_factory=dict)
    value_places: dict[Key, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def place(self, *key: str | int) -> Place:
        """Where a key or item stands; the nearest enclosing one when it is not there itself."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, Place(self.file))

    def value_place(self, *key: str | int) -> Place:
        """Where the value of a key begins: for a text block, its first letter."""
        return self.value_places.get(key, self.place(*key))


def read(path: Path, shown_as: str | None = None) -> Document:
    """Read one YAML file. What is wrong with it is in `findings`; nothing is raised for bad content."""
    document = Document(shown_as or str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        document.findings.append(
            Finding(
                Place(document.file),
                "encoding",
                f"This is not UTF-8 text ({error.reason}).",
                "Save the file as UTF-8.",
            )
        )
        return document
    except OSError as error:
        document.findings.append(
            Finding(
                Place(document.file),
                "unreadable",
                f"The file cannot be read ({error.strerror}).",
                "Check the name and its permissions.",
            )
        )
        return document
    _parse(text, document)
    return document


def _parse(text: str, document: Document) -> None:
    try:
        refused = _unreadable_character(text, document) or _too_clever(text, document)
        root = None if refused else yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        refused, root = _syntax_finding(document, error), None
    if refused is not None:
        document.findings.append(refused)
    elif root is not None:
        document.lines = text.splitlines()
        document.data = _build(root, (), document)


def _unreadable_character(text: str, document: Document) -> Finding | None:
    match = _UNREADABLE.search(text)
    if match is None:
        return None
    lines = re.split(r"[\n\x85\u2028\u2029]", text[: match.start()])
    place = Place(document.file, len(lines), len(lines[-1]) + 1)
    return Finding(place, "yaml", f"There is a control character (U+{ord(match[0]):04X}).", "Delete it.")


def _too_clever(text: str, document: Document) -> Finding | None:
    """What would be endless or too deep to follow; seen before anything is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            problem = f"*{event.anchor} stands for something written elsewhere."
            return Finding(_mark(document, event.start_mark), "yaml", problem, "Write it out here.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            problem = f"This is more than {_DEEPEST} levels deep."
            return Finding(_mark(document, event.start_mark), "yaml", problem, "Check the brackets.")
    return None


def _syntax_finding(document: Document, error: yaml.YAMLError) -> Finding:
    in_quotes = "quoted scalar" in (getattr(error, "context", None) or "")
    mark = getattr(error, "context_mark" if in_quotes else "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Finding(
        _mark(document, mark) if mark else Place(document.file),
        "yaml",
        f"YAML cannot be read here: {problem}.",
        "Check the indentation, the colon and the quotes on this line and the one above.",
    )


def _mark(document: Document, mark: Any) -> Place:
    return Place(document.file, mark.line + 1, mark.column + 1)


def _build(node: yaml.Node, key: Key, document: Document) -> Any:
    start = _mark(document, node.start_mark)
    document.places.setdefault(key, start)
    is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    document.value_places[key] = _first_words(document, start) if is_block else start
    if isinstance(node, yaml.MappingNode):
        return _build_mapping(node, key, document)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*key, i), document) for i, item in enumerate(node.value)]
    _notice_a_lost_hashtag(node, document)
    return _scalar(node)


def _notice_a_lost_hashtag(node: yaml.Node, document: Document) -> None:
    """YAML takes ` #MineAction` behind plain text for a comment, and would drop it without a word."""
    if not isinstance(node, yaml.ScalarNode) or node.style or node.end_mark.line >= len(document.lines):
        return
    line = document.lines[node.end_mark.line]
    if match := _LOST_HASHTAG.match(line, node.end_mark.column):
        place = Place(document.file, node.end_mark.line + 1, match.start(1) + 1)
        problem = f"{match[1]!r} would be taken for a comment and lost."
        document.findings.append(Finding(place, "yaml", problem, "Put the whole text in quotes."))


def _first_words(document: Document, opening: Place) -> Place:
    for number, line in enumerate(document.lines[opening.line :], opening.line + 1):
        if line.strip():
            return Place(opening.file, number, len(line) - len(line.lstrip()) + 1)
    return opening


def _scalar(node: yaml.Node) -> str | None:
    if not isinstance(node, yaml.ScalarNode):
        return None
    is_plain = not node.style
    return None if is_plain and node.value in _NULLS else str(node.value)


def _build_mapping(node: yaml.MappingNode, key: Key, document: Document) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for name_node, value_node in node.value:
        place = _mark(document, name_node.start_mark)
        if not isinstance(name_node, yaml.ScalarNode):
            problem = "YAML takes this brace or bracket for a list of its own."
            document.findings.append(Finding(place, "yaml", problem, "Put the whole text in quotes."))
            continue
        name = name_node.value.strip()
        if name in built:
            first = document.place(*key, name)
            document.findings.append(
                Finding(
                    place,
                    "duplicate-key",
                    f"{name!r} is here a second time (first on line {first.line}).",
                    "Rename or delete one of them.",
                )
            )
            continue
        document.places[(*key, name)] = place
        built[name] = _build(value_node, (*key, name), document)
    return built


def validate(document: Document, model: type[M]) -> M | None:
    """The document as a typed model, or None with each mistake added to its findings."""
    if document.findings:
        return None
    try:
        return model.model_validate(_content(document))
    except ValidationError as error:
        document.findings.extend(_schema_findings(document, error))
        return None


def _content(document: Document) -> Any:
    return {} if document.data is None else document.data


def _schema_findings(document: Document, error: ValidationError) -> Iterator[Finding]:
    for problem in error.errors(include_url=False):
        key = _key_in_file(problem["loc"], _content(document))
        unknown = problem["type"] == "extra_forbidden"
        named = ".".join(str(part) for part in key) or "the file"
        if unknown:
            text, mend = (
                f"{key[-1]!r} is not a key that is known here.",
                "Correct its spelling, or take it out.",
            )
            rule = "unknown-key"
        elif problem["type"] == "missing":
            text, mend, rule = f"{named} is missing.", "Add it.", "missing-key"
        else:
            rule = "value"
            text = f"{named}: {_plain(_EXPECTED.get(problem['type'], problem['msg']))}"
            shown = problem.get("input")
            mend = f"It says {shown!r}." if isinstance(shown, str) else "Correct it."
        yield Finding(document.place(*key), rule, text, mend)


def _key_in_file(loc: tuple[str | int, ...], data: Any) -> Key:
    """Pydantic's location without the names of union members and validators, which the file does not have."""
    key: list[str | int] = []
    for part in loc:
        if part == "[key]":
            break
        if isinstance(data, dict) and isinstance(part, str) and (part in data or part == loc[-1]):
            key.append(part)
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            key.append(part)
            data = data[part]
    return tuple(key)


def _plain(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message if message.endswith(".") else message + "."
