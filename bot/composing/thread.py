"""Splits words that are too long for one post into the posts of a thread: by sentence, and never within one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import regex

from bot.model import Message

MOST = 25  # posts; a thread that is longer is a page, not a post
_NO_SPACES = frozenset({"zh"})
# Abbreviations after which a sentence goes on, in the six languages; a single letter is an initial,
# and what has a stop inside (U.N.) is one, too.
_ABBREVIATED = (
    "art arts approx av c ca ch co cf dr ed eds etc fig gen amb inc jan feb mar apr jun jul aug sep sept oct nov dec ltd "
    "mr mrs ms mme mlle mm no nos nº núm p pp par prof rev sr sra sres st ste vol vs ud uds "
    "г гг в вв им ст стр см т тыс млн млрд чел пр др проф"
)
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
# The end of a sentence: its stop with what closes it, then a space and the beginning of another; CJK needs no space.
_END = regex.compile(
    r"(?<stop>[.!?…؟]+[\"”’»)\]\u2069]*)\s+(?=[\"“‘«(¿¡\[\u2068]*[\p{Lu}\p{Lt}\p{Lo}\p{Nd}#])"
    r"|(?<stop>[。！？…]+[”’」』）]*)\s*(?=\S)"
)
_LAST_WORD = regex.compile(r"[\p{L}\p{M}º][\p{L}\p{M}.º]*$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order; joined by what stood between them they are the text again."""
    found, start = [], 0
    for end in _END.finditer(text):
        if not _is_abbreviation(text[start : end.start()], end["stop"]):
            found.append(text[start : end.end("stop")])
            start = end.end()
    return [*found, text[start:]]


def _is_abbreviation(before: str, stop: str) -> bool:
    word = _LAST_WORD.search(before)
    if stop != "." or word is None:
        return False
    name = word[0].casefold()
    return name in _ABBREVIATIONS or "." in name or (len(name) == 1 and name.isalpha())


def in_posts(
    body: str,
    language: str,
    laid_out: Callable[[str, int], Message],
    is_fitting: Callable[[Message], bool],
    *,
    numbered: bool = False,
) -> Message | None:
    """The words as a thread, each post as full as its sentences allow; None where a sentence alone is too long.

    `laid_out` makes the post at a place (from 0) of its words. With `numbered` each ends in 2/5.
    """
    total = 1
    while total <= MOST:
        parts = _filled(sentences(body), language, laid_out, is_fitting, total if numbered else None)
        if parts is None or len(parts) > MOST:
            return None
        if not numbered or len(parts) <= total:
            count = len(parts) if numbered else None
            posts = [laid_out(_with_number(part, n, count), n) for n, part in enumerate(parts)]
            return replace(posts[0], thread=tuple(posts[1:]))
        total = len(parts)
    return None


def _filled(
    each: list[str],
    language: str,
    laid_out: Callable[[str, int], Message],
    is_fitting: Callable[[Message], bool],
    total: int | None,
) -> list[str] | None:
    parts: list[str] = []
    for sentence in each:
        if parts:
            longer = _glue(language).join((parts[-1], sentence))
            if is_fitting(laid_out(_with_number(longer, len(parts) - 1, total), len(parts) - 1)):
                parts[-1] = longer
                continue
        if not is_fitting(laid_out(_with_number(sentence, len(parts), total), len(parts))):
            return None
        parts.append(sentence)
    return parts


def _with_number(part: str, place: int, total: int | None) -> str:
    return part if total is None else f"{part} {place + 1}/{total}"


def _glue(language: str) -> str:
    return "" if language in _NO_SPACES else " "


def joined(parts: list[str], language: str) -> str:
    """The words of a thread's posts as one text again, without their numbers."""
    ends = [f" {place}/{len(parts)}" for place in range(1, len(parts) + 1)]
    numbered = len(parts) > 1 and all(part.endswith(end) for part, end in zip(parts, ends, strict=True))
    words = [part.removesuffix(end) for part, end in zip(parts, ends, strict=True)] if numbered else parts
    return _glue(language).join(words)
