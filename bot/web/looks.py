"""How the desk's pages are drawn: their templates, and how a day or a moment is written."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

PAGES = Path(__file__).parent.parent / "pages" / "desk"
STATIC = Path(__file__).parent / "static"


def templates() -> Environment:
    """The templates of `bot/pages/desk/`; a name that a page was not given is a mistake, not a blank."""
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["day"] = day
    environment.filters["clock"] = clock
    environment.filters["iso"] = iso
    environment.filters["said"] = said
    environment.globals["asset"] = asset
    return environment


def day(value: date | datetime, zone: ZoneInfo | None = None) -> str:
    """A day in words: Tue 24 November 2026. A moment needs the zone whose day is meant."""
    value = value.astimezone(zone).date() if isinstance(value, datetime) else value
    return _day_in_words(value)


@lru_cache(maxsize=1000)  # a page names a few days many times, and Babel takes its time
def _day_in_words(value: date) -> str:
    return str(format_date(value, "EEE d MMMM y", locale="en_GB"))


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """The time of day in a zone: 09:00 UTC."""
    return f"{moment.astimezone(zone):%H:%M %Z}"


def iso(value: date | datetime) -> str:
    """For machines."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def said(text: object) -> Markup:
    """A sentence of the bot's, with what it puts in `backticks` as code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup().join(
        Markup("<code>{}</code>").format(part) if n % 2 else escape(part) for n, part in enumerate(parts)
    )


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"
