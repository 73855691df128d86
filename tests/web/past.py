"""Deliveries as the worker leaves them, for pages that look back."""

from __future__ import annotations

import html
import re

from bot.ledger import Claim, Delivery, Ledger, Outcome
from bot.model import PlannedPost, Receipt, Slot, State
from tests.world import HOUR, NOW, message

URL = "https://social.example.org/@campaign/1"


def deliver(
    ledger: Ledger,
    state: State = State.SENT,
    *,
    account: str = "one",
    at=NOW - HOUR,
    words: str = "Hello.",
    fact: str = "oslo-adoption",
    url: str | None = URL,
    why: str = "accepted",
) -> Delivery:
    """A delivery as the worker leaves it."""
    slot = Slot(at, f"{state}-{account}@{at:%Y-%m-%dT%H:%M}", "morning", at.date())
    ledger.add_post(
        PlannedPost(slot, fact, messages={account: message(words, fact)}), {account: "file"}, "test", at
    )
    (delivery,) = ledger.post(slot.id).deliveries
    if state not in (State.PLANNED, State.SKIPPED):
        ledger.move([delivery.id], State.PLANNED, State.DUE, at, "worker", "its moment has come")
        ledger.claim_due("worker", at, Claim(1, at - HOUR, only=None))
        receipt = Receipt("1", url) if state is State.SENT else None
        ledger.record(State.SENDING, [Outcome(delivery.id, state, why, receipt)], at, "worker")
    elif state is State.SKIPPED:
        ledger.move([delivery.id], State.PLANNED, State.SKIPPED, at, "ada", why)
    found = ledger.delivery(delivery.id)
    assert found is not None
    assert found.state is state
    return found


def older(page: str) -> str | None:
    found = re.search(r'href="([^"]*before=[^"]+)"', page)
    return html.unescape(found[1]) if found else None
