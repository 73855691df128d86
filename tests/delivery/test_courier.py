"""The courier against a network that does what the test says: every way a sending can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.delivery import Connections, Courier
from bot.ledger import Delivery, Ledger, open_ledger
from bot.library import load
from bot.model import Account, Allowance, Dispatch, Receipt, Rules, Scope, State
from bot.networks import BadCredentials, Check, Connection, Doubtful, NetworkError, Passing, Refused
from bot.programme import programme
from bot.settings import load_settings
from tests.world import HOUR, MINUTE, NOW, RULES, TEMPLATES, write_campaign

Connect = Callable[[Account], Connection]


@dataclass
class Wire:
    """A network on which followers see `seen`; `script` says how each publish ends."""

    script: list[NetworkError | str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    looks_fail: int = 0
    attempts: int = 0
    allowed: tuple[Allowance, ...] = ()

    def connect(self, account: Account) -> Wire:
        return self

    def publish(self, dispatch: Dispatch) -> Receipt:
        self.attempts += 1
        step = self.script.pop(0) if self.script else "ok"
        if isinstance(step, NetworkError):
            raise step
        self.seen.append(dispatch.delivery_id)
        if step == "cut after":
            raise Doubtful("the connection was cut")
        if step == "crash":
            raise SystemExit
        if step == "bug":
            raise KeyError("no such key")
        return Receipt(f"remote-{dispatch.delivery_id}")

    def find(self, dispatch: Dispatch) -> Receipt | None:
        if self.looks_fail:
            self.looks_fail -= 1
            raise Passing("503")
        found = dispatch.delivery_id in self.seen
        return Receipt(f"remote-{dispatch.delivery_id}") if found else None

    def verify(self) -> list[Check]:
        return []

    def allowances(self) -> tuple[Allowance, ...]:
        return self.allowed

    def rules(self) -> Rules:
        return RULES

    def delete(self, receipt: Receipt) -> None: ...


class Lost:
    """A presence that the database has not heard of lately."""

    def is_fresh(self) -> bool:
        return False

    def dead(self) -> frozenset[str]:
        return frozenset()


class Clock:
    """Time is what the test says."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Scene:
    courier: Courier
    wire: Wire
    clock: Clock
    ledger: Ledger
    home: Path

    def states(self) -> list[str]:
        posts = self.ledger.posts_between(NOW - 100 * HOUR, NOW + 100 * HOUR)
        return [d.state.value for post in posts for d in post.deliveries]

    def reasons(self) -> list[str | None]:
        posts = self.ledger.posts_between(NOW - 100 * HOUR, NOW + 100 * HOUR)
        return [d.reason for post in posts for d in post.deliveries]

    def refresh(self) -> None:
        """Half a second passes, after which a worker reads the pauses anew."""
        self.courier._stops.read_anew()

    def later(self, span: timedelta) -> None:
        self.clock.now += span
        self.courier.tick()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One post of one fact on one account, due at NOW."""
    return make_scene(tmp_path)


def make_scene(
    tmp_path: Path, rules: Rules = RULES, connect: Connect | None = None, **replaced: str
) -> Scene:
    """The same with other files, rules, and a network that `connect` leads to."""
    replaced = {"accounts": "accounts:\n  one: {network: file}\n"} | replaced
    home = write_campaign(tmp_path / "campaign", **replaced)
    settings = load_settings(home / "config")
    library = load(home / "messages", settings.observances)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    accounts = settings.active_accounts()
    plan = programme(settings, library, {a.id: rules for a in accounts}, [], NOW, NOW + HOUR)
    ledger.store_plan(plan, {a.id: a.network for a in accounts}, NOW, NOW + HOUR, NOW, "test")
    wire, clock = Wire(), Clock()
    connections = Connections(connect or wire.connect)
    courier = Courier(settings, library, ledger, clock, "worker", connections=connections)
    return Scene(courier, wire, clock, ledger, home)


def test_a_due_delivery_is_sent_once(scene: Scene) -> None:
    scene.courier.tick()
    scene.courier.tick()
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_nothing_is_sent_before_its_moment(scene: Scene) -> None:
    scene.clock.now = NOW - MINUTE
    scene.courier.tick()
    assert scene.states() == ["planned"]


def test_what_may_pass_is_tried_again_later_and_sent_once(scene: Scene) -> None:
    scene.wire.script = [Passing("429"), Passing("503")]
    scene.courier.tick()
    assert scene.states() == ["due"]
    scene.courier.tick()
    assert scene.wire.attempts == 1
    scene.later(MINUTE)
    scene.later(2 * MINUTE)
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_a_network_that_says_when_is_not_asked_before(scene: Scene) -> None:
    scene.wire.script = [Passing("429", retry_after=1800)]
    scene.courier.tick()
    scene.later(29 * MINUTE)
    assert scene.wire.attempts == 1
    scene.later(2 * MINUTE)
    assert scene.states() == ["sent"]


def test_what_keeps_failing_is_failed_in_the_end_and_says_why(scene: Scene) -> None:
    scene.wire.script = [Passing("503")] * 20
    scene.courier.tick()
    for _ in range(20):
        scene.later(8 * MINUTE)
    assert scene.states() == ["failed"]
    assert "503" in (scene.reasons()[0] or "")


def test_a_refusal_is_final(scene: Scene) -> None:
    scene.wire.script = [Refused("too long")]
    scene.courier.tick()
    scene.later(HOUR)
    assert scene.states() == ["failed"]
    assert scene.wire.attempts == 1


def test_a_refused_credential_pauses_its_account_alone_and_nothing_is_lost(scene: Scene) -> None:
    scene.wire.script = [BadCredentials("401")]
    scene.courier.tick()
    scene.later(MINUTE)
    assert scene.states() == ["due"]
    assert scene.wire.attempts == 1
    (pause,) = scene.ledger.pauses()
    assert (pause.scope, pause.name) == (Scope.ACCOUNT, "one")
    scene.ledger.resume([pause], "Ada", "new keys", scene.clock.now)
    scene.refresh()
    scene.later(MINUTE)
    assert scene.states() == ["sent"]


def test_while_everything_is_paused_nothing_leaves_and_nothing_is_skipped(scene: Scene) -> None:
    pause = scene.ledger.pause(Scope.ALL, "", "Ada", "a mistake", NOW)
    scene.courier.tick()
    scene.later(5 * HOUR)
    assert scene.states() == ["planned"]
    scene.ledger.resume([pause], "Ada", "mended", scene.clock.now)
    scene.refresh()
    scene.courier.tick()
    assert scene.states() == ["skipped"]


def test_a_pause_stops_what_is_claimed_but_not_sent(scene: Scene) -> None:
    scene.courier.open_gate()
    claim = scene.courier.ledger.claim_due

    def claim_then_pause(*arguments: object) -> list[Delivery]:
        claimed = claim(*arguments)  # type: ignore[arg-type]
        for delivery in claimed:
            scene.ledger.pause(Scope.FACT, delivery.message.fact_id, "Ada", "a mistake", NOW)
        scene.refresh()
        return claimed

    scene.courier.ledger.claim_due = claim_then_pause  # type: ignore[method-assign]
    scene.courier.send_due()
    assert scene.states() == ["due"]
    assert scene.wire.attempts == 0


def test_the_guard_is_asked_once_more_before_a_late_retry(scene: Scene) -> None:
    scene.wire.script = [Passing("429", retry_after=1800)]
    scene.courier.tick()
    path = scene.home / "messages/facts/casualties.yaml"
    path.write_text(
        path.read_text().replace("status: post", "status: hold\n    reason: doubts\n    lift: ask")
    )
    scene.courier.renew(scene.courier.settings, load(scene.home / "messages"))
    scene.later(HOUR)
    assert scene.states() == ["skipped"]
    assert scene.wire.attempts == 1


def test_a_worker_that_lost_touch_lets_no_byte_leave(scene: Scene) -> None:
    scene.courier.presence = Lost()
    scene.courier.tick()
    assert scene.states() == ["due"]
    assert scene.wire.attempts == 0


def test_an_account_whose_budget_is_used_up_rests_until_it_is_free_again(tmp_path: Path) -> None:
    accounts = "accounts:\n  one: {network: file, budgets: {hour: 1}}\n"
    slots = "slots:\n  a: {dates: [2026-11-24], at: '09:00'}\n  b: {dates: [2026-11-24], at: '09:01'}\n"
    campaign = "name: T\nhashtags: [A]\ncool_downs: {group_days: 0, conflict_days: 0, account_minutes: 0}\n"
    scene = make_scene(tmp_path, accounts=accounts, slots=slots, campaign=campaign)
    scene.later(MINUTE)
    assert scene.states() == ["sent", "due"]
    assert "budget of 1 per hour" in scene.courier.rests(scene.clock.now)[0].why
    scene.later(HOUR)
    assert scene.states() == ["sent", "sent"]


def test_an_account_that_its_network_allows_nothing_more_is_not_used(scene: Scene) -> None:
    scene.ledger.remember_allowances({"one": [Allowance("x-rate-limit", 0, NOW + HOUR)]}, NOW)
    scene.courier.tick()
    assert scene.wire.attempts == 0
    scene.later(HOUR)
    assert scene.states() == ["sent"]


def test_what_a_network_allows_is_remembered_for_all_workers(scene: Scene) -> None:
    scene.wire.allowed = (Allowance("x-rate-limit", 5, NOW + HOUR),)
    scene.courier.tick()
    assert scene.ledger.allowances(NOW) == {"one": [*scene.wire.allowed]}


def test_answers_that_could_not_be_written_down_are_written_down_later(scene: Scene) -> None:
    record, failures = scene.ledger.record, [1, 1]

    def fail_first(*arguments: object) -> None:
        if failures and failures.pop():
            raise OperationalError("record", {}, Exception("the database went away"))
        record(*arguments)  # type: ignore[arg-type]

    scene.ledger.record = fail_first  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(OperationalError):
            scene.courier.tick()
    scene.courier.tick()
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_a_worker_that_is_told_to_stop_takes_nothing_new_and_gives_back_the_rest(scene: Scene) -> None:
    scene.courier.open_gate()
    scene.courier.is_stopping = lambda: True
    scene.courier.send_due()
    assert scene.states() == ["due"]
    assert scene.wire.attempts == 0


def test_an_answer_that_never_came_is_looked_up_and_not_sent_again(scene: Scene) -> None:
    scene.wire.script = ["cut after"]
    scene.courier.tick()
    assert scene.states() == ["unknown"]
    scene.later(MINUTE)
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_a_look_that_finds_nothing_sends_again(scene: Scene) -> None:
    scene.wire.script = [Doubtful("cut before the server read it")]
    scene.courier.tick()
    scene.later(MINUTE)
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_while_nobody_can_look_nothing_is_sent(scene: Scene) -> None:
    scene.wire.script = ["cut after"]
    scene.wire.looks_fail = 2
    scene.courier.tick()
    scene.later(MINUTE)
    assert scene.states() == ["unknown"]
    for _ in range(6):
        scene.later(10 * MINUTE)
    assert scene.states() == ["sent"]
    assert scene.wire.attempts == 1


def test_a_bug_in_an_adapter_is_a_doubt_and_not_a_retry(scene: Scene) -> None:
    scene.wire.script = ["bug"]
    scene.courier.tick()
    assert scene.states() == ["unknown"]
    scene.later(MINUTE)
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_a_worker_that_died_after_posting_is_made_good_by_another(scene: Scene) -> None:
    scene.wire.script = ["crash"]
    with pytest.raises(SystemExit):
        scene.courier.tick()
    assert scene.states() == ["sending"]
    scene.later(MINUTE)
    assert scene.states() == ["sent"]
    assert len(scene.wire.seen) == 1


def test_a_delivery_is_sending_in_the_database_while_the_network_is_asked(scene: Scene) -> None:
    seen: list[list[str]] = []
    publish = scene.wire.publish

    def watch(dispatch: Dispatch) -> Receipt:
        seen.append(scene.states())
        return publish(dispatch)

    scene.wire.publish = watch  # type: ignore[method-assign]
    scene.courier.tick()
    assert seen == [["sending"]]


def test_after_a_long_outage_a_slot_is_skipped_with_a_record(scene: Scene) -> None:
    scene.later(4 * HOUR)
    assert scene.states() == ["skipped"]
    assert "grace" in (scene.reasons()[0] or "")
    assert scene.wire.attempts == 0


def test_within_its_grace_a_slot_still_goes_out(scene: Scene) -> None:
    scene.later(2 * HOUR)
    assert scene.states() == ["sent"]


def test_a_doubt_that_outlasts_the_grace_does_not_become_a_late_post(scene: Scene) -> None:
    scene.wire.script = [Doubtful("timeout")]
    scene.courier.tick()
    scene.later(4 * HOUR)
    assert scene.states() == ["failed"]
    assert scene.wire.seen == []


def test_without_approval_nothing_goes_out_where_it_is_required(tmp_path: Path) -> None:
    scene = make_scene(tmp_path, campaign="name: T\nhashtags: [A]\napproval: required\n")
    scene.courier.tick()
    assert scene.states() == ["planned"]
    (waiting,) = scene.ledger.waiting_at_gate(NOW)
    scene.ledger.move([waiting.id], State.PLANNED, State.APPROVED, NOW, "Ada", "checked")
    scene.courier.tick()
    assert scene.states() == ["sent"]


def test_a_fact_put_on_hold_after_planning_does_not_go_out(scene: Scene) -> None:
    path = scene.home / "messages/facts/casualties.yaml"
    held = "status: hold\n    reason: doubts\n    lift: ask the source"
    path.write_text(path.read_text().replace("status: post", held))
    scene.courier.renew(scene.courier.settings, load(scene.home / "messages"))
    scene.courier.tick()
    assert scene.states() == ["skipped"]
    assert "on hold: doubts" in (scene.reasons()[0] or "")


def test_a_post_for_an_observance_goes_out_on_its_day_or_not_at_all(tmp_path: Path) -> None:
    observances = "observances:\n  oslo: {title: Oslo, day: 11-24, origin: 1997-11-24, fact: oslo-adoption}\n"
    days = "observances:\n  oslo:\n    a: For {{ years }} years today.\n"
    campaign = "name: T\nhashtags: [A]\ngrace_minutes: 2000\n"
    scene = make_scene(tmp_path, observances=observances, templates=TEMPLATES + days, campaign=campaign)
    scene.later(16 * HOUR)
    assert scene.states() == ["skipped"]
    assert "kept on 11-24 and not on 2026-11-25" in (scene.reasons()[0] or "")


def test_a_text_written_from_an_older_fact_does_not_go_out(scene: Scene) -> None:
    path = scene.home / "messages/facts/casualties.yaml"
    path.write_text(path.read_text().replace("6279", "6280").replace("place: Oslo", "place: Geneva"))
    scene.courier.renew(scene.courier.settings, load(scene.home / "messages"))
    scene.courier.tick()
    assert scene.states() == ["skipped"]
    assert "has changed since" in (scene.reasons()[0] or "")
