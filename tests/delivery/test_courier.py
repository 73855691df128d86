"""The courier against a network that does what the test says: every way a sending can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.delivery import Courier
from bot.delivery.courier import LEASE, Connections
from bot.ledger import Ledger, open_ledger
from bot.library import load
from bot.model import Account, Dispatch, Receipt, Rules, State
from bot.networks import BadCredentials, Check, Doubtful, NetworkError, Passing, Refused
from bot.programme import programme
from bot.settings import load_settings
from tests.world import HOUR, MINUTE, NOW, RULES, write_campaign


@dataclass
class Wire:
    """A network on which followers see `seen`; `script` says how each publish ends."""

    script: list[NetworkError | str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    looks_fail: int = 0
    attempts: int = 0

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

    def rules(self) -> Rules:
        return RULES

    def delete(self, receipt: Receipt) -> None: ...


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

    def later(self, span: timedelta) -> None:
        self.clock.now += span
        self.courier.tick()


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One post of one fact on one account, due at NOW."""
    return make_scene(tmp_path)


def make_scene(tmp_path: Path, **replaced: str) -> Scene:
    replaced = {"accounts": "accounts:\n  one: {network: file}\n"} | replaced
    home = write_campaign(tmp_path / "campaign", **replaced)
    settings = load_settings(home / "config")
    library = load(home / "messages", settings.observances)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    accounts = settings.active_accounts()
    plan = programme(settings, library, {a.id: RULES for a in accounts}, [], NOW, NOW + HOUR)
    ledger.store_plan(plan, {a.id: a.network for a in accounts}, NOW, NOW + HOUR, NOW, "test")
    wire, clock = Wire(), Clock()
    courier = Courier(settings, library, ledger, clock, "worker", connections=Connections(wire.connect))
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


@pytest.mark.parametrize("error", [Refused("too long"), BadCredentials("401")])
def test_a_refusal_is_final(scene: Scene, error: NetworkError) -> None:
    scene.wire.script = [error]
    scene.courier.tick()
    scene.later(HOUR)
    assert scene.states() == ["failed"]
    assert scene.wire.attempts == 1


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
    scene.later(LEASE + MINUTE)
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
    scene.courier.library = load(scene.home / "messages")
    scene.courier.tick()
    assert scene.states() == ["skipped"]
    assert "on hold: doubts" in (scene.reasons()[0] or "")


def test_a_text_written_from_an_older_fact_does_not_go_out(scene: Scene) -> None:
    path = scene.home / "messages/facts/casualties.yaml"
    path.write_text(path.read_text().replace("6279", "6280").replace("place: Oslo", "place: Geneva"))
    scene.courier.library = load(scene.home / "messages")
    scene.courier.tick()
    assert scene.states() == ["skipped"]
    assert "has changed since" in (scene.reasons()[0] or "")
