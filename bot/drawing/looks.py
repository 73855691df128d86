"""How share cards look: colours, and sizes in pixels on a card 1200 wide. The template is given these and has no others.

Contrast as WCAG 2.2 reckons it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio, read 2026-11-25): text needs
4.5 to 1 (1.4.3), the parts of a chart 3 to 1 (1.4.11).
"""

from __future__ import annotations

from typing import Final

GROUND: Final = "#0b2f5b"  # all text and every bar stand on it, and on nothing else
INKS: Final = {
    "figure": "#ffffff",
    "text": "#ffffff",
    "campaign": "#ffffff",
    "credit": "#cfe3f5",
    "hashtags": "#9fd4f3",
    "label": "#cfe3f5",
    "last": "#ffffff",
}
SHAPES: Final = {"bar": "#5b9fd6", "last_bar": "#ffffff", "base": "#9fd4f3"}
DECORATION: Final = {"edge": "#009edb", "rule": "#3d628d"}  # says nothing, so that no contrast is asked of it

# The largest that looks well, and the smallest that can still be read on a telephone.
SIZES: Final = {
    "figure": (290, 56),
    "text": (60, 28),
    "text_alone": (88, 28),
    "credit": (26, 22),
    "foot": (26, 22),
    "label": (26, 22),
}
REFERENCE_WIDTH: Final = 1200
NARROWEST_PITCH: Final = 12  # of bars, from one's middle to the next one's

TEXT_CONTRAST: Final = 4.5
SHAPE_CONTRAST: Final = 3.0


def contrast(one: str, other: str) -> float:
    """How well two colours (`#rrggbb`) are told apart: from 1, not at all, to 21, black on white."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in bytes.fromhex(colour[1:]))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
