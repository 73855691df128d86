"""A small campaign for tests: two facts, three file accounts, and a moment at which everything happens."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.model import Counting, Message, PlannedPost, Rules, Slot

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RULES = Rules(Counting.CHARACTERS, 500, link_length=23)

FACTS = """
subject: Casualties
sources:
  monitor: {title: Landmine Monitor 2025, publisher: ICBL-CMC, credit: Landmine Monitor 2025}
facts:
  casualties-2024:
    claim: In 2024 at least 6,279 people were killed or injured.
    values: {casualties: {number: 6279, comparator: at least}, year: 2024}
    source: monitor
    as_of: 2025-12-01
    review_by: 2026-12-01
    status: post
    since: 2026-11-24
    confidence: high
  oslo-adoption:
    claim: The Convention was adopted in Oslo on 18 September 1997.
    values: {adopted: 1997-09-18, place: Oslo}
    source: monitor
    as_of: 2026-11-24
    review_by: never
    status: post
    since: 2026-11-24
    confidence: high
  parties-165:
    claim: 165 States are party.
    source: monitor
    as_of: 2025-06-16
    review_by: 2025-07-16
    status: retired
    since: 2026-11-24
    reason: it was true for three months only
    lift: read the count off the depositary
    confidence: high
"""
TEMPLATES = """
language: en
templates:
  casualties-2024:
    a: In {{ year }}, {{ casualties }} people were killed or injured by mines.
    b: "{{ casualties | upper_first }} people were killed or injured by mines in {{ year }}."
    c: Mines killed or injured {{ casualties }} people in {{ year }}.
  oslo-adoption:
    a: States adopted the Convention in {{ place }} {{ adopted | years_since }} years ago.
    b: The Convention was adopted in {{ place }} on {{ adopted }}.
    c: On {{ adopted }}, States adopted the Convention in {{ place }}.
"""
STYLE = 'language: en\ncredit: "Source: {{ credit }}, as of {{ as_of }}."\n'
ACCOUNTS = """
accounts:
  one: {network: file}
  two: {network: file}
"""
SLOTS = """
slots:
  morning: {weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"}
"""
CAMPAIGN = "name: Test campaign\nhashtags: [MineAction, ForwardNotFragmented]\n"


def write_campaign(home: Path, **replaced: str) -> Path:
    """Write the small campaign into a folder; `replaced` gives other texts for accounts, slots or campaign."""
    texts = {
        "config/campaign.yaml": replaced.get("campaign", CAMPAIGN),
        "config/accounts.yaml": replaced.get("accounts", ACCOUNTS),
        "config/slots.yaml": replaced.get("slots", SLOTS),
        "config/observances.yaml": replaced.get("observances", "observances: {}\n"),
        "messages/facts/casualties.yaml": replaced.get("facts", FACTS),
        "messages/templates/en/casualties.yaml": replaced.get("templates", TEMPLATES),
        "messages/style/en.yaml": replaced.get("style", STYLE),
    }
    for name, text in texts.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return home


def copy_real_campaign(home: Path) -> Path:
    """Copy the shipped config/ and messages/ into a folder, so that a test may change them."""
    for folder in ("config", "messages"):
        shutil.copytree(ROOT / folder, home / folder)
    return home


def message(
    text: str = "Hello.", fact: str = "oslo-adoption", version: str = "v1", wording: str = "a"
) -> Message:
    """A finished message, as the composer would hand it over."""
    return Message(
        text, "en", (), None, fact, version, f"{fact}/en/{wording}", len(text), 500, len(text.encode())
    )


def planned(
    name: str, at: datetime = NOW, accounts: tuple[str, ...] = ("one",), text: str = "Hello."
) -> PlannedPost:
    """A planned post for a slot of this name."""
    slot = Slot(at, f"{name}@{at:%Y-%m-%dT%H:%M}", name, at.date())
    return PlannedPost(slot, "oslo-adoption", messages={account: message(text) for account in accounts})


def day(text: str) -> date:
    """A calendar day."""
    return date.fromisoformat(text)


HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
