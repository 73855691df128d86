"""How long a text is, counted exactly as a network counts it."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import Any

import regex

from bot.model import Counting, Rules

_LINK = re.compile(r"https?://\S*[^\s.,;:!?'\"()\[\]{}»”’…]")  # the stop after a link is not its own


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
    with warnings.catch_warnings():
        # twitter-text-parser 3.0.0 reads its data through pkg_resources, which warns on import.
        warnings.simplefilter("ignore", UserWarning)
        from twitter_text import parse_tweet
    return parse_tweet
