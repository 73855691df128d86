"""Draws one card: typst lays it out, Pillow makes a small PNG of it. Loading them takes some 100 MB."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

import typst
from PIL import Image

from bot.drawing import fonts, looks
from bot.drawing.errors import CannotDraw
from bot.model import Card

SMALLEST, LARGEST = 200, 4096  # pixels, either way
RIGHT_TO_LEFT: Final = ("ar", "fa", "he", "ur")
SHADE: Final = 12  # how far apart two shades are, of 255; nearer ones, and Pillow takes one for the other
WIDE_GAP: Final = re.compile(r"(?<=\d)\u00a0(?=\d)")  # in large digits a whole space tears a number apart
LAST_GAP: Final = re.compile(r"(?<=\S) (?=\S{1,8}$)")  # a short last word does not stand in a line of its own
HYPHEN: Final = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")  # no line ends inside anti-personnel
REFUSED: Final = re.compile(r"does not fit: ([^\"\n]+)")
TEMPLATE: Final = Path(__file__).with_name("card.typ")


def draw(card: Card) -> bytes:
    """The card as a PNG: always the same bytes for the same card, and nothing in the file but the picture.

    Raises CannotDraw where something does not fit at its smallest legible size, where no font has a character,
    and where the data make no picture.
    """
    _look_over(card)
    inputs = {"card": json.dumps(_said(card), ensure_ascii=False), "looks": _looks()}
    try:
        drawn = _compiler().compile(format="png", ppi=72, sys_inputs=inputs)
    except typst.TypstError as error:
        raise CannotDraw(_why(error, card)) from error
    if not isinstance(drawn, bytes):
        raise CannotDraw(f"The card “{_beginning(card)}” became more than one page.")
    return _small(drawn)


def _look_over(card: Card) -> None:
    if not all(SMALLEST <= pixels <= LARGEST for pixels in (card.width, card.height)):
        raise CannotDraw(
            f"A card of {card.width} × {card.height} pixels cannot be drawn; each side has {SMALLEST} to {LARGEST}."
        )
    if not card.text.strip():
        raise CannotDraw("A card without a text cannot be drawn.")
    for bar in card.bars:
        if not math.isfinite(bar.amount) or bar.amount < 0:
            raise CannotDraw(f"The bar “{bar.label}” is {bar.amount}; a chart shows amounts from 0 upwards.")
    said = [card.figure or "", card.text, card.credit, card.campaign, card.hashtags]
    said += [text for bar in card.bars for text in (bar.label, bar.shown)]
    if (character := fonts.uncovered("".join(said))) is not None:
        raise CannotDraw(
            f"No font of the share cards has {fonts.describe(character)}, in the card “{_beginning(card)}”; "
            "write it otherwise."
        )


def _said(card: Card) -> dict[str, object]:
    figure = WIDE_GAP.sub("\u202f", card.figure or "") or None
    text = HYPHEN.sub("\u2011", LAST_GAP.sub("\u00a0", card.text.strip()))
    return {**asdict(card), "figure": figure, "text": text, "hashtags": _isolated(card.hashtags)}


def _isolated(hashtags: str) -> str:
    """Each hashtag on its own, so that its # stays where its word begins, in whichever direction the line runs."""
    bare = hashtags.translate({0x2068: None, 0x2069: None})
    return " ".join(f"\u2068{tag}\u2069" for tag in bare.split())


def _why(error: typst.TypstError, card: Card) -> str:
    if found := REFUSED.search(str(error)):
        return (
            f"On a card of {card.width} × {card.height} pixels {found[1]} does not fit, at the smallest size that can be "
            f"read: “{_beginning(card)}”. Make it shorter."
        )
    return f"The card “{_beginning(card)}” could not be laid out: {error.message}"


def _beginning(card: Card) -> str:
    text = f"{card.figure or ''} {card.text}".strip()
    return text if len(text) <= 60 else f"{text[:59]}…"


@cache
def _looks() -> str:
    return json.dumps(
        {
            "ground": looks.GROUND,
            "inks": looks.INKS,
            "shapes": looks.SHAPES,
            "decoration": looks.DECORATION,
            "sizes": looks.SIZES,
            "reference": looks.REFERENCE_WIDTH,
            "narrowest_pitch": looks.NARROWEST_PITCH,
            "right_to_left": RIGHT_TO_LEFT,
        }
    )


@cache
def _compiler() -> typst.Compiler:
    found = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in fonts.folders()],
    )
    if absent := set(fonts.FAMILIES) - set(found.families()):
        raise CannotDraw(
            f"The packages of fonts have no {', '.join(sorted(absent))}; install requirements.txt anew."
        )
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=found, ignore_system_fonts=True)


def _small(png: bytes) -> bytes:
    with Image.open(io.BytesIO(png)) as image:
        reduced = image.convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    out = io.BytesIO()
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def _palette() -> Image.Image:
    """Every colour of the card, and the shades between each and the ground: all that smooth edges need."""
    ground = bytes.fromhex(looks.GROUND[1:])
    colours = sorted({*looks.INKS.values(), *looks.SHAPES.values(), *looks.DECORATION.values()})
    shades = {shade for colour in colours for shade in _between(ground, bytes.fromhex(colour[1:]))}
    palette = Image.new("P", (1, 1))
    palette.putpalette(b"".join(sorted(shades)))
    return palette


def _between(ground: bytes, colour: bytes) -> list[bytes]:
    steps = max(1, int(math.dist(ground, colour) / SHADE))
    return [
        bytes(round(a + (b - a) * step / steps) for a, b in zip(ground, colour, strict=True))
        for step in range(steps + 1)
    ]
