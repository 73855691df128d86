"""What X makes of a text: its weight, its t.co links, its entities."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from twitter_text import extract_urls_with_indices, parse_tweet

MAX_WEIGHT = 280
SLUG_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w*[^\W\d_]\w*)")
MENTION = re.compile(r"(?<![\w@/])@([A-Za-z0-9_]{1,15})(?!\w)")


def refusal(text: str, *, empty_allowed: bool = False) -> str | None:
    """Why X would not take this text, or None."""
    if not text and empty_allowed:
        return None
    measured = parse_tweet(text)
    if measured.weightedLength > MAX_WEIGHT:
        return f"Your Tweet text is too long: {measured.weightedLength} of {MAX_WEIGHT}."
    if not measured.valid:
        return "Your Tweet text is empty or holds characters that are not allowed."
    return None


def shown(
    text: str, seed: str, photo: str = "", media_keys: Sequence[str] = ()
) -> tuple[str, dict[str, Any]]:
    """The text as X gives it back (links wrapped; &, <, > escaped) and its entities.

    The link to a post's pictures stands at its end, once; among the entities it stands once for each picture.
    """
    pieces: list[str] = []
    urls: list[dict[str, Any]] = []
    done = 0
    for number, link in enumerate(extract_urls_with_indices(text)):
        start, end = link["indices"]
        pieces.append(escape(text[done:start], quote=False))
        wrapped = _wrapped(f"{seed}/{number}/{link['url']}")
        urls.append(_url_entity(wrapped, link["url"], len("".join(pieces))))
        pieces.append(wrapped)
        done = end
    pieces.append(escape(text[done:], quote=False))
    if media_keys:
        pieces.append(" " if text else "")
        wrapped = _wrapped(f"{seed}/photo")
        start = len("".join(pieces))
        urls += [_photo_entity(wrapped, photo, start, key) for key in media_keys]
        pieces.append(wrapped)
    final = "".join(pieces)
    return final, _entities(final, urls)


def _entities(text: str, urls: list[dict[str, Any]]) -> dict[str, Any]:
    """Entities with indices into the text as shown, counted in code points."""
    found = {
        "urls": urls,
        "hashtags": [_span(match, "tag") for match in HASHTAG.finditer(text)],
        "mentions": [_span(match, "username") for match in MENTION.finditer(text)],
    }
    return {kind: entities for kind, entities in found.items() if entities}


def _span(match: re.Match[str], name: str) -> dict[str, Any]:
    return {"start": match.start(), "end": match.end(), name: match.group(1)}


def _url_entity(wrapped: str, url: str, start: int) -> dict[str, Any]:
    expanded = url if "://" in url else f"http://{url}"
    display = re.sub(r"^\w+://(www\.)?", "", expanded)
    return {
        "start": start,
        "end": start + len(wrapped),
        "url": wrapped,
        "expanded_url": expanded,
        "display_url": display if len(display) <= 27 else display[:26] + "…",
    }


def _photo_entity(wrapped: str, photo: str, start: int, media_key: str) -> dict[str, Any]:
    display = wrapped.replace("https://t.co/", "pic.x.com/")
    place = {"start": start, "end": start + len(wrapped)}
    return {
        **place,
        "url": wrapped,
        "expanded_url": photo,
        "display_url": display,
        "media_key": media_key,
    }


def _wrapped(seed: str) -> str:
    digest = hashlib.sha256(seed.encode()).digest()
    return "https://t.co/" + "".join(SLUG_LETTERS[byte % len(SLUG_LETTERS)] for byte in digest[:10])
