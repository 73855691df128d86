"""Adapters whose server is behind a network that misbehaves (tests/torture/proxy.py)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.model import Account, Dispatch
from bot.networks import BadCredentials, Connection, Passing, network
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.torture.proxy import Fault, Proxy
from tests.world import message


@pytest.fixture
def proxy(bluesky_server: BlueskyServer) -> Iterator[Proxy]:
    with Proxy(bluesky_server.url) as running:
        yield running


@pytest.fixture
def bluesky(proxy: Proxy, bluesky_account: BlueskyAccount) -> Connection:
    account = Account("bluesky-en", "bluesky", server=proxy.url, handle=bluesky_account.handle)
    return network("bluesky").connect(account, {"APP_PASSWORD": bluesky_account.app_password})


DISPATCH = Dispatch("one", "bluesky-en", message("Anti-personnel mines are banned."), datetime.now(UTC))


def test_a_bluesky_session_that_ran_out_is_replaced_and_the_message_not_given_up(
    proxy: Proxy, bluesky: Connection, bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    proxy.arm(Fault("expired"))
    with pytest.raises(Passing):
        bluesky.publish(DISPATCH)
    receipt = bluesky.publish(DISPATCH)
    assert [r["uri"] for r in bluesky_server.records(bluesky_account.did)] == [receipt.remote_id]


def test_a_look_whose_bluesky_session_ran_out_is_repeated(proxy: Proxy, bluesky: Connection) -> None:
    proxy.arm(Fault("expired", reads=True))
    with pytest.raises(Passing):
        bluesky.find(DISPATCH)
    assert bluesky.find(DISPATCH) is None


def test_a_bluesky_session_that_a_person_ended_is_a_refused_credential(
    proxy: Proxy, bluesky: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.arm(Fault("expired"))
    with pytest.raises(Passing):
        bluesky.publish(DISPATCH)
    monkeypatch.setattr(bluesky, "_password", "revoked-1234")
    with pytest.raises(BadCredentials):
        bluesky.publish(replace(DISPATCH, delivery_id="two"))
