"""Every file of cases/ says how one wording of one fact reads on one day, exactly, on each network.

To add a case, copy cases/simple.yaml, change it, and run: ./dev test tests/composing/test_cases.py
A case that differs from what the bot writes shows what the bot writes, in the words of the case.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot.composing import DoesNotFit, Unrenderable, compose
from bot.library.format import Day, FactEntry, typed
from bot.library.shelf import Style
from bot.model import Account, Entity, Fact, Message, Observance, Source, Template
from bot.networks import network

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
NETWORKS = ("x", "bluesky", "mastodon")
USUAL = {
    "claim": "A claim.",
    "source": "monitor",
    "as_of": "2025-12-01",
    "review_by": "never",
    "status": "post",
    "since": "2026-01-01",
    "confidence": "high",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reads(_Part):
    """What followers of a network get; or why they get nothing."""

    text: str | None = None
    length: int | None = None
    bytes: int | None = None
    thread: list[str] = []
    entities: list[str] = []
    too_long: str | None = None
    cannot: str | None = None


class Case(_Part):
    """One file of cases/. What is left out of `fact` is as in every other case."""

    shows: str
    fact: dict[str, Any] = {}
    observance_since: Day | None = None
    template: str
    language: str = "en"
    source: str = "Landmine Monitor 2025"
    credit: str = "Source: {{ credit }}, as of {{ as_of }}."
    on: Day
    hashtags: list[str] = Field(["MineAction", "ForwardNotFragmented"])
    comparators: dict[str, str] = {}
    threads: bool = False
    x: Reads
    bluesky: Reads
    mastodon: Reads


def read(path: Path) -> Case:
    return Case.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))


def composed(case: Case, on_network: str) -> Message:
    entry = FactEntry.model_validate({**USUAL, **case.fact})
    fact = Fact(
        id="fact",
        subject="Cases",
        claim=entry.claim,
        values={name: typed(name, raw) for name, raw in entry.values.items()},
        source=Source("monitor", case.source, "A publisher", case.source),
        as_of=entry.as_of,
        review_by=None,
        status=entry.status,
        status_since=entry.since,
        attributed_to=entry.attributed_to,
        link=entry.link,
    )
    observance = None
    if case.observance_since is not None:
        since = case.observance_since
        observance = Observance("day", "A day", (since.month, since.day), "fact", origin=since)
    return compose(
        Template(f"fact/{case.language}/a", "fact", case.language, case.template),
        fact,
        Style(case.language, case.credit, sources={case.source: case.source}, comparators=case.comparators),
        replace(network(on_network).default_rules(Account(on_network, on_network)), threads=case.threads),
        case.hashtags,
        case.on,
        observance,
    )


def reads(case: Case, on_network: str) -> Reads:
    try:
        message = composed(case, on_network)
    except DoesNotFit as error:
        return Reads(too_long=str(error))
    except Unrenderable as error:
        return Reads(cannot=str(error))
    return Reads(
        text=message.text,
        length=message.length,
        bytes=message.byte_length,
        entities=[in_words(entity) for entity in message.entities],
        thread=[post.text for post in message.thread],
    )


def in_words(entity: Entity) -> str:
    return f"{entity.kind} {entity.value} at bytes {entity.byte_start}-{entity.byte_end}"


def as_case(found: Reads) -> str:
    return yaml.dump(
        found.model_dump(exclude_defaults=True), allow_unicode=True, sort_keys=False, width=10**6
    )


@pytest.mark.parametrize("on_network", NETWORKS)
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_it_reads_as_the_case_says(path: Path, on_network: str) -> None:
    case = read(path)
    found = reads(case, on_network)
    expected: Reads = getattr(case, on_network)
    assert found == expected, f"{case.shows}\nOn {on_network} the bot writes:\n{as_case(found)}"
    assert reads(case, on_network) == found


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_bytes_of_a_case_are_those_of_its_tags_and_links(path: Path) -> None:
    case = read(path)
    for on_network in NETWORKS:
        expected: Reads = getattr(case, on_network)
        for entity in expected.entities:
            kind, value, _, _, span = entity.split()
            start, end = map(int, span.split("-"))
            shown = (expected.text or "").encode()[start:end].decode()
            assert shown == f"#{value}" if kind == "tag" else shown in value
