"""A small campaign whose account wishes withdrawn posts to be deleted, and posts of it that are out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot import steering
from bot.ledger import Claim, Delivery, Outcome, open_ledger
from bot.model import PlannedPost, Receipt, Slot, State
from bot.workspace import Workspace, open_workspace
from tests.world import HOUR, NOW, message, write_campaign

ACCOUNTS = """
accounts:
  one: {network: file}
  clean: {network: file, delete_withdrawn: true}
"""


@dataclass
class Campaign:
    """A campaign folder, and what happened to it."""

    home: Path
    space: Workspace

    def read(self) -> Workspace:
        """The campaign as its files and people's words have it now."""
        self.space = open_workspace(self.home, self.space.ledger)
        return self.space

    def out(self, account: str = "clean", fact: str = "oslo-adoption", at: datetime = NOW - HOUR) -> Delivery:
        """A thread of two posts about a fact that is out."""
        ledger = self.space.ledger
        slot = Slot(at, f"{account}-{fact}@{at}", "morning", at.date())
        ledger.add_post(
            PlannedPost(slot, fact, messages={account: message(fact=fact)}), {account: "file"}, "test", at
        )
        post = ledger.post(slot.id)
        assert post is not None
        id_ = post.deliveries[0].id
        ledger.move([id_], State.PLANNED, State.DUE, at, "w", "due")
        ledger.claim_due("w", at, Claim(9, at - HOUR, only=[id_]))
        receipt = Receipt(f"r-{id_}", f"https://example.org/{id_}", parts=(f"r-{id_}", "second"))
        ledger.record(State.SENDING, [Outcome(id_, State.SENT, "said", receipt)], at, "w")
        return self.of(id_)

    def of(self, id_: str) -> Delivery:
        found = self.space.ledger.delivery(id_)
        assert found is not None
        return found

    def hold(self, fact: str = "oslo-adoption") -> Workspace:
        steering.hold(self.space, fact, "ada", "the place is in doubt", NOW)
        return self.read()

    def change(self, file: str, change: Callable[[str], str]) -> Workspace:
        path = self.home / file
        path.write_text(change(path.read_text()))
        return self.read()


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    home = write_campaign(tmp_path / "campaign", accounts=ACCOUNTS)
    return Campaign(home, open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")))
