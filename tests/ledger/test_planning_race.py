"""A planner and a courier at the same post in the same moment: what goes out is never planned a second time."""

from __future__ import annotations

import threading

import pytest

from bot.ledger import Claim, Ledger
from bot.model import State
from tests.world import HOUR, MINUTE, NOW, planned


class Rival(threading.Thread):
    """Opens the gate and claims, as another worker whose clock is a little ahead, when the planner has read the plan."""

    def __init__(self, ledger: Ledger, ids: list[str]) -> None:
        super().__init__(daemon=True)
        self.ledger, self.ids = ledger, ids
        self.claimed: list[str] = []  # texts

    def run(self) -> None:
        self.ledger.move(self.ids, State.PLANNED, State.DUE, NOW, "rival", "its moment has come")
        claim = Claim(10, NOW - HOUR)
        self.claimed = [d.message.text for d in self.ledger.claim_due("rival", NOW + MINUTE, claim)]


def test_a_delivery_that_is_claimed_while_the_plan_is_rewritten_stays_claimed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = {"one": "file"}
    ledger.store_plan([planned("a", text="Old.")], networks, NOW, NOW + HOUR, NOW, "planner")
    (delivery,) = ledger.waiting_at_gate(NOW)
    rival, read = Rival(ledger, [delivery.id]), Ledger._posts

    def read_then_meet_a_rival(*arguments: object) -> object:
        found = read(*arguments)  # type: ignore[arg-type]
        rival.start()
        rival.join(1)  # on SQLite, and where its row is held, it waits until the plan is stored
        return found

    monkeypatch.setattr(Ledger, "_posts", read_then_meet_a_rival)
    ledger.store_plan([planned("a", text="New.")], networks, NOW, NOW + HOUR, NOW, "planner")
    monkeypatch.undo()
    rival.join(30)
    kept = ledger.delivery(delivery.id)
    assert kept is not None
    assert kept.state is (State.SENDING if rival.claimed else State.PLANNED)
    assert kept.message.text == (rival.claimed or ["New."])[0]
