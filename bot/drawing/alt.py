"""What a share card says, in words, for those who hear it read."""

from __future__ import annotations

import re
from typing import Final

from bot.model import Bar, Card

NO_BREAK: Final = "\u00a0"
COLONS: Final = {"fr": f"{NO_BREAK}: ", "zh": "："}
SEMICOLONS: Final = {"fr": f"{NO_BREAK}; ", "zh": "；", "ar": "؛ "}
SPACES: Final = re.compile(r"[ \t\n]+")  # not those that keep words together
STOPS: Final = {"zh": "。"}
ENDS: Final = (".", "!", "?", "…", "。", "！", "？", "؟", "۔")


def alt_text(card: Card) -> str:
    """Figure, text, bars, credit and campaign, in the order and the punctuation in which the card's language is read.

    Hashtags are left out: they say nothing of the picture.
    """
    gap = "" if card.language == "zh" else " "
    parts = (_claim(card), _bars(card.bars, card.language), card.credit, card.campaign)
    return gap.join(_sentence(part, card.language) for part in parts if part.strip())


def _claim(card: Card) -> str:
    figure, text = (card.figure or "").strip(), card.text.strip()
    touching = card.language == "zh" and not (figure[-1:].isdigit() and text[:1].isdigit())
    return ("" if touching else " ").join(filter(None, (figure, text)))


def _bars(bars: tuple[Bar, ...], language: str) -> str:
    colon, semicolon = COLONS.get(language, ": "), SEMICOLONS.get(language, "; ")
    return semicolon.join(f"{bar.label}{colon}{bar.shown}" for bar in bars)


def _sentence(part: str, language: str) -> str:
    said = SPACES.sub(" ", part.strip())
    return said if said.rstrip("\u2069»”\"')").endswith(ENDS) else said + STOPS.get(language, ".")
