"""A status's text: as it is sent, as a reader sees it in HTML, and as it is compared."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

ISOLATE_END = "\u2069"
_CLOSED = re.compile(
    rf"(?P<run>(?:(?P<link>https?://)|#)[^\s{ISOLATE_END}]+){ISOLATE_END}(?P<space> ?)(?P<last>(?=\n|\Z))?"
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(content: str) -> str:
    """The text of a status's HTML; links in full, since Mastodon only hides parts of them."""
    reader = _Text()
    reader.feed(content)
    reader.close()
    return "".join(reader.parts).strip()


def normal(text: str) -> str:
    """The text without what servers change and nobody sees: kinds of space, invisible marks of direction."""
    seen = (letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf")
    return " ".join("".join(seen).split())


def sent(text: str) -> str:
    """The text with no link or hashtag directly before the end of its isolate; it looks the same.

    Servers take that invisible character for a part of them, and the link leads nowhere: Mastodon of a link
    (its config/initializers/twitter_regex.rb allows all but white space in a path), snac2 2.75 of both (seen
    November 2026). The end moves behind the next space; at the end of a line an isolate ends by itself (UAX 9).
    """
    return _CLOSED.sub(_apart, text)


def _apart(found: re.Match[str]) -> str:
    if found["last"] is not None:
        return found["run"]
    if found["space"] or found["link"]:
        return f"{found['run']} {ISOLATE_END}"
    return found[0]
