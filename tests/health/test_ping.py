"""The dead man's ping: not more often than it should, and never in the way."""

from __future__ import annotations

import pytest

from bot.model import Misconfigured
from bot.ping import Ping, ping_url
from tests.listener import Listener


def test_a_healthy_tick_calls_the_address(listener: Listener) -> None:
    ping = Ping(listener.url("/ping/secret-key"))
    ping.tick()
    ping.finish()
    assert listener.calls == ["GET /ping/secret-key"]


def test_it_is_called_once_a_minute_at_most(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.ping.time.monotonic", lambda: now)
    ping = Ping(listener.url("/ping"))
    for _ in range(25):  # every five seconds for two minutes
        ping.tick()
        ping.finish()
        now += 5
    assert len(listener.calls) == 3


def test_a_call_that_hangs_keeps_nothing_waiting(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.ping.time.monotonic", lambda: now)
    ping = Ping(listener.url("/hang"))
    for _ in range(5):  # each returns at once, or the test would never end
        ping.tick()
        now += 61
    listener.let_go.set()
    ping.finish()
    assert listener.calls == ["GET /hang"]


@pytest.mark.parametrize("path", ["/500", "/404"])
def test_a_call_that_fails_is_a_line_in_the_log_without_the_address(
    listener: Listener, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ping = Ping(listener.url(path))
    ping.tick()
    ping.finish()
    said = "".join(capsys.readouterr())
    assert "ping failed" in said
    assert path.removeprefix("/") in said
    assert listener.url("") not in said


def test_an_address_that_nobody_answers_is_a_line_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    ping = Ping("http://127.0.0.1:1/secret-key")
    ping.tick()
    ping.finish()
    said = "".join(capsys.readouterr())
    assert "ping failed" in said
    assert "secret-key" not in said


def test_without_an_address_nothing_is_called() -> None:
    ping = Ping(None)
    ping.tick()
    ping.finish()


@pytest.mark.parametrize("url", ["ftp://example.org/", "file:///etc/passwd", "hc-ping.com/key"])
def test_only_web_addresses_are_taken_and_a_wrong_one_is_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PING_URL", url)
    with pytest.raises(Misconfigured, match="https://") as caught:
        ping_url()
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "taken"),
    [("", None), ("  ", None), (" HTTPS://example.org/key\n", "HTTPS://example.org/key")],
)
def test_what_is_set_is_what_is_called(url: str, taken: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PING_URL", url)
    assert ping_url() == taken
