"""Tags and links in a finished text, with their places in code points and in UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import regex

from bot.model import Entity, EntityKind

# Letters with their marks (Arabic vowels, Devanagari signs); the keycap #️⃣ is no tag, nor is a part of an address.
_TAG = regex.compile(
    r"https?://\S+(*SKIP)(*FAIL)|(?<![\w\p{M}&/#])#(?!\uFE0F|\u20E3)([\w\p{M}]*\p{L}[\w\p{M}]*)"
)


def tags_in(text: str) -> list[str]:
    """The hashtags of a text, without their #."""
    return [match[1] for match in _TAG.finditer(text)]


def host_of(link: str) -> str:
    """The host of an address as a reader knows it, without www.; the whole address where it has none."""
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:  # such as https://[, which is no address
        host = ""
    return host.removeprefix("www.") or link


def entities_of(text: str, link: str | None, link_text: str | None) -> tuple[Entity, ...]:
    """Every tag of the text, and the link where `link_text` stands for it; in the order of the text."""
    found = [
        _entity(EntityKind.TAG, text, match.start(), match.end(), match[1])
        for match in _outside(text, link_text)
    ]
    if link and link_text:
        start = _start_of_link(text, link_text)
        found.append(_entity(EntityKind.LINK, text, start, start + len(link_text), link))
    return tuple(sorted(found, key=lambda entity: entity.start))


def _start_of_link(text: str, link_text: str) -> int:
    """The last line that is the link; else, for a text laid out otherwise, the last time it stands there."""
    whole = text.rfind(f"\n{link_text}\n")
    return whole + 1 if whole >= 0 else text.rindex(link_text)


def _outside(text: str, link_text: str | None) -> Iterator[regex.Match[str]]:
    start = _start_of_link(text, link_text) if link_text else -1
    end = start + len(link_text) if link_text else -1
    return (match for match in _TAG.finditer(text) if not start <= match.start() < end)


def _entity(kind: EntityKind, text: str, start: int, end: int, value: str) -> Entity:
    byte_start = len(text[:start].encode())
    return Entity(kind, start, end, byte_start, byte_start + len(text[start:end].encode()), value)
