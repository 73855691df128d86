"""What a share card says, in words, for those who hear it read."""

from __future__ import annotations

from typing import Final

from bot.model import Bar, Card

NO_BREAK: Final = "\u00a0"
COLONS: Final = {"fr": f"{NO_BREAK}: ", "zh": "："}
SEMICOLONS: Final = {"fr": f"{NO_BREAK}; ", "zh": "；", "ar": "؛ "}
STOPS: Final = {"zh": "。"}
ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "۔")


def alt_text(card: Card) -> str:
    """Figure, text, bars, credit and campaign, in the order and the punctuation in which the card's language is read.

    Hashtags are left out: they say nothing of the picture.
    """
    gap = "" if card.language == "zh" else " "
    claim = gap.join(part.strip() for part in (card.figure or "", card.text) if part.strip())
    parts = (claim, _bars(card.bars, card.language), card.credit, card.campaign)
    return gap.join(_sentence(part, card.language) for part in parts if part.strip())


def _bars(bars: tuple[Bar, ...], language: str) -> str:
    colon, semicolon = COLONS.get(language, ": "), SEMICOLONS.get(language, "; ")
    return semicolon.join(f"{bar.label}{colon}{bar.shown}" for bar in bars)


def _sentence(part: str, language: str) -> str:
    said = " ".join(part.split())
    return said if said.rstrip("\u2069»”\"')").endswith(ENDS) else said + STOPS.get(language, ".")
