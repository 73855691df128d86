"""A change to a post never meets a worker half-way."""

from __future__ import annotations

from threading import Thread

import pytest
from sqlalchemy import select

from bot.ledger import Claim, Ledger
from bot.ledger.tables import deliveries
from bot.model import State
from tests.world import HOUR, NOW, message, planned


@pytest.fixture
def stored(ledger: Ledger) -> Ledger:
    ledger.store_plan([planned("morning")], {"one": "file"}, NOW - HOUR, NOW + HOUR, NOW, "test")
    return ledger


def change(ledger: Ledger, id_: str) -> bool:
    (post,) = ledger.posts_between(NOW - HOUR, NOW + 2 * HOUR)
    words = {id_: message("Other.")}
    return ledger.change_post(post.slot_id, post.version, words, NOW + HOUR, NOW.date(), "ada", "later", NOW)


def test_what_a_worker_has_taken_up_meanwhile_is_not_changed_and_the_post_stays_as_it_was(
    stored: Ledger,
) -> None:
    (waiting,) = stored.waiting_at_gate(NOW)
    stored.move([waiting.id], State.PLANNED, State.DUE, NOW, "worker", "its moment has come")
    before = stored.posts_between(NOW - HOUR, NOW + 2 * HOUR)
    assert not change(stored, waiting.id)
    assert stored.posts_between(NOW - HOUR, NOW + 2 * HOUR) == before


def test_a_change_waits_for_a_worker_that_is_at_the_gate_and_then_finds_it_taken(stored: Ledger) -> None:
    (waiting,) = stored.waiting_at_gate(NOW)
    took: list[bool] = []
    with stored.engine.begin() as at_the_gate:
        at_the_gate.execute(select(deliveries.c.id).where(deliveries.c.id == waiting.id).with_for_update())
        changing = Thread(target=lambda: took.append(change(stored, waiting.id)))
        changing.start()
        at_the_gate.execute(deliveries.update().where(deliveries.c.id == waiting.id).values(state=State.DUE))
    changing.join()
    (claimed,) = stored.claim_due("worker", NOW, Claim(1, NOW - HOUR))
    assert took == [False]
    assert claimed.message.text == "Hello."
