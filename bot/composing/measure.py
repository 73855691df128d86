"""How long a text is, counted exactly as a network counts it."""

from __future__ import annotations

import pkgutil
import re
import sys
from functools import cache
from types import ModuleType
from typing import Any

import regex

from bot.model import Counting, Rules

_LINK = re.compile(r"https?://\S*[^\s.,;:!?'\"()\[\]{}»”’…\u2069]")  # the stop after a link is not its own


def length(text: str, rules: Rules) -> int:
    """The length of a text by the network's own counting."""
    if rules.counting is Counting.WEIGHTED:
        return weighted(text)
    if rules.counting is Counting.GRAPHEMES or rules.link_length is None:
        return graphemes(text)
    return graphemes(_LINK.sub("x" * rules.link_length, text))


def fits(text: str, rules: Rules) -> bool:
    """Whether the network takes a text of this length."""
    within_bytes = rules.byte_limit is None or len(text.encode()) <= rules.byte_limit
    return length(text, rules) <= rules.limit and within_bytes


def graphemes(text: str) -> int:
    """Extended grapheme clusters (Unicode UAX 29): what a reader calls a character."""
    return len(regex.findall(r"\X", text))


def weighted(text: str) -> int:
    """X's weighted length: twitter-text configuration v3, where a link counts 23 and CJK counts double.

    Source: https://github.com/twitter/twitter-text/blob/master/config/v3.json (seen November 2026).
    """
    return int(_parse_tweet()(text).weightedLength)


@cache
def _parse_tweet() -> Any:
    # twitter-text-parser 3.0.0 reads its one data file through pkg_resources, which weighs 17 MB and warns on import.
    stand_in = ModuleType("pkg_resources")
    stand_in.resource_string = pkgutil.get_data  # type: ignore[attr-defined]
    known = sys.modules.setdefault("pkg_resources", stand_in)
    try:
        from twitter_text import parse_tweet
    finally:
        if known is stand_in:
            del sys.modules["pkg_resources"]
    return parse_tweet
