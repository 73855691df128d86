"""Cards are drawn and links are looked up ahead of their moment, and one that goes wrong keeps none of the others waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.drawing import CannotDraw
from bot.illustrating import AGAIN_AFTER, AT_ONCE, Illustrator
from bot.ledger import open_ledger
from bot.linking import NotFound, Page
from bot.model import Card
from bot.workspace import Workspace, open_workspace
from tests.networks.illustrated import png
from tests.picturing.illustrated import write_illustrated
from tests.world import MINUTE, NOW

LINKS = {"casualties-2024": "https://one.example/", "oslo-adoption": "https://two.example/"}
ACCOUNTS = """
accounts:
  one: {network: bluesky, handle: one.example, server: "https://pds.example"}
  two: {network: file, options: {like: bluesky}}
"""


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    home = write_illustrated(tmp_path / "campaign")
    (home / "config/accounts.yaml").write_text(ACCOUNTS)
    facts = home / "messages/facts/casualties.yaml"
    for fact, link in LINKS.items():
        facts.write_text(facts.read_text().replace(f"  {fact}:\n", f"  {fact}:\n    link: {link}\n"))
    made = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    made.store_plan(NOW, "test", 4)
    return made


@dataclass
class Studio:
    """What is asked for, and what comes of it."""

    hopeless: bool = False
    broken: Mapping[str, Exception] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stops: bool = False

    def draw(self, cards: Iterable[Card]) -> dict[str, bytes | CannotDraw]:
        made = {card.key: CannotDraw("it does not fit") if self.hopeless else png() for card in cards}
        self.drawn += made
        return made

    def look_up(self, url: str) -> Page:
        self.asked.append(url)
        if url in self.broken:
            raise self.broken[url]
        return Page(url, "A title", "", None)

    def work(self, space: Workspace, later: int = 0) -> None:
        self.illustrator(later).work(space)

    def illustrator(self, later: int = 0) -> Illustrator:
        return Illustrator(lambda: NOW + later * MINUTE, self.look_up, lambda: self.stops, self.draw)


def test_a_card_that_can_never_be_drawn_is_told_once_and_tried_no_more(space: Workspace) -> None:
    studio = Studio(hopeless=True)
    illustrator = studio.illustrator()
    illustrator.work(space)
    tried = list(studio.drawn)
    assert 0 < len(tried) <= AT_ONCE
    illustrator.work(space)
    assert studio.drawn == tried


def test_each_link_is_looked_up_once(space: Workspace) -> None:
    studio = Studio()
    studio.work(space)
    studio.work(space, later=1)
    assert sorted(studio.asked) == sorted(LINKS.values())
    assert space.ledger.link_cards().keys() == set(LINKS.values())


@pytest.mark.parametrize("error", [NotFound("It is away."), RuntimeError("a bug")])
def test_a_page_that_cannot_be_looked_up_keeps_no_other_waiting_and_is_tried_again_tomorrow(
    space: Workspace, error: Exception
) -> None:
    studio = Studio(broken=dict.fromkeys(LINKS.values(), error))
    studio.work(space)
    studio.work(space, later=1)
    assert sorted(studio.asked) == sorted(LINKS.values())
    studio.work(space, later=int(AGAIN_AFTER / MINUTE) + 1)
    assert len(studio.asked) > len(LINKS)


def test_a_worker_that_stops_begins_no_further_page_and_keeps_nothing_of_one_that_broke_off(
    space: Workspace,
) -> None:
    studio = Studio()

    def broken_off(url: str) -> Page:
        studio.asked.append(url)
        studio.stops = True
        raise NotFound("The program that opens it broke off.")

    Illustrator(lambda: NOW, broken_off, lambda: studio.stops, studio.draw).work(space)
    assert len(studio.asked) == 1
    studio.stops = False
    studio.work(space, later=1)
    assert space.ledger.link_cards().keys() == set(LINKS.values())
