"""Reads what a page says about itself: `python -m bot.quarantine.pages` (see inside.py).

The wish is {"charset": what the server said it is, or null}; the answer {"title", "description", "image"}, as they
stand in the page, each "" where the page has none.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

from bot.quarantine.inside import answer

MOST_CHARACTERS = 10_000  # of each; a title longer than that is none

# By how near each is to what the page's authors want a card to say: Open Graph (https://ogp.me), X's cards, HTML.
_TITLES = ("og:title", "twitter:title", "<title>")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_IMAGES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_OF_TEXT = re.compile(r"utf-(8|16|16-le|16-be)|iso8859-\d+|cp\d+|koi8-\w|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|mac-\w+|tis-620")  # fmt: skip
_SEEN_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "utf-16": "utf-16-le",
}  # as browsers do


def read(wish: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the page says about itself."""
    reader = _Reader()
    with suppress(
        AssertionError
    ):  # so Python's parser ends at some broken declarations; what came before counts
        reader.feed(decoded(data, wish["charset"]))
    reader.end()
    said = reader.said
    return {
        "title": _first(said, _TITLES),
        "description": _first(said, _DESCRIPTIONS),
        "image": _first(said, _IMAGES),
    }, b""


def _first(said: dict[str, str], names: tuple[str, ...]) -> str:
    return next((said[name] for name in names if said.get(name, "").strip()), "")[:MOST_CHARACTERS]


def decoded(data: bytes, charset: str | None) -> str:
    """The page as text: by its byte order mark, the server's word, its own word or UTF-8, whichever first makes sense."""
    names = list(_charsets(data, charset))
    for name in names:
        try:  # the page may have been cut within a character: that is no error
            return codecs.getincrementaldecoder(name)("strict").decode(data, final=False).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
    return data.decode(names[0], "replace")


def _charsets(data: bytes, charset: str | None) -> Iterator[str]:
    yield from (name for mark, name in _MARKS if data.startswith(mark))
    if known := _known(charset or ""):
        yield known
    if (found := _META.search(data[:65536])) and (known := _known(found[1].decode())):
        yield (
            "utf-8" if known.startswith("utf-16") else known
        )  # a page that can say so in ASCII is not UTF-16
    yield "utf-8"


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return None
    name = _SEEN_AS.get(name, name)
    return name if _OF_TEXT.fullmatch(name) else None


class _Reader(HTMLParser):
    """Keeps the first of every name: a page's own come before what others wrote into it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self._title: list[str] | None = None
        self._in_drawing = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            self._keep_meta({name: value or "" for name, value in reversed(attrs)})
        elif tag == "svg":
            self._in_drawing += 1
        elif tag == "title" and not self._in_drawing:
            self._title = []

    def _keep_meta(self, given: dict[str, str]) -> None:
        name = (given.get("property") or given.get("name") or "").strip().lower()
        if name and given.get("content", "").strip():
            self.said.setdefault(name, given["content"])

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "svg":
            self._in_drawing = max(0, self._in_drawing - 1)
        elif tag in ("title", "head") and self._title is not None:
            self._keep_title()

    def end(self) -> None:
        with suppress(AssertionError):
            self.close()
        if self._title is not None:  # a title that never ends
            self._keep_title()

    def _keep_title(self) -> None:
        self.said.setdefault("<title>", "".join(self._title or []))
        self._title = None


if __name__ == "__main__":
    answer(read)
