"""What follows a post that is out: found by its fact, claimed for deletion, corrected, left, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from bot.ledger import Claim, Delivery, Ledger, Outcome, open_ledger
from bot.model import PlannedPost, Receipt, Slot, State
from tests.world import HOUR, NOW, message

DAY = 24 * HOUR
LONG_AGO = NOW - 400 * DAY
WHY = "is on hold: one source"


def out(ledger: Ledger, name: str, fact: str = "oslo-adoption", at: datetime = NOW) -> Delivery:
    """A post that is on the network."""
    return end(ledger, add(ledger, name, fact, at), at)


def add(ledger: Ledger, name: str, fact: str = "oslo-adoption", at: datetime = NOW) -> str:
    slot = Slot(at, name, "it", at.date())
    ledger.add_post(PlannedPost(slot, fact, messages={"one": message(fact=fact)}), {"one": "file"}, "ada", at)
    return ledger.post(name).deliveries[0].id


def end(ledger: Ledger, id_: str, at: datetime, state: State = State.SENT) -> Delivery:
    ledger.move([id_], State.PLANNED, State.DUE, at, "w", "due")
    ledger.claim_due("w", at, Claim(9, at - HOUR, only=[id_]))
    receipt = Receipt(f"remote {id_}", "https://example.org/1", parts=(f"remote {id_}", "second"))
    outcome = Outcome(id_, state, "said", receipt if state is State.SENT else None)
    ledger.record(State.SENDING, [outcome], at, "w")
    return ledger.delivery(id_)


def found(ledger: Ledger, why: str = WHY, limit: int = 10) -> list[str]:
    return [f.delivery.id for f in ledger.out_about("oslo-adoption", LONG_AGO, why, limit)]


def test_every_fact_that_was_told_is_known_once(ledger: Ledger) -> None:
    assert ledger.facts_told() == []
    for n, fact in enumerate(["b", "a", "b", "c"]):
        add(ledger, f"slot {n}", fact)
    assert sorted(ledger.facts_told()) == ["a", "b", "c"]


def test_what_is_out_is_found_newest_first_and_nothing_else(ledger: Ledger) -> None:
    old, new = out(ledger, "old", at=NOW - DAY), out(ledger, "new")
    out(ledger, "another fact", "casualties-2024")
    out(ledger, "too long ago", at=LONG_AGO - DAY)
    end(ledger, add(ledger, "failed"), NOW, State.FAILED)
    add(ledger, "planned", at=NOW + DAY)
    assert found(ledger) == [new.id, old.id]
    assert found(ledger, limit=1) == [new.id]
    assert new.receipt.parts == (f"remote {new.id}", "second")


def test_what_was_taken_down_is_noted_once_and_not_found_any_more(ledger: Ledger) -> None:
    delivery = out(ledger, "it")
    assert ledger.note_deleted(delivery.id, "ada", "wrong", NOW)
    assert not ledger.note_deleted(delivery.id, "a worker", "wrong", NOW + HOUR)
    assert found(ledger) == []
    assert [row["who"] for row in ledger.history_of(delivery.id) if row["became"] == "deleted"] == ["ada"]


def test_what_a_person_leaves_as_it_is_comes_back_only_for_another_reason(ledger: Ledger) -> None:
    delivery = out(ledger, "it")
    ledger.leave(delivery.id, WHY, "ada", "everybody has read it", NOW)
    assert found(ledger) == []
    assert found(ledger, "is retired: wrong") == [delivery.id]
    last = ledger.history_of(delivery.id)[-1]
    assert (last["who"], last["became"], last["why"]) == ("ada", "left", "everybody has read it")


def test_a_correction_counts_while_it_is_out_or_on_its_way(ledger: Ledger) -> None:
    delivery = out(ledger, "it")
    first = add(ledger, "correction@1", "casualties-2024")
    ledger.note_correction(delivery.id, "correction@1", "ada", NOW)
    assert found(ledger) == []
    ledger.move([first], State.PLANNED, State.SKIPPED, NOW, "ada", "not like this")
    assert found(ledger) == [delivery.id]
    second = add(ledger, "correction@2", "casualties-2024")
    ledger.note_correction(delivery.id, "correction@2", "ada", NOW)
    end(ledger, second, NOW)
    assert found(ledger) == []
    ledger.note_deleted(second, "ada", "wrong", NOW)
    assert found(ledger) == [delivery.id]


def test_a_post_is_claimed_for_deletion_by_one_worker_until_its_time_has_come_again(ledger: Ledger) -> None:
    delivery, until = out(ledger, "it"), NOW + timedelta(minutes=10)
    assert ledger.claim_deletion(delivery.id, WHY, NOW, until)
    assert not ledger.claim_deletion(delivery.id, WHY, NOW, until)
    ledger.note_trouble(delivery.id, "the server answered 503", NOW + HOUR)
    (kept,) = ledger.out_about("oslo-adoption", LONG_AGO, WHY, 10)
    assert (kept.tried, kept.trouble, kept.again_at) == (1, "the server answered 503", NOW + HOUR)
    assert not ledger.claim_deletion(delivery.id, WHY, until, until)
    assert ledger.claim_deletion(delivery.id, WHY, NOW + HOUR, until)
    ledger.note_deleted(delivery.id, "w", WHY, NOW)
    assert not ledger.claim_deletion(delivery.id, WHY, NOW + 9 * HOUR, until)


def test_a_clock_that_was_ahead_keeps_no_post_out_for_years(ledger: Ledger) -> None:
    delivery = out(ledger, "it")
    ledger.note_trouble(delivery.id, "the server answered 503", NOW + 900 * DAY)
    assert ledger.claim_deletion(delivery.id, WHY, NOW, NOW + HOUR)


def test_on_sqlite_what_is_out_is_found_by_its_fact_and_not_by_its_state(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    asked: list[tuple[str, object]] = []
    event.listen(ledger.engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    ledger.out_about("oslo-adoption", LONG_AGO, WHY, 10)
    ledger.facts_told()
    with ledger.engine.connect() as connection:
        for statement, values in [each for each in asked if "SELECT" in each[0]]:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            steps = [str(row[-1]) for row in plan]
            assert not [step for step in steps if "SCAN posts" in step or "SCAN deliveries" in step], steps
            assert [step for step in steps if "ix_posts_fact_id" in step], steps
            assert not [step for step in steps if "ix_deliveries_s" in step], steps
