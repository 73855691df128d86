"""What the ledger promises, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.ledger import Claim, Ledger, Outcome, delivery_id
from bot.ledger.tables import METADATA
from bot.model import Allowance, Counting, PlannedPost, Receipt, Rules, Scope, State
from tests.world import HOUR, MINUTE, NOW, message, planned

ANY = Claim(10, NOW - timedelta(days=3650))


def store(ledger: Ledger, *posts: PlannedPost, start=NOW - HOUR, end=NOW + 24 * HOUR) -> int:
    networks = {account: "file" for post in posts for account in post.messages}
    return ledger.store_plan(posts, networks, start, end, NOW, "test")


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
    (claimed,) = ledger.claim_due("worker-1", NOW, ANY)
    assert claimed.state is State.SENDING
    assert claimed.first_sent_at == NOW
    assert claimed.attempts == 1
    assert ledger.claim_due("worker-2", NOW, ANY) == []


def test_the_first_moment_of_sending_never_changes(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, ANY)
    ledger.record(
        State.SENDING, [Outcome(claimed.id, State.DUE, "429", not_before=NOW + MINUTE)], NOW, "worker"
    )
    assert ledger.claim_due("worker", NOW, ANY) == []
    (again,) = ledger.claim_due("worker", NOW + MINUTE, ANY)
    assert again.first_sent_at == NOW
    assert again.last_sent_at == NOW + MINUTE
    assert again.attempts == 2


def test_what_a_dead_worker_was_sending_becomes_unknown(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("dead", NOW, ANY)
    assert ledger.senders() == {"dead"}
    assert ledger.doubt_abandoned({"somebody else"}, NOW, "other") == []
    assert ledger.doubt_abandoned({"dead"}, NOW, "other") == [claimed.id]
    assert only_delivery(ledger).state is State.UNKNOWN


def test_two_workers_never_look_for_the_same_delivery_at_once(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    ledger.claim_due("dead", NOW, ANY)
    ledger.doubt_abandoned({"dead"}, NOW, "first")
    assert len(ledger.claim_doubtful("first", NOW, 10)) == 1
    assert ledger.claim_doubtful("second", NOW, 10) == []


def test_what_a_dead_worker_was_looking_for_is_looked_for_by_another(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    ledger.claim_due("dead", NOW, ANY)
    ledger.doubt_abandoned({"dead"}, NOW, "first")
    ledger.claim_doubtful("first", NOW, 10)
    ledger.doubt_abandoned({"first"}, NOW, "second")
    assert len(ledger.claim_doubtful("second", NOW, 10)) == 1


def test_a_late_answer_of_a_worker_that_was_given_up_changes_nothing(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("slow", NOW, ANY)
    ledger.doubt_abandoned({"slow"}, NOW, "other")
    ledger.record(State.SENDING, [Outcome(claimed.id, State.FAILED, "late")], NOW, "slow")
    assert only_delivery(ledger).state is State.UNKNOWN


def test_a_late_answer_never_touches_what_another_worker_is_sending(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("slow", NOW, ANY)
    ledger.doubt_abandoned({"slow"}, NOW, "other")
    ledger.move([claimed.id], State.UNKNOWN, State.DUE, NOW, "other", "not there")
    ledger.claim_due("other", NOW, ANY)
    ledger.record(State.SENDING, [Outcome(claimed.id, State.FAILED, "late")], NOW, "slow")
    assert only_delivery(ledger).state is State.SENDING


def test_a_late_receipt_is_the_networks_word_and_settles_the_doubt(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("slow", NOW, ANY)
    ledger.doubt_abandoned({"slow"}, NOW, "other")
    accepted = Outcome(claimed.id, State.SENT, "accepted", Receipt("1"))
    ledger.record(State.SENDING, [accepted], NOW, "slow")
    assert only_delivery(ledger).state is State.SENT


def test_what_was_sent_is_kept_with_its_receipt_and_its_trail(ledger: Ledger) -> None:
    store(ledger, planned("morning"))
    make_due(ledger)
    (claimed,) = ledger.claim_due("worker", NOW, ANY)
    receipt = Receipt("at://x/1", "https://example.test/1")
    ledger.record(State.SENDING, [Outcome(claimed.id, State.SENT, "accepted", receipt)], NOW, "worker")
    delivery = only_delivery(ledger)
    assert (delivery.state, delivery.url) == (State.SENT, "https://example.test/1")
    assert ledger.known_remote_ids("one", NOW - HOUR) == {"at://x/1"}
    trail = [(row["was"], row["became"]) for row in ledger.history_of(claimed.id)]
    assert trail == [(None, "planned"), ("planned", "due"), ("due", "sending"), ("sending", "sent")]


@pytest.mark.parametrize(
    ("was", "becomes"),
    [(State.SENT, State.DUE), (State.UNKNOWN, State.PLANNED), (State.UNKNOWN, State.SKIPPED)],
)
def test_impossible_changes_of_state_are_refused(ledger: Ledger, was: State, becomes: State) -> None:
    with pytest.raises(ValueError, match="cannot become"):
        ledger.move(["any"], was, becomes, NOW, "test", "why")


def test_many_workers_claim_each_delivery_once(ledger: Ledger) -> None:
    posts = [planned(f"slot-{n:03d}", NOW - n * MINUTE, (f"account-{n}",)) for n in range(50)]
    store(ledger, *posts)
    make_due(ledger)

    def work(name: int) -> list[str]:
        taken: list[str] = []
        while claimed := ledger.claim_due(f"worker-{name}", NOW, replace(ANY, limit=3)):
            taken += [delivery.id for delivery in claimed]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [id_ for ids in pool.map(work, range(4)) for id_ in ids]
    assert sorted(taken) == sorted(delivery_id(p.slot.id, a) for p in posts for a in p.messages)


def test_an_accounts_deliveries_are_claimed_one_at_a_time_and_in_order(ledger: Ledger) -> None:
    store(ledger, *(planned(f"slot-{n}", NOW - n * MINUTE, ("one", "two")) for n in range(3)))
    make_due(ledger)
    taken = []
    while claimed := ledger.claim_due("worker", NOW, ANY):
        assert sorted(d.account_id for d in claimed) == ["one", "two"]
        assert ledger.claim_due("another", NOW, ANY) == []
        taken += [d.slot_id.partition("@")[0] for d in claimed if d.account_id == "one"]
        sent = [Outcome(d.id, State.SENT, "ok", Receipt(d.id)) for d in claimed]
        ledger.record(State.SENDING, sent, NOW, "worker")
    assert taken == ["slot-2", "slot-1", "slot-0"]


def test_a_doubt_beyond_its_grace_does_not_silence_its_account(ledger: Ledger) -> None:
    store(ledger, planned("early", NOW - 4 * HOUR), planned("late"), start=NOW - 5 * HOUR)
    make_due(ledger)
    ledger.claim_due("dead", NOW, ANY)
    ledger.doubt_abandoned({"dead"}, NOW, "other")
    assert ledger.claim_due("worker", NOW, ANY) == []
    (claimed,) = ledger.claim_due("worker", NOW, replace(ANY, order_since=NOW - 3 * HOUR))
    assert claimed.slot_id.startswith("late")


@pytest.mark.parametrize(
    ("scope", "name", "left"),
    [
        (Scope.ALL, "", 0), (Scope.NETWORK, "file", 0), (Scope.ACCOUNT, "one", 1),
        (Scope.FACT, "oslo-adoption", 0), (Scope.FACT, "another", 2), (Scope.NETWORK, "x", 2),
    ],
)  # fmt: skip
def test_what_is_paused_is_not_claimed(ledger: Ledger, scope: Scope, name: str, left: int) -> None:
    store(ledger, planned("morning", accounts=("one", "two")))
    make_due(ledger)
    pause = ledger.pause(scope, name, "Ada", "a mistake", NOW)
    assert ledger.pauses() == [pause]
    assert len(ledger.claim_due("worker", NOW, replace(ANY, stopped=[pause]))) == left
    ledger.resume([pause], "Ada", "mended", NOW)
    assert ledger.pauses() == []


def test_a_refused_credential_pauses_its_account_once(ledger: Ledger) -> None:
    store(ledger, planned("morning"), planned("noon", NOW - MINUTE))
    make_due(ledger)
    for _ in range(2):
        claimed = ledger.claim_due("worker", NOW, ANY)
        refused = [Outcome(d.id, State.FAILED, "401", pause_account="401") for d in claimed]
        ledger.record(State.SENDING, refused, NOW, "worker")
    (pause,) = ledger.pauses()
    assert (pause.scope, pause.name, pause.why) == (Scope.ACCOUNT, "one", "401")


def test_an_alert_is_told_once_however_many_workers_see_it(ledger: Ledger) -> None:
    assert [a.key for a in ledger.raise_alerts({"failed": "one failed"}, NOW)] == ["failed"]
    ledger.raise_alerts({"failed": "one failed"}, NOW)
    assert ledger.take_telling(["failed"], NOW) == ["failed"]
    assert ledger.take_telling(["failed"], NOW) == []
    assert ledger.raise_alerts({"failed": "one failed"}, NOW) == []
    assert ledger.raise_alerts({}, NOW) == []
    assert ledger.alerts() == []
    assert ledger.raise_alerts({"failed": "it flickers"}, NOW) == []
    ledger.raise_alerts({}, NOW)
    assert [a.key for a in ledger.raise_alerts({"failed": "again"}, NOW + HOUR)] == ["failed"]


def test_what_networks_allow_is_kept_until_it_lapses(ledger: Ledger) -> None:
    told = Allowance("x-rate-limit", 3, NOW + HOUR)
    ledger.remember_allowances({"one": [Allowance("x-rate-limit", 4, NOW + HOUR)]}, NOW)
    ledger.remember_allowances({"one": [told]}, NOW)
    assert ledger.allowances(NOW) == {"one": [told]}
    assert ledger.allowances(NOW + HOUR) == {}


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
