"""What the page behind a fact's link says about itself, looked up once and safely, for the card of that link."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass

import regex

from bot.images import CleanImage, Unfit, clean
from bot.linking.addresses import NotFound, Resolve, joined, resolved
from bot.linking.fetching import Errand, Found, Want, fetch
from bot.quarantine import CannotOpen, Opener, opened

__all__ = ["NotFound", "Page", "look_up"]

SECONDS = 15.0
MOST_TITLE, MOST_DESCRIPTION = 200, 300  # graphemes
WIDEST_PICTURE = 1200  # pixels

_PAGE = Want("a web page", ("text/html", "application/xhtml+xml"), 1_000_000, end=b"</head")
_PICTURE = Want("a picture", ("image/png", "image/jpeg", "image/webp", "image/gif"), 5_000_000)
_READING_SECONDS = 10.0

# What steers the reading of a text and is not seen in it. Joiners stay: Persian and emoji are written with them.
_UNSEEN = regex.compile(
    r"[\p{Cs}\p{Co}\p{Bidi_Control}\u00AD\u200B\u2060-\u2064\uFEFF\uFFF9-\uFFFB\U000E0000-\U000E0FFF]"
)
_CONTROL = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}\s]+")


@dataclass(frozen=True, slots=True)
class Page:
    """What a link's card says, and its picture; without one, `why_no_picture` is a sentence that says why."""

    url: str
    title: str
    description: str
    picture: CleanImage | None
    why_no_picture: str | None = None


def look_up(
    url: str,
    *,
    allow_private: bool = False,
    resolve: Resolve = resolved,
    trust: ssl.SSLContext | None = None,
    seconds: float = SECONDS,
) -> Page | None:
    """The page at an address, or None where it has no title. Nothing but what is public is ever asked.

    `allow_private` (any host and port), `resolve` and `trust` are for tests. `seconds` are for all that is fetched;
    opening it may take half a minute more. Raises NotFound with a plain reason.
    """
    errand = Errand(time.monotonic() + seconds, allow_private, resolve, trust)
    found = fetch(url, _PAGE, errand)
    try:
        said, _ = opened(Opener.PAGES, found.data, {"charset": found.charset}, _READING_SECONDS)
    except CannotOpen as why:
        raise NotFound(f"The page cannot be read: {why}.") from why
    title = tidy(said["title"], MOST_TITLE)
    if not title:
        return None
    picture, why_not = _picture(said["image"].strip(), found, errand)
    return Page(url, title, tidy(said["description"], MOST_DESCRIPTION), picture, why_not)


def _picture(address: str, page: Found, errand: Errand) -> tuple[CleanImage | None, str | None]:
    if not address:
        return None, "The page names no picture."
    try:
        file = fetch(joined(page.url, address), _PICTURE, errand)
        return clean(file.data, longest=WIDEST_PICTURE, first_frame=True), None
    except Unfit as unfit:
        return None, unfit.problem
    except NotFound as why:
        return None, str(why)


def tidy(text: str, most: int) -> str:
    """A text in one line, with nothing unseen in it, and of at most so many graphemes, cut between words."""
    text = _CONTROL.sub(" ", _UNSEEN.sub("", text)).strip(" \u200c\u200d")
    text, is_whole = text[: most * 20], len(text) <= most * 20  # a grapheme may hold any number of marks
    graphemes = regex.findall(r"\X", text)
    if is_whole and len(graphemes) <= most:
        return text
    kept = "".join(graphemes[: most - 1])
    is_between_words = len(graphemes) >= most and graphemes[most - 1].isspace()
    words, _, _ = kept.rpartition(" ")
    kept = words if words and not is_between_words and len(words) * 2 >= len(kept) else kept
    return kept.rstrip(" ,;:.-–—") + "…"
