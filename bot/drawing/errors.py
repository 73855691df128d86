"""What can go wrong when a card is drawn."""

from __future__ import annotations

from bot.model import BotError


class CannotDraw(BotError):
    """A card was not drawn; the text says why. Where `passing`, the same card may succeed another time."""

    def __init__(self, reason: str, *, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing
