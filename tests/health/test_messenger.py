"""Apprise, in a process of its own, with a server that hears what it sends."""

from __future__ import annotations

import pytest

from bot.alerts import send_by_apprise, sender
from bot.logs import without_secrets
from bot.model import Misconfigured
from tests.listener import Listener


def addresses(monkeypatch: pytest.MonkeyPatch, *urls: str) -> None:
    monkeypatch.setenv("BOT_ALERT_URLS", "\n  ".join(urls))


def test_a_message_reaches_its_address_as_it_was_written(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses(monkeypatch, listener.url("/", "json"))
    assert sender() is send_by_apprise
    assert send_by_apprise("Two things", "- *one* <b> & `two`\n- déminage")
    (heard,) = listener.messages
    assert (heard["title"], heard["message"]) == ("Two things", "- *one* <b> & `two`\n- déminage")


def test_every_address_is_told(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses(monkeypatch, listener.url("/a", "json"), listener.url("/b", "json"))
    assert send_by_apprise("t", "b")
    assert sorted(listener.calls) == ["POST /a", "POST /b"]


def test_when_nobody_hears_it_nobody_was_told(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses(monkeypatch, listener.url("/500", "json"), "json://127.0.0.1:1/")
    assert not send_by_apprise("t", "b")


def test_when_one_of_several_hears_it_the_others_are_named_by_number(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    addresses(monkeypatch, "json://user:hunter22@127.0.0.1:1/", listener.url("/a", "json"))
    assert send_by_apprise("t", "b")
    said = "".join(capsys.readouterr())
    assert "numbers=[1]" in said
    assert "hunter22" not in said


def test_a_messenger_that_never_ends_is_left(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.alerts.MESSENGER_SECONDS", 0.01)
    addresses(monkeypatch, listener.url("/a", "json"))
    assert not send_by_apprise("t", "b")


def test_without_addresses_there_is_nobody_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_ALERT_URLS", "  \n ")
    assert sender() is None


def test_an_address_that_is_not_understood_is_named_by_number_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses(monkeypatch, "json://127.0.0.1:1/", "nonsense://hunter22")
    with pytest.raises(Misconfigured, match="address 2") as caught:
        sender()
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "shown", "hidden"),
    [
        ("BOT_ALERT_URLS", "mailto://me:hunter22@example.org\nslack://a/b", "to slack", "hunter22"),
        ("BOT_ALERT_URLS", "slack://T1/B1/TIiajkdnlazkcOXrIdevi7FQ", "to slack", "TIiajkdnlazkcOXrIdevi7FQ"),
        ("BOT_PING_URL", "https://hc-ping.com/0a1b2c3d-4e5f", "hc-ping.com", "https://hc-ping.com/0a1b2c3d-4e5f"),
        ("BOT_PING_URL", "https://hc-ping.com/0a1b2c3d-4e5f-6a7b", "hc-ping.com", "0a1b2c3d-4e5f-6a7b"),
    ],
)  # fmt: skip
def test_addresses_of_alerts_and_pings_never_reach_a_log(
    name: str, value: str, shown: str, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = without_secrets(f"{shown}: {value} and {hidden}")
    assert shown in said
    assert hidden not in said
    assert value not in said
