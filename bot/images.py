"""An image that a person adds: made clean and small, and never without alt text, credit and licence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.model import BotError
from bot.quarantine import Busy, CannotOpen, Opener, opened

MOST_BYTES_GIVEN = 10_000_000
MOST_BYTES = (
    976_000  # Bluesky takes 1,000,000, newer servers 2,000,000 (lexicon app.bsky.embed.images, November 2026)
)
LONGEST_SIDE = 2048
MOST_ALT_TEXT = 1000
MOST_WORDS = 200  # of a credit or licence, in characters


# ── its bytes ────────────────────────────────────────────────────────────────────────────────────


class Unfit(BotError):
    """An image that cannot be posted: `problem` says why; the text, what to do about it too."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem} {mend}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class CleanImage:
    """An image of which only the pixels are left: PNG or JPEG, upright, in sRGB, without any metadata."""

    data: bytes
    mime: str
    width: int
    height: int


def clean(data: bytes, *, longest: int = LONGEST_SIDE, first_frame: bool = False) -> CleanImage:
    """The clean image of a PNG, JPEG, WebP or GIF file, known by its content. The same file gives the same image.

    An image that moves is refused, because only its first frame would be shown, unless that is what is wanted
    (`first_frame`). Raises Unfit.
    """
    if len(data) > MOST_BYTES_GIVEN:
        problem = f"The image has {len(data):,} bytes; at most {MOST_BYTES_GIVEN:,} are taken."
        raise Unfit(problem, "Save a smaller one.")
    if not data:
        raise Unfit("The image is empty.", "Choose another file.")
    wish = {"longest": longest, "first_frame": first_frame, "most_bytes": MOST_BYTES}
    try:
        said, made = opened(Opener.PICTURES, data, wish)
    except Busy as why:
        raise Unfit("Other images are being opened just now.", "Try again in a minute.") from why
    except CannotOpen as why:
        raise Unfit(
            f"The image cannot be used: {why}.", "Save what you want to show as PNG or JPEG."
        ) from why
    return CleanImage(made, said["mime"], said["width"], said["height"])


# ── what is said of it ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Statement:
    """What an image shows, for those who do not see it; who made it; and why it may be used."""

    alt_text: str
    credit: str
    licence: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one field of a statement, and how to mend it."""

    field: str
    problem: str
    mend: str

    def __str__(self) -> str:
        return f"{self.problem} {self.mend}"


class Unstated(BotError):
    """A statement that is not complete; `flaws` tells every field's first flaw."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__(" ".join(f"{flaw.field}: {flaw}" for flaw in flaws))
        self.flaws = flaws


def statement(alt_text: str, credit: str, licence: str) -> Statement:
    """What is said of an image, with blanks tidied. Raises Unstated with the flaws of every field."""
    said = Statement(_tidy_lines(alt_text), credit.strip(), licence.strip())
    checks: tuple[tuple[str, str, Callable[[str], Iterator[tuple[str, str]]]], ...] = (
        ("alt_text", said.alt_text, _flaws_of_alt_text),
        ("credit", said.credit, _flaws_of_credit),
        ("licence", said.licence, _flaws_of_licence),
    )
    first = ((name, next(check(text), None)) for name, text, check in checks)
    if flaws := tuple(Flaw(name, *flaw) for name, flaw in first if flaw is not None):
        raise Unstated(flaws)
    return said


_BEGINS_NEEDLESSLY = re.compile(
    r"(an?\s+|the\s+)?(image|picture)\s+(of|showing)\b|(une\s+|l['’])?image\s+(de|du|des|d['’])|"
    r"(una\s+|la\s+)?imagen\s+de\b|изображение\b|(这是)?(一张)?图片[:：]|صورة\s+ل",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"[^\n]*\.(png|jpe?g|webp|gif|heic|avif|tiff?|bmp|svg)|(img|dsc|dscn|pxl|screenshot|image)[\W_]*\d[\d\W_]*",
    re.IGNORECASE,
)
_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e"  # isolates and joiners have their uses
_UNSEEN = "\u200b\u2028\u2029\u2060\ufeff\u00ad"


def _flaws_of_alt_text(text: str) -> Iterator[tuple[str, str]]:
    if not any(character.isalnum() for character in text):
        yield "An image needs alt text.", "Say what it shows to somebody who cannot see it."
    if len(text) > MOST_ALT_TEXT:
        yield (
            f"The alt text has {len(text):,} characters.",
            f"At most {MOST_ALT_TEXT:,} are taken: shorten it.",
        )
    if begins := _BEGINS_NEEDLESSLY.match(text):
        yield (
            f"The alt text begins with {begins[0]!r}.",
            "Say at once what is shown: a reader knows it is an image.",
        )
    if _FILE_NAME.fullmatch(text):
        yield "The alt text is a file's name.", "Say what the image shows."
    yield from _control_characters(text.replace("\n", " "), "alt text")


def _flaws_of_credit(text: str) -> Iterator[tuple[str, str]]:
    yield from _flaws_of_words(text, "credit", "Say who made it, such as: Jane Doe / ICBL.")


def _flaws_of_licence(text: str) -> Iterator[tuple[str, str]]:
    yield from _flaws_of_words(
        text, "licence", "Say why it may be used, such as: CC BY 4.0, or: with permission."
    )


def _flaws_of_words(text: str, what: str, mend: str) -> Iterator[tuple[str, str]]:
    if not any(character.isalnum() for character in text):
        yield f"An image needs a {what}.", mend
    if len(text) > MOST_WORDS:
        yield f"The {what} has {len(text):,} characters.", f"At most {MOST_WORDS} are taken: shorten it."
    yield from _control_characters(text, what)


def _control_characters(text: str, what: str) -> Iterator[tuple[str, str]]:
    for character in text:
        if character in _OVERRIDES + _UNSEEN or unicodedata.category(character) in ("Cc", "Co", "Cs"):
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            yield f"There is a control character in the {what} ({name}).", "Delete it, or type the text anew."


def _tidy_lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in re.split(r"\r\n|\r|\n", text)).strip()
