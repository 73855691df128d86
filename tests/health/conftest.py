"""A small campaign with two accounts, planned for three days, at a moment that never changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.ledger import Claim, Delivery, Outcome, open_ledger
from bot.model import State
from bot.workspace import Workspace, open_workspace
from tests.listener import Listener, listening
from tests.world import HOUR, NOW, write_campaign

CAMPAIGN = "name: Test campaign\nhashtags: [MineAction]\nhorizon_days: 3\n"


@dataclass
class Campaign:
    """What happens to it is what the test does."""

    space: Workspace

    def plan(self) -> None:
        self.space.store_plan(NOW - HOUR, "test")

    def work(self, who: str = "worker") -> None:
        """A worker's heart beats and its tick goes well, now."""
        self.space.ledger.beat(who, NOW)
        self.space.ledger.report(who, NOW, None, healthy=True)

    def claim(self) -> list[Delivery]:
        """This morning's deliveries are being sent."""
        ledger = self.space.ledger
        waiting = [d.id for d in ledger.waiting_at_gate(NOW)]
        ledger.move(waiting, State.PLANNED, State.DUE, NOW, "worker", "due")
        return ledger.claim_due("worker", NOW, Claim(10, NOW - 3 * HOUR))

    def end(self, delivery: Delivery, state: State, why: str, pause: str | None = None) -> None:
        """What becomes of one."""
        self.space.ledger.record(
            State.SENDING, [Outcome(delivery.id, state, why, pause_account=pause)], NOW, "worker"
        )


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    home = write_campaign(tmp_path / "campaign", campaign=CAMPAIGN)
    return Campaign(open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")))


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A web server that hears what is sent to it."""
    with listening() as found:
        yield found


SECOND = timedelta(seconds=1)
