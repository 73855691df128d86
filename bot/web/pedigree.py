"""One fact's whole story, as values for its page: what it rests on, how it reads, where it was told, who said what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from bot.composing import compose
from bot.composing.display import display
from bot.ledger import Ledger
from bot.library import Library
from bot.model import Account, BotError, Fact, Rules, Template
from bot.networks import names, network
from bot.planning.slots import kept_on
from bot.workspace import Workspace


@dataclass(frozen=True)
class Measure:
    """How long a wording is on a network, or why it cannot go out there."""

    network: str
    length: int = 0
    limit: int = 0
    problem: str | None = None


@dataclass
class Rendering:
    """One text of a wording, and the networks on which it reads so."""

    text: str
    measures: list[Measure] = field(default_factory=list)


@dataclass(frozen=True)
class Wording:
    """A wording filled with its fact: the texts it gives, and the networks that it does not fit."""

    template: Template
    on: date
    renderings: tuple[Rendering, ...]
    misfits: tuple[Measure, ...]


def values(fact: Fact, library: Library) -> dict[str, list[tuple[str, str]]]:
    """Each value as its readers see it: (language, text) for every language that can say it."""
    return {name: list(_said(value, library)) for name, value in sorted(fact.values.items())}


def _said(value: Any, library: Library) -> Iterator[tuple[str, str]]:
    for language in sorted(library.styles):
        try:
            yield language, display(value, language)
        except ValueError as error:
            yield language, str(error)


def conflicts(fact: Fact, library: Library) -> list[str]:
    """The facts that contradict this one in a reader's eye, whichever of the two says so."""
    return sorted(fact.conflicts | {f.id for f in library.facts.values() if fact.id in f.conflicts})


def supersedes(fact: Fact, library: Library) -> list[str]:
    """The facts in whose place this one stands."""
    return sorted(f.id for f in library.facts.values() if f.superseded_by == fact.id)


def wordings(space: Workspace, fact: Fact, today: date) -> list[Wording]:
    """Every wording of a fact, filled for each network; one for an observance as on the next such day."""
    ways = ways_out(space)
    own = [template for template in space.library.all_templates() if template.fact_id == fact.id]
    return [_filled(space, template, fact, today, ways) for template in own]


def ways_out(space: Workspace) -> dict[str, Rules]:
    """How each network measures, and each account whose server told limits of its own."""
    found = dict(_documented())
    for account, rules in space.rules().items():
        if rules not in found.values():
            found[account] = rules
    return found


@cache
def _documented() -> Mapping[str, Rules]:
    # To look for installed networks takes longer than the rest of the page, and they do not change while it runs.
    found = (name for name in names() if name != "file")
    return {name.capitalize(): network(name).default_rules(Account(name, name)) for name in found}


def _filled(
    space: Workspace, template: Template, fact: Fact, today: date, ways: Mapping[str, Rules]
) -> Wording:
    on = _its_day(space, template, today)
    observance = space.settings.observances.get(template.observance_id or "")
    texts: dict[str, Rendering] = {}
    misfits = []
    for way, rules in ways.items():
        try:
            message = compose(
                template, fact, space.library.style_of(template.language), rules,
                space.settings.campaign.hashtags, on, observance,
            )  # fmt: skip
        except BotError as error:
            misfits.append(Measure(way, problem=str(error)))
        except KeyError:
            misfits.append(Measure(way, problem=f"there is no messages/style/{template.language}.yaml"))
        else:
            rendering = texts.setdefault(message.text, Rendering(message.text))
            rendering.measures.append(Measure(way, message.length, message.limit))
    return Wording(template, on, tuple(texts.values()), tuple(misfits))


def _its_day(space: Workspace, template: Template, today: date) -> date:
    observance = space.settings.observances.get(template.observance_id or "")
    if observance is None:
        return today
    this_year = kept_on(observance, today.year)
    return this_year if this_year >= today else kept_on(observance, today.year + 1)


@dataclass(frozen=True)
class Word:
    """What somebody said about a fact: held, released, confirmed, paused or resumed."""

    at: datetime
    who: str
    did: str
    why: str | None


_DID = {"held": "put it on hold", "released": "lifted the hold", "confirmed": "confirmed it", "paused": "paused it",
        "resumed": "resumed it"}  # fmt: skip


def trail(ledger: Ledger, fact_id: str) -> list[Word]:
    """What people said about a fact, newest first."""
    rows: Iterable[Mapping[str, Any]] = [
        *ledger.history_of(f"fact {fact_id}"),
        *ledger.history_of(f"the fact {fact_id}"),
    ]
    newest = sorted(rows, key=lambda row: row["id"], reverse=True)
    return [Word(row["at"], row["who"], _DID.get(row["became"], row["became"]), row["why"]) for row in newest]
