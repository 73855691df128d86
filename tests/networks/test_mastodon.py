"""Pictures, threads, profile and metrics of Mastodon's API, on a real server (snac2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.model import Account, Dispatch, Metrics, Profile, Receipt
from bot.networks import NetworkError, Passing, Refused, StaleUpload, network
from bot.networks._mastodon_text import normal
from bot.networks.mastodon import MastodonConnection
from tests.networks.illustrated import ALT, TEXTS, dispatch, picture, png
from tests.servers.mastodon import MastodonAccount, MastodonServer


@dataclass
class Login:
    """One account, as the bot and as its followers see it."""

    server: MastodonServer
    account: MastodonAccount

    def connect(self) -> MastodonConnection:
        account = Account("mastodon-en", "mastodon", server=self.server.url, handle=self.account.name)
        connection = network("mastodon").connect(account, {"ACCESS_TOKEN": self.account.access_token})
        assert isinstance(connection, MastodonConnection)
        return connection

    def statuses(self) -> list[dict[str, Any]]:
        return self.server.statuses(self.account)


@pytest.fixture
def login(mastodon_server: MastodonServer, mastodon_account: MastodonAccount) -> Login:
    return Login(mastodon_server, mastodon_account)


def illustrated(connection: MastodonConnection, unillustrated: Dispatch) -> Dispatch:
    attachment = picture(unillustrated.message.language)
    return replace(unillustrated, attachments=(replace(attachment, remote=connection.upload(attachment)),))


@contextmanager
def cut_after(posts: int, connection: MastodonConnection) -> Iterator[None]:
    """The connection ends after so many posts."""
    post, count = connection._client.status_post, 0

    def posting(*arguments: Any, **options: Any) -> Any:
        nonlocal count
        count += 1
        if count > posts:
            raise OSError("cut")
        return post(*arguments, **options)

    connection._client.status_post = posting
    yield
    connection._client.status_post = post


def test_a_thread_with_a_picture_reads_back_whole_in_every_language(login: Login) -> None:
    connection = login.connect()
    sent = {
        language: illustrated(connection, dispatch(f"d-{language}", language)) for language in sorted(TEXTS)
    }
    receipts = {language: connection.publish(one) for language, one in sent.items()}
    shown = {status["id"]: status for status in login.statuses()}
    assert len(shown) == 3 * len(TEXTS)
    for language, receipt in receipts.items():
        posts = [shown[part] for part in receipt.parts]
        assert receipt.remote_id == receipt.parts[0]
        assert receipt.url == posts[0]["url"]
        assert [normal(post["text"]) for post in posts] == [
            normal(m.text) for m in sent[language].message.posts
        ]
        assert [post["in_reply_to_id"] for post in posts] == [None, *receipt.parts[:2]]
        assert {login.server.language(post) for post in posts} == {language}
        assert [media["description"] for media in posts[0]["media_attachments"]] == [ALT[language]]
        assert not posts[1]["media_attachments"]
        assert login.connect().find(sent[language]) == receipt


def test_an_arabic_link_and_its_hashtags_lead_where_they_should(login: Login) -> None:
    login.connect().publish(dispatch(language="ar", posts=1))
    [status] = login.statuses()
    assert {tag["name"] for tag in status["tags"]} == {"mineaction", "forwardnotfragmented"}
    assert 'href="https://disarmament.unoda.org/anti-personnel-landmines-convention"' in status["content"]


def test_a_picture_reads_back_byte_for_byte(login: Login) -> None:
    connection = login.connect()
    connection.publish(illustrated(connection, dispatch(posts=1)))
    [status] = login.statuses()
    path = status["media_attachments"][0]["url"].removeprefix(login.server.url)
    assert login.server._call("GET", path).content == png()


def test_a_thread_goes_on_after_what_is_out(login: Login) -> None:
    connection, whole = login.connect(), dispatch()
    head = connection.publish(dispatch(posts=1))
    receipt = connection.publish(replace(whole, parts=(head.remote_id,)))
    assert (receipt.remote_id, receipt.url) == (head.remote_id, head.url)
    assert [status["id"] for status in login.statuses()] == list(receipt.parts)
    assert connection.publish(replace(whole, parts=receipt.parts)) == receipt
    assert len(login.statuses()) == 3


def test_an_error_midway_says_what_is_out_and_the_look_finds_just_that(login: Login) -> None:
    connection, whole = login.connect(), dispatch()
    with cut_after(2, connection), pytest.raises(NetworkError) as caught:
        connection.publish(whole)
    out = tuple(status["id"] for status in login.statuses())
    assert len(out) == 2
    assert caught.value.parts == out
    for known in ((), out[:1], out):
        found = login.connect().find(replace(whole, parts=known))
        assert found is not None
        assert found.parts == out


def test_a_reply_with_the_same_text_is_not_taken_for_the_first_post(login: Login) -> None:
    connection, single = login.connect(), dispatch(posts=1)
    first = connection.publish(replace(single, message=replace(single.message, text="Something else.")))
    connection._client.status_post(single.message.text, in_reply_to_id=first.remote_id)
    assert connection.find(single) is None


def test_a_thread_whose_first_post_was_taken_down_is_neither_found_nor_continued(login: Login) -> None:
    connection, whole = login.connect(), replace(dispatch(), parts=("0" * 42,))
    assert connection.find(whole) is None
    with pytest.raises(Refused) as caught:
        connection.publish(whole)
    assert caught.value.parts == whole.parts
    assert login.statuses() == []


def test_a_picture_that_was_not_uploaded_is_asked_for_and_nothing_goes_out(login: Login) -> None:
    with pytest.raises(StaleUpload):
        login.connect().publish(replace(dispatch(), attachments=(picture(),)))
    assert login.statuses() == []


def test_an_upload_without_an_answer_may_pass(login: Login) -> None:
    connection = login.connect()
    connection._client.media_post = lambda *_, **__: (_ for _ in ()).throw(OSError("cut"))
    with pytest.raises(Passing):
        connection.upload(picture())


def test_of_a_thread_the_last_post_is_taken_down_first_and_a_refusal_is_told(login: Login) -> None:
    connection = login.connect()
    receipt = connection.publish(dispatch())
    with pytest.raises(Refused, match="404"):  # snac2 2.75 deletes nothing by its API
        connection.delete(receipt)
    assert len(login.statuses()) == 3
    connection.delete(Receipt("0" * 42, parts=("0" * 42, "1" * 42)))  # gone already


def test_a_profile_is_set_once_and_then_left_alone(login: Login) -> None:
    profile = Profile("Forward عام", "Facts on mines.\nRun by <UNODA> & others: https://unoda.org/c\n")
    changes = login.connect().introduce(profile)
    assert [change.split(" was ")[0] for change in changes] == [
        "The name",
        "The description",
        "The bot label is set.",
    ]
    assert login.connect().introduce(profile) == []
    checks = {check.name: check for check in login.connect().verify()}
    assert checks["bot label"].ok


@pytest.fixture
def follower(mastodon_server: MastodonServer) -> MastodonAccount:
    return mastodon_server.create_account("follower")


def test_likes_boosts_and_replies_are_counted(login: Login, follower: MastodonAccount) -> None:
    connection = login.connect()
    receipt, quiet = connection.publish(dispatch(posts=2)), connection.publish(dispatch("two", posts=1))
    login.server.favourite(follower, receipt.raw["uri"], receipt.remote_id)
    metrics = connection.measure([receipt.remote_id, quiet.remote_id, "0" * 42])
    assert metrics == {
        receipt.remote_id: Metrics(likes=1, reposts=0, replies=1),
        quiet.remote_id: Metrics(likes=0, reposts=0, replies=0),
    }


def test_a_servers_own_limits_on_pictures_are_read(login: Login) -> None:
    rules = login.connect().rules()
    assert rules.threads
    assert rules.pictures is not None
    assert rules.pictures.byte_limit == 16 * 1024 * 1024
    assert rules.pictures.alt_limit == 1500
