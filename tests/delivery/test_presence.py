"""Who is dead is decided by what an observer saw with its own eyes, never by a wall clock."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import Presence, Watch
from bot.ledger import Claim, Ledger
from bot.model import State
from tests.ledger.conftest import ledger  # noqa: F401
from tests.world import HOUR, NOW, planned

LEASE = 60.0


def test_a_worker_whose_heart_stands_still_for_a_lease_is_dead() -> None:
    watch = Watch(LEASE)
    seen = [watch.dead({"a": 7}, at) for at in range(0, 75, 10)]
    assert seen == [frozenset()] * 7 + [{"a"}]


def test_a_worker_whose_heart_beats_is_alive_however_long_it_is_watched() -> None:
    watch = Watch(LEASE)
    assert all(watch.dead({"a": beat}, beat * 10) == frozenset() for beat in range(100))


def test_an_observer_that_was_blind_starts_to_count_anew() -> None:
    watch = Watch(LEASE)
    watch.dead({"a": 7}, 0)
    assert watch.dead({"a": 7}, 1000) == frozenset()
    assert watch.dead({"a": 7}, 1025) == frozenset()
    assert watch.dead({"a": 7}, 1050) == frozenset()
    assert watch.dead({"a": 7}, 1061) == {"a"}


@given(st.lists(st.tuples(st.floats(0.1, 29), st.booleans()), max_size=60))
def test_nobody_is_dead_who_was_seen_to_beat_within_the_lease(steps: list[tuple[float, bool]]) -> None:
    watch, at, beat, changed_at = Watch(LEASE), 0.0, 0, 0.0
    watch.dead({"a": beat}, at)
    for span, beats in steps:
        at += span
        if beats:
            beat, changed_at = beat + 1, at
        assert ("a" in watch.dead({"a": beat}, at)) == (at - changed_at > LEASE)


def test_while_it_is_present_a_worker_is_fresh_and_known_and_then_it_is_gone(ledger: Ledger) -> None:  # noqa: F811
    with Presence(ledger, "worker", lambda: NOW) as presence:
        assert presence.is_fresh()
        assert presence.dead() == frozenset()
        assert [(w.id, w.beat) for w in ledger.workers()] == [("worker", 1)]
    assert ledger.workers() == []


def test_on_sqlite_whoever_holds_a_delivery_and_is_not_the_one_worker_is_dead(ledger: Ledger) -> None:  # noqa: F811
    ledger.store_plan([planned("morning")], {"one": "file"}, NOW - HOUR, NOW + HOUR, NOW, "test")
    (waiting,) = ledger.waiting_at_gate(NOW)
    ledger.move([waiting.id], State.PLANNED, State.DUE, NOW, "test", "now")
    ledger.claim_due("killed", NOW, Claim(1, NOW - HOUR))
    with Presence(ledger, "worker", lambda: NOW) as presence:
        assert presence.dead() == ({"killed"} if ledger.alone else frozenset())
