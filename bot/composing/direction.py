"""Keeps what is written from left to right in order inside a text that runs from right to left."""

from __future__ import annotations

import regex

RIGHT_TO_LEFT = frozenset({"ar"})
ISOLATE, END = "\u2068", "\u2069"  # first strong isolate, pop directional isolate (Unicode UAX 9)

# What is isolated already; links; hashtags; runs of Latin words and numbers with what stands between them and what
# belongs to them: signs, units, currencies. In 2021: 5,544 and in 2021 5,544 there are two runs: a reader comes from the
# right, to the year first.
_RUN = regex.compile(
    rf"{ISOLATE}[^{END}]*{END}(*SKIP)(*FAIL)"
    r"|https?://\S*[^\s.,;:!?،؛]"
    r"|\#[\w\p{M}]+"
    r"|(?:(?<!\w)[+±\u2212-]?\p{Sc}?(?=\p{Nd}))?[\p{Latin}\p{Nd}]"
    r"(?:(?:(?![.,:] \p{Nd}|(?<=\p{Nd}) \p{Nd})[\p{Latin}\p{N}\p{M}\p{Sc}.,:/'’&+°_\u2013\u00A0\u202F -])*"
    r"[\p{Latin}\p{N}\p{Sc}%°])?"
)


def isolated(text: str, language: str) -> str:
    """The text with every number, hashtag, link and Latin word isolated where the language runs from right to left."""
    if language not in RIGHT_TO_LEFT:
        return text
    return str(_RUN.sub(lambda run: f"{ISOLATE}{run[0]}{END}", text))


def without_isolates(text: str) -> str:
    """The text as a person types it."""
    return text.replace(ISOLATE, "").replace(END, "")
