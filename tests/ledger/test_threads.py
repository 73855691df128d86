"""What of a thread is out stays written down, and counts post by post."""

from __future__ import annotations

from bot.ledger import Ledger, Outcome
from bot.model import Receipt, State
from tests.ledger.test_ledger import ANY, make_due, only_delivery, store
from tests.world import MINUTE, NOW, planned


def test_what_is_out_is_kept_until_something_else_is_said_of_it(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, ANY)
    assert claimed.parts == ()
    ledger.record(State.SENDING, [Outcome(claimed.id, State.DUE, "429", parts=("1", "2"))], NOW, "worker")
    (again,) = ledger.claim_due("worker", NOW, ANY)
    assert again.parts == ("1", "2")
    ledger.record(State.SENDING, [Outcome(claimed.id, State.UNKNOWN, "no answer")], NOW, "worker")
    assert only_delivery(ledger).parts == ("1", "2")
    ledger.claim_doubtful("worker", NOW, 1)
    ledger.record(State.UNKNOWN, [Outcome(claimed.id, State.DUE, "gone", parts=())], NOW, "worker")
    assert only_delivery(ledger).parts == ()


def test_every_post_of_a_thread_counts_against_the_budget(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, ANY)
    receipt = Receipt("1", parts=("1", "2", "3"))
    ledger.record(State.SENDING, [Outcome(claimed.id, State.SENT, "sent", receipt)], NOW, "worker")
    assert only_delivery(ledger).parts == receipt.parts
    assert len(ledger.spent(["one"], NOW + MINUTE)["one"].sent) == 3
