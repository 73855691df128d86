"""Bluesky accounts: what the profile says, on the real PDS, and what followers did, as an AppView counts it.

The AppView on loopback answers as the real one was seen to (tests/networks/appview.py); the real PDS finds it and asks
it, as in production.
"""

# ruff: noqa: F811 - the fixture is imported here, and asked for by name

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.model import Account, Metrics, Profile
from bot.networks import Passing, Refused
from bot.networks._bluesky_records import introduced
from bot.networks.bluesky import NETWORK
from tests.networks.appview import AppView, appview
from tests.networks.illustrated import picture
from tests.networks.on_bluesky import Login, bluesky, dispatch  # noqa: F401
from tests.servers.bluesky import BlueskyAccount, BlueskyServer

PROFILE = Profile("Mine action facts", "A bot. Run by the campaign: contact@example.test")


@pytest.mark.parametrize(
    "profile", [replace(PROFILE, name="n" * 65), replace(PROFILE, description="é" * 257)]
)
def test_a_profile_that_is_too_long_is_refused_before_it_is_written(profile: Profile) -> None:
    with pytest.raises(Refused, match="shorten it"):
        introduced(None, profile)


def test_a_profile_keeps_all_that_is_not_said_anew(bluesky: Login) -> None:
    blob = bluesky.connection._ask(
        bluesky.connection._client.invoke_procedure,
        "com.atproto.repo.uploadBlob",
        content=picture().data,
        headers={"Content-Type": "image/png"},
    )["blob"]
    pinned = bluesky.connection.publish(dispatch("pinned", posts=1))
    kept = {
        "avatar": blob,
        "banner": blob,
        "pinnedPost": {"uri": pinned.remote_id, "cid": pinned.raw["cid"]},
        "website": "https://example.test",
        "unheardOf": {"by": ["this", "bot"]},
    }
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "!no-unauthenticated"}]}
    bluesky.write_profile(displayName="Old", labels=labels, **kept)
    changes = bluesky.connection.introduce(PROFILE)
    after = bluesky.profile()
    assert changes == [
        f"the name is now: {PROFILE.name}",
        f"the description is now: {PROFILE.description}",
        "the profile is now labelled as a bot",
    ]
    assert after["value"] == {
        "$type": "app.bsky.actor.profile",
        "displayName": PROFILE.name,
        "description": PROFILE.description,
        "labels": {**labels, "values": [{"val": "!no-unauthenticated"}, {"val": "bot"}]},
        **kept,
    }


def test_a_profile_that_says_it_all_is_not_written_again(bluesky: Login) -> None:
    bluesky.write_profile()
    assert len(bluesky.connection.introduce(PROFILE)) == 3
    before = bluesky.commit()
    assert bluesky.connection.introduce(PROFILE) == []
    assert bluesky.commit() == before


def test_an_account_without_a_profile_gets_one(
    bluesky_server: BlueskyServer, bluesky_account: BlueskyAccount
) -> None:
    account = Account("bluesky-en", "bluesky", server=bluesky_server.url, handle=bluesky_account.handle)
    connection = NETWORK.connect(account, {"APP_PASSWORD": bluesky_account.app_password})
    assert not {check.name: check for check in connection.verify()}["bot label"].ok
    assert len(connection.introduce(PROFILE)) == 3
    assert {check.name: check for check in connection.verify()}["bot label"].ok


@pytest.mark.parametrize(("times", "wins"), [(1, True), (2, False)])
def test_a_profile_somebody_changes_meanwhile_is_read_once_more_and_never_overwritten(
    bluesky: Login, monkeypatch: pytest.MonkeyPatch, times: int, wins: bool
) -> None:
    bluesky.write_profile(website="https://example.test/0")
    others = iter(range(1, times + 1))
    read = bluesky.connection._get

    def read_before_somebody_writes(*asked: str) -> Any:
        found = read(*asked)
        for number in others:
            bluesky.write_profile(website=f"https://example.test/{number}")
            break
        return found

    monkeypatch.setattr(bluesky.connection, "_get", read_before_somebody_writes)
    if wins:
        bluesky.connection.introduce(PROFILE)
    else:
        with pytest.raises(Passing):
            bluesky.connection.introduce(PROFILE)
    after = bluesky.profile()["value"]
    assert after["website"] == f"https://example.test/{times}"
    assert ("displayName" in after) is wins


def test_the_doctor_reads_the_label_and_not_the_words(bluesky: Login) -> None:
    def labelled() -> bool:
        return {check.name: check.ok for check in bluesky.connection.verify()}["bot label"]

    bluesky.write_profile(description="I am a 'bot', a \"bot\".")
    assert not labelled()
    bluesky.connection.introduce(PROFILE)
    assert labelled()


@pytest.fixture
def view() -> Iterator[AppView]:
    with appview() as running:
        yield running


def counts(likes: int, reposts: int, quotes: int, replies: int) -> dict[str, int]:
    return {"likeCount": likes, "repostCount": reposts, "quoteCount": quotes, "replyCount": replies}


def test_counts_come_from_the_appview_through_the_accounts_own_server(bluesky: Login, view: AppView) -> None:
    receipt = bluesky.connection.publish(dispatch("counted"))
    head, second, third = receipt.parts
    view.posts = {head: counts(7, 2, 1, 4), second: counts(1, 0, 0, 1), third: counts(0, 0, 0, 0)}
    view.parents = {second: head, third: second}
    gone = head[:-1] + "2"
    found = bluesky.again(appview=view.service).measure([*receipt.parts, gone])
    assert found == {
        head: Metrics(likes=7, reposts=3, replies=3),
        second: Metrics(likes=1, reposts=0, replies=0),
        third: Metrics(likes=0, reposts=0, replies=0),
    }
    assert [token is not None for token in view.tokens] == [True]  # the server's own, made for this request
    assert bluesky.connection._client._session.access_jwt not in str(view.tokens)


def test_an_appview_asked_directly_is_shown_no_token(bluesky: Login, view: AppView) -> None:
    uris = [f"at://{bluesky.made.did}/app.bsky.feed.post/{n}" for n in range(60)]
    view.posts = {uri: counts(1, 0, 0, 0) for uri in uris}
    found = bluesky.again(appview=view.url).measure(uris)
    assert list(found) == uris
    assert [len(asked) for asked in view.asked] == [25, 25, 10]
    assert view.tokens == [None, None, None]


@pytest.mark.parametrize("option", ["did:web:localhost%3A9#bsky_appview", "http://127.0.0.1:9"])
def test_counts_of_an_appview_that_is_not_there_may_come_later(bluesky: Login, option: str) -> None:
    uri = f"at://{bluesky.made.did}/app.bsky.feed.post/3kaaaaaaaaa2a"
    with pytest.raises(Passing):
        bluesky.again(appview=option).measure([uri])
