"""What people are told, and that they are told once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest

from bot.alerts import Teller, summary, wanted
from bot.health import FactDue, Health, Ill, Silent, WorkerHealth, look
from bot.ledger import Alert, Ledger, open_ledger
from bot.model import Pause, Scope, State
from tests.health.conftest import Campaign
from tests.world import HOUR, MINUTE, NOW

WELL = WorkerHealth("w1", True, True, NOW - HOUR, NOW, NOW, {})
HEALTH = Health(NOW, (), workers=(WELL,))
REFUSED = "BadCredentials: the network refuses the login (401)."


def fell_due(is_over: bool) -> FactDue:
    return FactDue("casualties-2024", date(2026, 12, 1), "ICBL-CMC", is_over)


@pytest.mark.parametrize(
    ("health", "key", "words"),
    [
        (
            replace(HEALTH, pauses=(Pause(3, Scope.ALL, "", "Ada", "a mistake", NOW),)),
            "pause 3",
            ["everything", "Ada", "a mistake"],
        ),
        (
            replace(HEALTH, pauses=(Pause(4, Scope.ACCOUNT, "x-en", "w1", REFUSED, NOW),)),
            "pause 4",
            ["refused its credentials", "401", "bot doctor x-en", "bot resume --account x-en"],
        ),
        (
            replace(HEALTH, facts_due=(fell_due(False),)),
            "fact casualties-2024 due-soon 2026-12-01",
            ["falls due on 2026-12-01", "ICBL-CMC"],
        ),
        (
            replace(HEALTH, facts_due=(fell_due(True),)),
            "fact casualties-2024 overdue 2026-12-01",
            ["fell due on 2026-12-01", "not posted any more"],
        ),
        (replace(HEALTH, plan_is_empty=True), "plan empty", ["next 3 days", "bot plan"]),
        (
            replace(HEALTH, workers=(replace(WELL, troubles={"clock": "it has jumped"}),)),
            "trouble clock",
            ["it has jumped"],
        ),
        (
            replace(HEALTH, workers=(replace(WELL, troubles={"files": "a.yaml:3 is broken"}),)),
            "trouble files",
            ["a.yaml:3"],
        ),
        (
            replace(HEALTH, silent=(Silent("x-fr", ("fr",), 3, NOW),)),
            "silent x-fr",
            ["3 of the coming posts", "bot review fr"],
        ),
        (replace(HEALTH, silent=(Silent("x-fr", ("fr",), 0),)), "silent x-fr", ["everything"]),
        (
            replace(HEALTH, workers=(replace(WELL, works=False, healthy_at=NOW - 6 * MINUTE),)),
            "trouble no-healthy-tick",
            ["w1", "08:54"],
        ),
    ],
)
def test_each_thing_that_needs_somebody_is_one_alert(
    campaign: Campaign, health: Health, key: str, words: list[str]
) -> None:
    found = wanted(health, campaign.space.settings)
    assert list(found) == [key]
    for word in words:
        assert word in found[key]


@pytest.mark.parametrize(
    "health",
    [
        HEALTH,
        Health(NOW, (Ill("database", "it does not answer"),), facts_due=(fell_due(True),)),
        Health(NOW, (), plan_is_empty=True),  # no worker has had a tick yet
        replace(HEALTH, workers=(replace(WELL, works=False, healthy_at=None, started_at=NOW),)),
        replace(HEALTH, workers=(replace(WELL, lives=False, troubles={"clock": "it jumped"}),)),
    ],
)
def test_what_is_well_or_cannot_be_told_is_no_alert(campaign: Campaign, health: Health) -> None:
    assert wanted(health, campaign.space.settings) == {}


def test_one_trouble_of_ten_workers_is_one_alert(campaign: Campaign) -> None:
    many = tuple(replace(WELL, id=f"w{n}", troubles={"files": "a.yaml is broken"}) for n in range(10))
    assert list(wanted(replace(HEALTH, workers=many), campaign.space.settings)) == ["trouble files"]


def test_a_failed_delivery_is_one_alert_and_failing_again_is_another(campaign: Campaign) -> None:
    campaign.plan()
    ledger, settings = campaign.space.ledger, campaign.space.settings
    one, two = campaign.claim()
    campaign.end(one, State.FAILED, "too long")
    campaign.end(two, State.SENT, "accepted")
    first = wanted(look(campaign.space, NOW), settings)
    text = next(text for key, text in first.items() if key.startswith("failed"))
    assert f"bot retry {one.id}" in text
    assert "too long" in text
    ledger.try_again([one.id], NOW + MINUTE, "Ada", "shorter now")
    assert not any(key.startswith("failed") for key in wanted(look(campaign.space, NOW), settings))
    campaign.end(campaign.claim()[0], State.FAILED, "still too long")
    again = wanted(look(campaign.space, NOW), settings)
    assert {k for k in again if k.startswith("failed")}.isdisjoint(first)


def test_what_is_unknown_is_told_after_an_hour(campaign: Campaign) -> None:
    campaign.plan()
    delivery = campaign.claim()[0]
    campaign.end(delivery, State.UNKNOWN, "cut off")
    settings, key = campaign.space.settings, f"unknown {delivery.id}"
    assert key not in wanted(look(campaign.space, NOW + HOUR), settings)
    found = wanted(look(campaign.space, NOW + HOUR + MINUTE), settings)
    assert f"bot resolve {delivery.id} --sent" in found[key]


def test_no_alert_holds_a_secret(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_EN_API_SECRET", "s3cr3t-value")
    leaky = replace(HEALTH, workers=(replace(WELL, troubles={"deliver": "bad s3cr3t-value"}),))
    assert "s3cr3t-value" not in str(wanted(leaky, campaign.space.settings))


def alerts(count: int) -> list[Alert]:
    return [Alert(f"key {n}", f"thing {n}", NOW, None) for n in range(count)]


def test_one_alert_is_one_line(campaign: Campaign) -> None:
    assert summary(alerts(1), campaign.space.settings) == (
        "Test campaign: the bot needs somebody",
        "- thing 0",
    )


def test_many_alerts_are_one_message_of_a_length_that_can_be_read(campaign: Campaign) -> None:
    title, body = summary(alerts(150), campaign.space.settings)
    assert title == "Test campaign: 150 things need somebody"
    assert body.splitlines()[-1] == "- and 130 more; `bot status` lists them"
    assert len(body.splitlines()) == 21


# ── telling ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Voice:
    """A teller whose messages the test hears, and whose time is what the test says."""

    ledger: Ledger
    campaign: Campaign
    heard: list[str] = field(default_factory=list)
    deaf: bool = False
    at: float = 0.0

    def __post_init__(self) -> None:
        self.teller = Teller(self.ledger, self.send, lambda: self.at)

    def send(self, title: str, body: str) -> bool:
        if not self.deaf:
            self.heard.append(body)
        return not self.deaf

    def tell(self, **texts: str) -> int:
        return self.teller.tell(texts, self.campaign.space.settings, NOW)


@pytest.fixture
def voice(campaign: Campaign) -> Voice:
    return Voice(campaign.space.ledger, campaign)


def test_what_is_new_is_told_once_and_together(voice: Voice) -> None:
    assert voice.tell(a="one", b="two") == 2
    assert voice.tell(a="one", b="two") == 0
    assert voice.tell(a="one", b="two", c="three") == 1
    assert voice.heard == ["- one\n- two", "- three"]


def test_what_flickers_is_told_once(voice: Voice) -> None:
    for _ in range(5):
        voice.tell(a="one")
        voice.tell()
    assert voice.heard == ["- one"]


def test_what_comes_back_after_hours_is_told_again(voice: Voice) -> None:
    voice.tell(a="one")
    voice.tell()
    voice.teller.tell({"a": "one"}, voice.campaign.space.settings, NOW + 2 * HOUR)
    assert voice.heard == ["- one", "- one"]


def test_a_telling_that_fails_is_tried_again_later_and_later(voice: Voice) -> None:
    voice.deaf = True
    attempts = []
    for second in range(0, 600, 5):
        voice.at = second
        before = voice.teller._failures
        voice.tell(a="one")
        if voice.teller._failures > before:
            attempts.append(second)
    assert attempts == [0, 60, 180, 420]
    voice.deaf, voice.at = False, 10_000
    assert voice.tell(a="one", b="two") == 2
    assert voice.heard == ["- one\n- two"]


def test_what_one_worker_could_not_tell_another_tells(voice: Voice) -> None:
    voice.deaf = True
    voice.tell(a="one")
    other = Voice(voice.ledger, voice.campaign)
    assert other.tell(a="one") == 1
    voice.deaf, voice.at = False, 10_000
    assert voice.tell(a="one") == 0


def test_without_addresses_alerts_stand_and_are_told_once_there_are_some(campaign: Campaign) -> None:
    settings = campaign.space.settings
    silent = Teller(campaign.space.ledger, None)
    assert silent.tell({"a": "one"}, settings, NOW) == 0
    assert [alert.text for alert in campaign.space.ledger.alerts()] == ["one"]
    assert Voice(campaign.space.ledger, campaign).tell(a="one") == 1


def test_what_was_mended_before_it_could_be_told_is_not_told(voice: Voice) -> None:
    voice.deaf = True
    voice.tell(a="one")
    voice.deaf, voice.at = False, 10_000
    assert voice.tell() == 0
    assert voice.heard == []


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Ledger]:
    """Opens the same database as often as it is called, as so many workers would."""
    sqlite = f"sqlite:///{tmp_path / 'many.db'}"
    url = sqlite if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    open_ledger(url)
    return lambda: open_ledger(url)


def test_workers_that_see_one_thing_at_the_same_moment_tell_it_once(
    campaign: Campaign, database: Callable[[], Ledger]
) -> None:
    voices = [Voice(database(), campaign) for _ in range(4)]
    together = Barrier(len(voices))

    def tell(voice: Voice) -> None:
        for n in range(25):
            together.wait()
            voice.tell(**{f"thing {n}": f"number {n}"})

    with ThreadPoolExecutor(len(voices)) as pool:
        list(pool.map(tell, voices))
    heard = sorted(body for voice in voices for body in voice.heard)
    assert heard == sorted(f"- number {n}" for n in range(25))
