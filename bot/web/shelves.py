"""The library in the order in which somebody has to look at it: what falls due first on top, then what stays in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.library import Refusal, refusals
from bot.model import Fact, Status

SOON = timedelta(days=30)
# Each shelf by its name in the address, as a heading, and as it is counted: "3 are overdue".
SHELVES: Mapping[str, tuple[str, str]] = {
    "overdue": ("Overdue", "overdue"),
    "soon": ("Falls due within 30 days", "may go out and fall due within 30 days"),
    "yes": ("May go out", "may go out"),
    "not-yet": ("Not yet true", "not yet true"),
    Status.HOLD: ("On hold", "on hold"),
    Status.RETIRED: ("Retired", "retired"),
    Status.ARCHIVED: ("Archived: for comparisons only", "archived"),
    Status.INTERNAL: ("Internal: not for followers", "internal"),
}


@dataclass(frozen=True)
class Entry:
    """A fact as it stands on a day: on which shelf, why it may not go out, and when somebody must look at it."""

    fact: Fact
    shelf: str
    refusals: tuple[Refusal, ...]
    due: str

    @property
    def why_not(self) -> str:
        """The guard's reasons in one sentence."""
        return "it " + "; it ".join(refusal.why.rstrip(".") for refusal in self.refusals) + "."


@dataclass(frozen=True)
class Shelf:
    """Facts that stand alike, first those that fall due first."""

    name: str
    title: str
    entries: tuple[Entry, ...]


def entry(fact: Fact, today: date) -> Entry:
    """A fact as it stands today."""
    reasons = refusals(fact, today)
    if reasons:
        shelf = reasons[0].code
    else:
        is_soon = fact.review_by is not None and fact.review_by - today <= SOON
        shelf = "soon" if is_soon else "yes"
    return Entry(fact, shelf, reasons, due_words(fact.review_by, today))


def shelves(entries: Iterable[Entry]) -> list[Shelf]:
    """The entries on their shelves; a shelf that is empty is left out."""
    ordered = sorted(entries, key=lambda e: (e.fact.review_by or date.max, e.fact.id))
    found = [
        Shelf(name, words[0], tuple(e for e in ordered if e.shelf == name)) for name, words in SHELVES.items()
    ]
    return [shelf for shelf in found if shelf.entries]


def finds(asked: str, fact: Fact) -> bool:
    """Whether each word that somebody looks for stands in a fact's id, claim or publisher."""
    text = f"{fact.id} {fact.claim} {fact.source.publisher}".casefold()
    return all(word in text for word in asked.casefold().split())


def due_words(review_by: date | None, today: date) -> str:
    """How long until a fact falls due, or since it did."""
    if review_by is None:
        return "cannot go stale"
    days = (review_by - today).days
    near = {0: "falls due today", 1: "falls due tomorrow", -1: "fell due yesterday"}
    return near.get(days) or (f"falls due in {days} days" if days > 0 else f"fell due {-days} days ago")
