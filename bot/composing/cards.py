"""What goes out beside a text: the share card of its fact as data, with its alt text, or the card of its link."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.composing.direction import isolated
from bot.composing.display import display
from bot.library.shelf import Style
from bot.model import Bar, Card, CardWording, LinkCard, Number, Picture, PictureRules

_SEMICOLON = {"ar": "؛ ", "zh": "；"}
_STOP = {"zh": "。"}


@dataclass(frozen=True, slots=True)
class Beside:
    """What a post may carry beside its text: its fact's card in its language, signed by the campaign, and its link's."""

    campaign: str = ""
    card: CardWording | None = None
    link_card: LinkCard | None = None


NOTHING = Beside()


def card_of(
    figure: str | None,
    text: str,
    credit: str,
    hashtags: str,
    campaign: str,
    series: tuple[tuple[int, Decimal], ...],
    style: Style,
    rules: PictureRules,
) -> Picture:
    """The picture of a card for a network; what it says is said again in its alt text."""
    bars = tuple(
        Bar(str(year), float(amount), display(Number(amount), style.language)) for year, amount in series
    )
    language = style.language
    card = Card(
        language,
        campaign,
        isolated(figure, language) if figure else None,
        isolated(text, language),
        isolated(credit, language),
        isolated(hashtags, language),
        rules.width,
        rules.height,
        bars,
    )
    return Picture(alt_text(card), card)


def alt_text(card: Card) -> str:
    """What a card says, for those who do not see it: figure, text, chart, credit line and campaign, in this order."""
    said = " ".join(part for part in (card.figure, card.text) if part)
    chart = _SEMICOLON.get(card.language, "; ").join(f"{bar.label}: {bar.shown}" for bar in card.bars)
    sentences = [said, isolated(chart, card.language), card.credit, isolated(card.campaign, card.language)]
    return " ".join(_ended(sentence, card.language) for sentence in sentences if sentence)


def _ended(sentence: str, language: str) -> str:
    return sentence if sentence[-1] in ".!?…。！？؟" else sentence + _STOP.get(language, ".")
