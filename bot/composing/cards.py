"""What goes out beside a text: the share card of its fact as data, with its alt text, or the card of its link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.composing.direction import isolated
from bot.composing.display import display
from bot.drawing import alt_text
from bot.library.shelf import Style
from bot.model import Bar, Card, CardWording, LinkCard, Number, Picture, PictureRules

_TOGETHER = re.compile(r"(?<=\d) (?=[^\W\d])")  # a number and its word stay on one line: 53 millions, 12 mars


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
        isolated(campaign, language),
        isolated(_TOGETHER.sub("\u00a0", figure), language) if figure else None,
        isolated(text, language),
        isolated(credit, language),
        isolated(hashtags, language),
        rules.width,
        rules.height,
        bars,
    )
    return Picture(isolated(alt_text(card), language), card)
