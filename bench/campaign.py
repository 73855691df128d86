"""Campaigns to measure with: as many accounts, facts and wordings as are asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.library import Library
from bot.library.shelf import Style
from bot.model import Fact, Source, Status, Template
from bot.settings import Settings, load_settings

WORDINGS = ("a", "b", "c")
SOURCE = Source("monitor", "Landmine Monitor 2025", "ICBL-CMC", "Landmine Monitor 2025")
STYLE = Style("en", "Source: {{ credit }}, as of {{ as_of }}.")
SLOTS = """
slots:
  morning: {weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"}
  afternoon: {weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "15:00"}
"""
CAMPAIGN = "name: Bench\nhashtags: [MineAction, ForwardNotFragmented]\n"


def settings_with(home: Path, accounts: int, network: str) -> Settings:
    """The settings of a campaign in this folder, with accounts called a0000, a0001 and so on."""
    lines = [f"  {account_name(number)}: {{network: {network}}}" for number in range(accounts)]
    texts = {
        "campaign.yaml": CAMPAIGN,
        "accounts.yaml": "\n".join(["accounts:", *lines, ""]),
        "slots.yaml": SLOTS,
        "observances.yaml": "observances: {}\n",
    }
    (home / "config").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (home / "config" / name).write_text(text, encoding="utf-8")
    return load_settings(home / "config")


def account_name(number: int) -> str:
    """The id of an account."""
    return f"a{number:04d}"


def fact_name(number: int) -> str:
    """The id of a fact."""
    return f"fact-{number:06d}"


def library_with(facts: int) -> Library:
    """A library of so many facts in fifty groups, every tenth in conflict with its neighbour, each with three wordings."""
    library = Library(styles={"en": STYLE})
    for number in range(facts):
        fact = _fact(number, facts)
        library.facts[fact.id] = fact
        library.templates[fact.id, "en"] = [
            Template(f"{fact.id}/en/{name}", fact.id, "en", f"{fact.claim} ({name})") for name in WORDINGS
        ]
    return library


def _fact(number: int, facts: int) -> Fact:
    neighbour = {fact_name((number + 1) % facts)} if number % 10 == 0 else set()
    return Fact(
        id=fact_name(number),
        subject="Bench",
        claim=f"Fact {number} of {facts} says something that was checked",
        values={},
        source=SOURCE,
        as_of=date(2025, 12, 1),
        review_by=None,
        status=Status.POST,
        status_since=date(2025, 12, 1),
        group=f"group-{number % 50:02d}",
        conflicts=frozenset(neighbour),
    )
