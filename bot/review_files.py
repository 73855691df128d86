"""Writes reviews into the `reviewed:` sections of the templates files, as edits that leave all else as it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from bot.ledger import Review
from bot.library import Block, Library
from bot.model import Misconfigured, Translation

KEY = "reviewed"


@dataclass(frozen=True, slots=True)
class Edit:
    """What a file is to say of a translation: who read it, when, and what they saw; or, with `by` None, nothing."""

    file: str
    id: str
    by: str | None
    on: date
    seen: str


def edits(written: Library, reviews: Iterable[Review], day_of: Callable[[Any], date]) -> Iterator[Edit]:
    """What people said of translations and the files, read as `written`, do not say yet."""
    last = {(r.name, r.language, r.seen): r for r in reviews}
    for block in written.blocks():
        said = last.get((block.name, block.language, block.fingerprint))
        if said is None or said.reviewed == (block.translation is not Translation.UNREVIEWED):
            continue
        yield from _of_block(block, said, written, day_of(said.at))


def _of_block(block: Block, said: Review, written: Library, on: date) -> Iterator[Edit]:
    name = block.observance_id or block.fact_id
    there = [r for r in written.reviewed if r.language == block.language and block.name in r.names]
    if said.reviewed:
        file = there[0].place.file if there else block.place.file
        yield Edit(file, name, said.who, on, said.seen)
    else:
        for entry in there:
            if entry.seen == said.seen:
                yield Edit(entry.place.file, name, None, on, said.seen)


def edited(text: str, edit: Edit) -> str:
    """The text of a templates file with this edit. Raises Misconfigured where only a person can make it."""
    wanted = _wanted(text, edit)
    newline = "\r\n" if "\r\n" in text else "\n"
    try:
        done = _without(text, edit.id) if edit.by is None else _with(text, edit, newline)
        is_right = yaml.load(done, Loader=yaml.BaseLoader) == wanted  # noqa: S506 - reads text only
    except (yaml.YAMLError, ValueError):
        is_right = False
    if not is_right:
        raise Misconfigured(
            f"{edit.file}: its {KEY}: section is written in a way that cannot be edited here. "
            + (f"Delete {edit.id} there by hand." if edit.by is None else f"Write it by hand: {_entry(edit)}")
        )
    return done


def _wanted(text: str, edit: Edit) -> Any:
    data = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - reads text only
    section = dict(data.get(KEY) or {})
    section.pop(edit.id, None) if edit.by is None else section.update(
        {edit.id: {"by": edit.by, "on": str(edit.on), "seen": edit.seen}}
    )
    kept = {name: value for name, value in data.items() if name != KEY}
    return kept | {KEY: section} if section or (KEY in data and _is_flow(text)) else kept


# ── where things stand ───────────────────────────────────────────────────────────────────────


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def _find(node: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in _pairs(node) if pair[0].value == key), None)


def _section(text: str) -> tuple[yaml.Node, yaml.Node] | None:
    return _find(yaml.compose(text, Loader=yaml.SafeLoader), KEY)


def _is_flow(text: str) -> bool:
    found = _section(text)
    return found is not None and bool(getattr(found[1], "flow_style", False))


def _end(node: yaml.Node) -> int:
    """Where a node's own words end; a block's mark stands behind the comments that follow it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    return int(node.end_mark.index)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Behind the line end of the line in which a place is, its comment included."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


# ── edits ────────────────────────────────────────────────────────────────────────────────────


def _entry(edit: Edit) -> str:
    return f"{edit.id}: {_value(edit)}"


def _value(edit: Edit) -> str:
    return f'{{by: {_quoted(edit.by)}, on: {edit.on}, seen: "{edit.seen}"}}'


def _quoted(text: str | None) -> str:
    return json.dumps(text or "", ensure_ascii=False)


def _with(text: str, edit: Edit, newline: str) -> str:
    found = _section(text)
    if found is None:
        ended = text if text.endswith("\n") else text + newline
        return f"{ended}{newline}{KEY}:{newline}  {_entry(edit)}{newline}"
    section = found[1]
    pairs = _pairs(section)
    entry = _find(section, edit.id)
    if entry is not None:
        return _renewed(text, entry[1], edit)
    if not pairs:
        start, end = section.start_mark.index, section.end_mark.index
        return f"{text[:start].rstrip(' ')}{newline}  {_entry(edit)}{text[end:]}"
    last = _end(pairs[-1][1])
    if getattr(section, "flow_style", False):
        return f"{text[:last]}, {_entry(edit)}{text[last:]}"
    at = _line_end(text, last)
    before = text[:at] if text[:at].endswith("\n") else text[:at] + newline
    return f"{before}{' ' * pairs[0][0].start_mark.column}{_entry(edit)}{newline}{text[at:]}"


def _renewed(text: str, entry: yaml.Node, edit: Edit) -> str:
    """Other words in an entry that is there, each in its place."""
    new: Mapping[str, str] = {"by": _quoted(edit.by), "on": str(edit.on), "seen": f'"{edit.seen}"'}
    for key, value in sorted(_pairs(entry), key=lambda pair: -pair[1].start_mark.index):
        if value.value != str({"by": edit.by, "on": edit.on, "seen": edit.seen}[key.value]):
            text = text[: value.start_mark.index] + new[key.value] + text[value.end_mark.index :]
    return text


def _without(text: str, name: str) -> str:
    key, section = _section(text) or (None, None)
    pairs = _pairs(section)
    n = next(i for i, pair in enumerate(pairs) if pair[0].value == name)
    start, end = pairs[n][0].start_mark.index, _end(pairs[n][1])
    if getattr(section, "flow_style", False):
        if n + 1 < len(pairs):
            end = pairs[n + 1][0].start_mark.index
        elif n:
            start = _end(pairs[n - 1][1])
        return text[:start] + text[end:]
    assert key is not None
    if len(pairs) == 1:
        before = text[: _line_start(text, key.start_mark.index)]
        between = text[_line_end(text, key.end_mark.index) : _line_start(text, start)]
        after = text[_line_end(text, end) :]
        is_last = not (between + after).strip()
        return before.rstrip("\r\n") + _last_break(before) if is_last else before + between + after
    return text[: _line_start(text, start)] + text[_line_end(text, end) :]


def _last_break(text: str) -> str:
    return "\r\n" if text.endswith("\r\n") else "\n"
