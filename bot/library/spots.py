"""Where each letter of a text stands in the YAML file it was read from, whatever its quotes and line folds."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from pathlib import Path

from bot.model import Place

_ESCAPED = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "v": "\v",
}
_ESCAPED |= {"N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
_DIGITS = {"x": 2, "u": 4, "U": 8}


class Files:
    """The files of one reading, each read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._texts: dict[str, str] = {}

    def text(self, file: str) -> str:
        """The text of a file below the root; empty when it cannot be read."""
        if file not in self._texts:
            try:
                self._texts[file] = (self._root / file).read_text(encoding="utf-8-sig")
            except (OSError, ValueError):
                self._texts[file] = ""
        return self._texts[file]

    def spot(self, text: str, offset: int, start: Place) -> Place:
        """The place of a letter of a text which begins at `start`; `start` itself when it is not found there."""
        source = self.text(start.file)
        starts = [0, *accumulate(len(line) for line in source.splitlines(keepends=True))]
        if not 0 < start.line < len(starts):
            return start
        begin = starts[start.line - 1] + start.column - 1
        opening = source[begin : begin + 1]
        quotes = ("", opening) if opening in ("'", '"') else ("",)  # a text block may begin with a quote, too
        for quote in quotes:
            found = _offsets(text, source, begin + len(quote), quote)
            if found and offset < len(found):
                number = bisect_right(starts, found[offset])
                return Place(start.file, number, found[offset] - starts[number - 1] + 1)
        return start


def _offsets(text: str, source: str, at: int, quote: str) -> list[int] | None:
    """The offset in the source of each letter of the text; None when the text does not stand there."""
    found = []
    for letter in text:
        if not letter.isspace():
            at = _past_space(source, at, quote)
            if at >= len(source):
                return None
        shown, width = _letter(source, at, quote)
        found.append(at)
        if letter.isspace():
            continue  # folds make any white space from any other
        if shown != letter:
            return None
        at += width
    return found


def _past_space(source: str, at: int, quote: str) -> int:
    while at < len(source):
        shown, width = _letter(source, at, quote)
        if shown and not shown.isspace():
            break
        at += width
    return at


def _letter(source: str, at: int, quote: str) -> tuple[str, int]:
    """The letter that stands at an offset, and how many the file needs to write it."""
    letter = source[at : at + 1]
    if quote == "'" and source[at : at + 2] == "''":
        return "'", 2
    if quote != '"' or letter != "\\":
        return letter, 1
    kind = source[at + 1 : at + 2]
    if kind not in _DIGITS:
        return _ESCAPED.get(kind, kind), 2
    digits = source[at + 2 : at + 2 + _DIGITS[kind]]
    return chr(int(digits, 16)), 2 + len(digits)
