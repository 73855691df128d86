"""A clock that was ahead and was put right: what it wrote down silences no account until its wrong time has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery import looking_back
from bot.networks import Passing
from tests.delivery.test_courier import Scene, make_scene
from tests.world import HOUR, MINUTE, NOW


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """One post of one fact on one account, due at NOW, and a clock that is an hour ahead."""
    scene = make_scene(tmp_path)
    scene.clock.now = NOW + HOUR
    return scene


def put_right(scene: Scene) -> None:
    scene.clock.now = NOW + MINUTE
    scene.courier.tick()


def test_what_is_in_doubt_is_looked_for_at_once(scene: Scene) -> None:
    scene.wire.script, scene.wire.looks_fail = ["cut after"], 1
    scene.courier.tick()
    scene.courier.tick()
    assert scene.states() == ["unknown"]
    put_right(scene)
    assert scene.states() == ["sent"]
    assert scene.wire.attempts == 1


def test_what_may_be_tried_again_is_tried_again_at_once(scene: Scene) -> None:
    scene.wire.script = [Passing("429", retry_after=1800)]
    scene.courier.tick()
    assert scene.states() == ["due"]
    put_right(scene)
    assert scene.states() == ["sent"]
    assert scene.wire.attempts == 2


def test_a_look_that_finds_nothing_is_believed_only_when_the_network_has_settled_since(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    settling = type("Settling", (), {"settle_seconds": lambda self, account: 300.0})()
    monkeypatch.setattr(looking_back, "network", lambda name: settling)
    monkeypatch.setattr(looking_back.time, "monotonic", lambda: seconds[0])
    seconds = [scene.courier._eyes.born + 1000.0]
    scene.wire.script = ["cut after"]
    scene.courier.tick()
    scene.wire.seen.clear()  # the network does not show it yet
    put_right(scene)
    seconds[0] += 299
    scene.later(5 * MINUTE)
    assert scene.states() == ["unknown"]
    seconds[0] += 2
    scene.later(5 * MINUTE)
    assert scene.states() == ["sent"]
    assert scene.wire.attempts == 2
