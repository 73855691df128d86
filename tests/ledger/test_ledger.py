"""What the ledger promises, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.ledger import Ledger, Outcome
from bot.ledger.ledger import delivery_id
from bot.ledger.tables import METADATA
from bot.model import Counting, PlannedPost, Receipt, Rules, State
from tests.world import HOUR, MINUTE, NOW, message, planned

LEASE = timedelta(minutes=5)
NETWORKS = {"one": "file", "two": "file"}


def store(ledger: Ledger, *posts: PlannedPost, start=NOW - HOUR, end=NOW + 24 * HOUR) -> int:
    return ledger.store_plan(posts, NETWORKS, start, end, NOW, "test")


def only_delivery(ledger: Ledger):
    (post,) = ledger.posts_between(NOW - HOUR, NOW + 24 * HOUR)
    (delivery,) = post.deliveries
    return delivery


def make_due(ledger: Ledger) -> None:
    waiting = ledger.waiting_at_gate(NOW)
    ledger.move([d.id for d in waiting], State.PLANNED, State.DUE, NOW, "test", "now")


def test_the_migrations_make_exactly_the_tables_the_code_uses(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_plan_is_stored_once_however_often_it_is_stored(ledger: Ledger) -> None:
    assert store(ledger, planned("morning")) == 1
    assert store(ledger, planned("morning")) == 0
    assert only_delivery(ledger).state is State.PLANNED


def test_an_untouched_post_is_planned_anew_when_its_text_changes(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    assert store(ledger, planned("morning", text="Better.")) == 1
    delivery = only_delivery(ledger)
    assert delivery.message.text == "Better."
    assert [row["became"] for row in ledger.history_of(delivery.id)] == ["planned", "withdrawn", "planned"]


def test_a_post_that_is_no_longer_planned_is_withdrawn(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    store(ledger)
    assert ledger.posts_between(NOW - HOUR, NOW + HOUR) == []


@pytest.mark.parametrize("state", [State.APPROVED, State.DUE, State.SKIPPED])
def test_a_post_that_left_the_planned_state_is_never_planned_anew(ledger: Ledger, state: State) -> None:
    store(ledger, planned("morning"))
    ledger.move([only_delivery(ledger).id], State.PLANNED, state, NOW, "a person", "because")
    store(ledger, planned("morning", text="Other."))
    store(ledger)
    assert only_delivery(ledger).message.text == "Hello."
    assert len(ledger.fixed_slots(NOW - HOUR, NOW + HOUR)) == 1


def test_a_message_comes_back_exactly_as_it_was_stored(ledger: Ledger) -> None:
    text = "Zoë 🇺🇳 \u2068#MineAction\u2069 \\ \" ' % {{ no }} \n second line"
    store(ledger, planned("morning", text=text))
    assert only_delivery(ledger).message == message(text)


def test_what_is_claimed_is_sending_before_anybody_sends_it(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker-1", NOW, 10, LEASE)
    assert claimed.state is State.SENDING
    assert claimed.first_sent_at == NOW
    assert claimed.attempts == 1
    assert ledger.claim_due("worker-2", NOW, 10, LEASE) == []


def test_the_first_moment_of_sending_never_changes(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, 10, LEASE)
    ledger.record(
        State.SENDING, [Outcome(claimed.id, State.DUE, "429", not_before=NOW + MINUTE)], NOW, "worker"
    )
    assert ledger.claim_due("worker", NOW, 10, LEASE) == []
    (again,) = ledger.claim_due("worker", NOW + MINUTE, 10, LEASE)
    assert again.first_sent_at == NOW
    assert again.last_sent_at == NOW + MINUTE
    assert again.attempts == 2


def test_what_a_dead_worker_was_sending_becomes_unknown_only_after_its_lease(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("dead", NOW, 10, LEASE)
    assert ledger.doubt_abandoned(NOW + LEASE, "other") == []
    assert ledger.doubt_abandoned(NOW + LEASE + MINUTE, "other") == [claimed.id]
    assert only_delivery(ledger).state is State.UNKNOWN


def test_two_workers_never_look_for_the_same_delivery_at_once(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    ledger.claim_due("dead", NOW, 10, LEASE)
    later = NOW + LEASE + MINUTE
    ledger.doubt_abandoned(later, "first")
    assert len(ledger.claim_doubtful("first", later, 10, LEASE)) == 1
    assert ledger.claim_doubtful("second", later, 10, LEASE) == []


def test_a_late_answer_of_a_worker_that_was_given_up_changes_nothing(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("slow", NOW, 10, LEASE)
    ledger.doubt_abandoned(NOW + LEASE + MINUTE, "other")
    ledger.record(State.SENDING, [Outcome(claimed.id, State.FAILED, "late")], NOW, "slow")
    assert only_delivery(ledger).state is State.UNKNOWN


def test_what_was_sent_is_kept_with_its_receipt_and_its_trail(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, 10, LEASE)
    receipt = Receipt("at://x/1", "https://example.test/1")
    ledger.record(State.SENDING, [Outcome(claimed.id, State.SENT, "accepted", receipt)], NOW, "worker")
    delivery = only_delivery(ledger)
    assert (delivery.state, delivery.url) == (State.SENT, "https://example.test/1")
    assert ledger.known_remote_ids("one", NOW - HOUR) == {"at://x/1"}
    trail = [(row["was"], row["became"]) for row in ledger.history_of(claimed.id)]
    assert trail == [(None, "planned"), ("planned", "due"), ("due", "sending"), ("sending", "sent")]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [(State.SENT, State.DUE), (State.UNKNOWN, State.PLANNED), (State.SENDING, State.SKIPPED)],
)
def test_impossible_changes_of_state_are_refused(ledger: Ledger, was: State, becomes: State) -> None:
    with pytest.raises(ValueError, match="cannot become"):
        ledger.move(["any"], was, becomes, NOW, "test", "why")


def test_many_workers_claim_each_delivery_once(ledger: Ledger) -> None:
    posts = [planned(f"slot-{n:03d}", NOW - n * MINUTE) for n in range(50)]
    store(ledger, *posts)
    make_due(ledger)

    def work(name: int) -> list[str]:
        taken: list[str] = []
        while claimed := ledger.claim_due(f"worker-{name}", NOW, 3, LEASE):
            taken += [delivery.id for delivery in claimed]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [id_ for ids in pool.map(work, range(4)) for id_ in ids]
    assert sorted(taken) == sorted(delivery_id(post.slot.id, "one") for post in posts)


def test_many_planners_store_one_plan(ledger: Ledger) -> None:
    posts = [planned(f"slot-{n}", NOW + n * MINUTE, ("one", "two")) for n in range(10)]
    with ThreadPoolExecutor(4) as pool:
        changes = list(pool.map(lambda _: store(ledger, *posts), range(4)))
    assert sum(changes) == 10
    assert ledger.count_by_state() == {"planned": 20}


def test_rules_that_servers_told_are_remembered(ledger: Ledger) -> None:
    rules = Rules(Counting.CHARACTERS, 1000, link_length=25)
    ledger.remember_rules("one", RULES_OLD, NOW)
    ledger.remember_rules("one", rules, NOW)
    assert ledger.rules() == {"one": rules}


RULES_OLD = Rules(Counting.GRAPHEMES, 300, 3000)
