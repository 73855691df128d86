"""Posts that went out, and how followers answered, for tests of what worked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.ledger import Claim, Ledger, Outcome
from bot.model import Metrics, PlannedPost, Receipt, Slot, State
from tests.world import HOUR, message


def went_out(
    ledger: Ledger,
    at: datetime,
    *,
    account: str = "one",
    network: str = "mastodon",
    fact: str = "oslo-adoption",
    wording: str = "a",
    language: str = "en",
    words: str = "Hello.",
    remote_id: str | None = None,
    parts: tuple[str, ...] = (),
    metrics: Metrics | None = None,
    asked_at: datetime | None = None,
) -> str:
    """The id of a delivery that was sent at a moment, with what was told of it a while later."""
    slot = Slot(at, f"{account}-{fact}@{at:%Y-%m-%dT%H:%M:%S}", "morning", at.date())
    said = replace(message(words, fact), language=language, template_id=f"{fact}/{language}/{wording}")
    ledger.add_post(PlannedPost(slot, fact, messages={account: said}), {account: network}, "test", at)
    (delivery,) = ledger.post(slot.id).deliveries  # type: ignore[union-attr]
    ledger.move([delivery.id], State.PLANNED, State.DUE, at, "worker", "its moment has come")
    ledger.claim_due("worker", at, Claim(1, at - HOUR, only=[delivery.id]))
    receipt = Receipt(remote_id or delivery.id, f"https://example.org/{account}/{at:%d%H}", parts=parts)
    ledger.record(State.SENDING, [Outcome(delivery.id, State.SENT, "accepted", receipt)], at, "worker")
    if metrics is not None:
        ledger.remember_responses({delivery.id: metrics}, [], asked_at or at + HOUR)
    return delivery.id
