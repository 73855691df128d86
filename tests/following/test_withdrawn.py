"""Which posts are withdrawn, and what the worker deletes by itself: each once, a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot import steering
from bot.alerts import wanted
from bot.cli.status import as_lines
from bot.delivery import Connections
from bot.health import look
from bot.model import Account, Misconfigured, Receipt, Scope
from bot.networks import BadCredentials, Doubtful, NetworkError, Passing, Refused
from bot.withdrawing import AT_ONCE, Withdrawer
from bot.withdrawn import leave, withdrawn
from bot.worker import Worker
from tests.following.conftest import Campaign
from tests.world import HOUR, MINUTE, NOW

FACTS = "messages/facts/casualties.yaml"
DAY = 24 * HOUR
OSLO = "    status: post\n    since: 2026-11-24\n    confidence: high\n  parties-165:"
REASON = "oslo-adoption is on hold: the place is in doubt (ada)"


@dataclass
class Wire:
    """A network that deletes, or says why not."""

    error: NetworkError | None = None
    deleted: list[Receipt] = field(default_factory=list)
    asked: int = 0
    meanwhile: Callable[[], object] = lambda: None  # what people do while it is asked

    def connect(self, account: Account) -> Wire:
        return self

    def delete(self, receipt: Receipt) -> None:
        self.asked += 1
        if self.error:
            raise self.error
        self.deleted.append(receipt)
        self.meanwhile()


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


def withdrawer(wire: Wire, clock: Clock | None = None, who: str = "worker") -> Withdrawer:
    return Withdrawer(clock or Clock(), who, Connections(wire.connect))  # type: ignore[arg-type]


def reasons(campaign: Campaign, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(e.withdrawal.code, e.withdrawal.reason) for e in withdrawn(campaign.space, now)]


# Which posts are withdrawn


def test_a_fact_on_hold_withdraws_what_was_told_of_it_and_a_lifted_hold_does_not(campaign: Campaign) -> None:
    campaign.out()
    campaign.out(fact="casualties-2024")
    assert reasons(campaign) == []
    campaign.hold()
    assert reasons(campaign) == [("hold", REASON)]
    steering.lift(campaign.space, "oslo-adoption", "ada", "it was Oslo", NOW)
    campaign.read()
    assert reasons(campaign) == []


@pytest.mark.parametrize("status", ["hold", "retired", "archived", "internal"])
def test_every_status_that_is_not_posted_withdraws(campaign: Campaign, status: str) -> None:
    campaign.out()
    withdraw = OSLO.replace("status: post", f"status: {status}\n    reason: it was Ottawa\n    lift: ask")
    campaign.change(FACTS, lambda text: text.replace(OSLO, withdraw))
    ((code, reason),) = reasons(campaign)
    assert code == status
    assert reason.startswith("oslo-adoption is ")
    assert reason.endswith("it was Ottawa")


def test_a_fact_that_is_gone_from_the_library_withdraws(campaign: Campaign) -> None:
    campaign.out(fact="long-gone")
    assert reasons(campaign) == [("gone", "long-gone is not in the library any more")]


def test_a_fact_that_is_only_past_its_review_date_withdraws_nothing(campaign: Campaign) -> None:
    campaign.out(fact="casualties-2024")
    assert reasons(campaign, NOW + 30 * DAY) == []


def test_only_the_last_400_days_are_looked_at(campaign: Campaign) -> None:
    campaign.out(at=NOW - 401 * DAY)
    recent = campaign.out(at=NOW - 399 * DAY)
    campaign.hold()
    assert [each.out.delivery.id for each in withdrawn(campaign.space, NOW)] == [recent.id]


def test_a_word_to_leave_it_counts_until_there_is_another_reason(campaign: Campaign) -> None:
    delivery = campaign.out()
    with pytest.raises(Misconfigured, match="may be posted"):
        leave(campaign.space, delivery.id, "ada", "why not", NOW)
    campaign.hold()
    leave(campaign.space, delivery.id, "ada", "nobody reads it", NOW)
    assert reasons(campaign) == []
    retire = OSLO.replace("status: post", "status: retired\n    reason: it was Ottawa\n    lift: ask")
    campaign.change(FACTS, lambda text: text.replace(OSLO, retire))
    assert [code for code, _ in reasons(campaign)] == ["retired"]


def test_health_and_alerts_name_what_needs_somebody_by_fact(campaign: Campaign) -> None:
    for n in range(3):
        campaign.out("one", at=NOW - (n + 1) * HOUR)
    campaign.out("clean")
    campaign.hold()
    health = look(campaign.space, NOW)
    assert len(health.withdrawn) == 3, "what the worker deletes by itself needs nobody yet"
    alerts = wanted(health, campaign.space.settings)
    assert (
        f"{REASON}. Posts about it that are out and need somebody: 3."
        in alerts["withdrawn oslo-adoption hold"]
    )


# What the worker deletes


def test_a_withdrawn_post_goes_with_all_its_thread_and_once(campaign: Campaign) -> None:
    delivery, kept = campaign.out(), campaign.out("one")
    campaign.hold()
    wire = Wire()
    assert withdrawer(wire).work(campaign.space) == 1
    assert withdrawer(wire, who="another").work(campaign.space) == 0
    assert [receipt.parts for receipt in wire.deleted] == [(f"r-{delivery.id}", "second")]
    assert campaign.of(delivery.id).deleted_at == NOW
    assert campaign.of(kept.id).deleted_at is None
    last = campaign.space.ledger.history_of(delivery.id)[-1]
    assert (last["who"], last["became"], last["why"]) == ("worker", "deleted", REASON)


def test_a_hold_that_is_lifted_again_brings_nothing_back(campaign: Campaign) -> None:
    delivery = campaign.out()
    campaign.hold()
    withdrawer(Wire()).work(campaign.space)
    steering.lift(campaign.space, "oslo-adoption", "ada", "it was Oslo", NOW)
    wire = Wire()
    assert withdrawer(wire).work(campaign.read()) == 0
    assert (campaign.of(delivery.id).deleted_at, wire.asked) == (NOW, 0)


@pytest.mark.parametrize("error", [Passing("503"), Doubtful("cut"), Refused("404")])
def test_an_error_is_told_and_tried_again_later_and_later(campaign: Campaign, error: NetworkError) -> None:
    delivery = campaign.out()
    space = campaign.hold()
    wire, clock = Wire(error), Clock()
    waits = []
    for n in range(3):
        assert withdrawer(wire, clock).work(space) == 0
        assert withdrawer(wire, clock).work(space) == 0, "not at once"
        ((each,), began) = withdrawn(space, clock.now), clock.now
        assert (each.out.tried, each.out.trouble) == (n + 1, f"{type(error).__name__}: {error}")
        assert each.needs_somebody
        assert each.out.again_at is not None
        waits.append(each.out.again_at - began)
        clock.now = each.out.again_at
    assert (wire.asked, waits) == (3, [2 * MINUTE, 4 * MINUTE, 8 * MINUTE])
    wire.error = None
    assert withdrawer(wire, clock).work(space) == 1
    assert campaign.of(delivery.id).deleted_at == clock.now


def test_an_account_whose_network_asks_for_patience_is_left_alone_so_long(campaign: Campaign) -> None:
    for n in range(3):
        campaign.out(at=NOW - (n + 1) * HOUR)
    space = campaign.hold()
    wire, clock = Wire(Passing("slow down", retry_after=900)), Clock()
    one = withdrawer(wire, clock)
    one.work(space)
    clock.now += timedelta(seconds=899)
    one.work(space)
    assert wire.asked == 1
    clock.now += timedelta(seconds=1)
    wire.error = None
    assert one.work(space) == 3


def test_a_refused_credential_pauses_the_account_and_nothing_is_done_while_it_is_paused(
    campaign: Campaign,
) -> None:
    campaign.out()
    space = campaign.hold()
    wire, clock = Wire(BadCredentials("the token is wrong")), Clock()
    withdrawer(wire, clock).work(space)
    (pause,) = space.ledger.pauses()
    assert (pause.scope, pause.name, pause.why) == (
        Scope.ACCOUNT,
        "clean",
        "BadCredentials: the token is wrong",
    )
    clock.now += DAY
    withdrawer(wire, clock).work(space)
    assert wire.asked == 1


def test_a_few_at_a_time_the_oldest_first(campaign: Campaign) -> None:
    posts = [campaign.out(at=NOW - (n + 1) * HOUR) for n in range(AT_ONCE + 2)]
    space, wire = campaign.hold(), Wire()
    assert withdrawer(wire).work(space) == AT_ONCE
    assert [r.remote_id for r in wire.deleted] == [f"r-{d.id}" for d in reversed(posts)][:AT_ONCE]
    assert withdrawer(wire).work(space) == 2


def test_an_account_that_has_spent_its_budget_rests_from_deleting_too(campaign: Campaign) -> None:
    campaign.out()
    campaign.hold()
    space = campaign.change(
        "config/accounts.yaml", lambda text: text.replace("true}", "true, budgets: {day: 1}}")
    )
    wire, clock = Wire(), Clock()
    assert withdrawer(wire, clock).work(space) == 0
    clock.now += DAY
    assert withdrawer(wire, clock).work(space) == 1


def test_what_was_corrected_left_archived_or_is_gone_is_for_people(campaign: Campaign) -> None:
    left, corrected, gone = campaign.out(), campaign.out(at=NOW - 2 * HOUR), campaign.out(fact="long-gone")
    space = campaign.hold()
    leave(space, left.id, "ada", "nobody reads it", NOW)
    correction = campaign.out(fact="casualties-2024")
    space.ledger.note_correction(corrected.id, correction.slot_id, "ada", NOW)
    wire = Wire()
    assert withdrawer(wire).work(space) == 0
    assert [(e.out.delivery.id, e.needs_somebody) for e in withdrawn(space, NOW)] == [(gone.id, True)]
    archive = OSLO.replace("status: post", "status: archived\n    reason: it was long ago")
    space = campaign.change(FACTS, lambda text: text.replace(OSLO, archive))
    steering.lift(space, "oslo-adoption", "ada", "archived instead", NOW)
    assert withdrawer(wire).work(campaign.read()) == 0
    assert wire.asked == 0


def test_the_worker_deletes_on_the_word_of_the_files_as_they_are_now(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = campaign.out()
    worker, wire = Worker(campaign.hold(), lambda: NOW), Wire()
    monkeypatch.setattr(worker._courier.connections, "connect", wire.connect)
    steering.lift(campaign.space, "oslo-adoption", "ada", "it was Oslo", NOW)
    worker.withdraw()
    assert wire.asked == 0, "the worker has not read yet that the hold was lifted"
    worker.plan()
    steering.hold(worker.workspace, "oslo-adoption", "ada", "the place is in doubt", NOW)
    worker.plan()
    worker.withdraw()
    assert [receipt.remote_id for receipt in wire.deleted] == [f"r-{delivery.id}"]


def test_what_a_person_left_or_corrected_while_others_were_deleted_stays(campaign: Campaign) -> None:
    left, corrected = campaign.out(), campaign.out(at=NOW - 2 * HOUR)
    first = campaign.out(at=NOW - 3 * HOUR)
    correction = campaign.out(fact="casualties-2024")
    space = campaign.hold()

    def meanwhile() -> None:
        leave(space, left.id, "ada", "nobody reads it", NOW)
        space.ledger.note_correction(corrected.id, correction.slot_id, "ada", NOW)

    wire = Wire(meanwhile=meanwhile)
    assert withdrawer(wire).work(space) == 1
    assert [receipt.remote_id for receipt in wire.deleted] == [f"r-{first.id}"]


def test_a_hold_that_is_lifted_while_posts_are_deleted_spares_the_others(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, first = campaign.out(), campaign.out(at=NOW - 3 * HOUR)
    worker = Worker(campaign.hold(), lambda: NOW)
    lift = lambda: steering.lift(campaign.space, "oslo-adoption", "ada", "it was Oslo", NOW)  # noqa: E731
    monkeypatch.setattr(worker._courier.connections, "connect", (wire := Wire(meanwhile=lift)).connect)
    worker.withdraw()
    assert [receipt.remote_id for receipt in wire.deleted] == [f"r-{first.id}"]
    assert campaign.of(other.id).deleted_at is None


def test_where_not_all_are_listed_the_count_says_so(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for hours in (1, 2):
        campaign.out("one", at=NOW - hours * HOUR)
    health = look(campaign.hold(), NOW)
    assert "need somebody: 2. " in wanted(health, campaign.space.settings)["withdrawn oslo-adoption hold"]
    monkeypatch.setattr("bot.withdrawn.MOST_OF_A_FACT", 2)
    assert (
        "need somebody: 2 or more. "
        in wanted(health, campaign.space.settings)["withdrawn oslo-adoption hold"]
    )
    assert f"  2 or more about {REASON}" in as_lines(health)
