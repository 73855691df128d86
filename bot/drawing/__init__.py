"""Share cards as pictures. A card says what is drawn (`bot.model.Card`); here it becomes a PNG, and its alt text.

Importing this loads neither typst nor Pillow nor fontTools: `draw` does when it is called, `draw_all` in another
process. So a worker stays small.
"""

from __future__ import annotations

from bot.drawing.alt import alt_text
from bot.drawing.batch import draw_all
from bot.drawing.errors import CannotDraw
from bot.model import Card

__all__ = ["CannotDraw", "alt_text", "draw", "draw_all"]


def draw(card: Card) -> bytes:
    """The card as a PNG, drawn in this process, which grows by some 100 MB for it. Raises CannotDraw."""
    from bot.drawing.drawing import draw as draw_here

    return draw_here(card)
