"""The fonts of share cards, and which characters they have. They come from packages, so every machine draws the same."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

# Package, file in it, and which face of a collection. The first two have every weight, the third one only.
FONTS: Final = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf", 0),
    ("justmytype_intl_rtl", "fonts/ofl/notosansarabic/NotoSansArabic[wdth,wght].ttf", 0),
    ("noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc", 2),
)
FAMILIES: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC")  # of these, as card.typ asks for them
# Need no glyph: line break, joiners, marks of direction and isolation.
UNSEEN: Final = frozenset("\n\u200b\u200c\u200d\u200e\u200f\u061c\u2060\u2066\u2067\u2068\u2069")


def folders() -> list[Path]:
    """Where the font files are: typst reads folders, and finds nothing, without a word, where it is given files."""
    return [_path(package, file).parent for package, file, _ in FONTS]


def uncovered(text: str) -> str | None:
    """The first character that no font has, or None. Typst would leave it out, or draw a box, without a word."""
    missing = set(text) - UNSEEN
    controls = {character for character in missing if unicodedata.category(character) == "Cc"}
    missing -= controls
    for index in range(len(FONTS)):  # the large font last, and only if it must be asked
        if missing:
            missing = {character for character in missing if not _has(_coverage(index), character)}
    return next((character for character in text if character in missing | controls), None)


def describe(character: str) -> str:
    """A character for a person who has to find it: itself, its number and its name."""
    name = unicodedata.name(character, "a character without a name")
    shown = f"“{character}” " if character.isprintable() else ""
    return f"{shown}(U+{ord(character):04X}, {name})"


def _path(package: str, file: str) -> Path:
    return Path(str(files(package))) / file


def _has(coverage: bytes, character: str) -> bool:
    byte, bit = divmod(ord(character), 8)
    return byte < len(coverage) and bool(coverage[byte] >> bit & 1)


@cache
def _coverage(index: int) -> bytes:
    """One bit for each character: 25 kB for the largest font, where a set would take 3 MB."""
    from fontTools.ttLib import TTFont

    package, file, face = FONTS[index]
    with TTFont(_path(package, file), fontNumber=face, lazy=True) as font:
        known: dict[int, Any] = font.getBestCmap()
    bits = bytearray(max(known) // 8 + 1)
    for number in known:
        bits[number // 8] |= 1 << number % 8
    return bytes(bits)
