"""The `file` network: what a rehearsal leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.model import Account, LinkCard
from bot.networks import StaleUpload, network
from bot.networks.base import Illustrating, Introducing, Measuring
from bot.networks.file import FileConnection, FileNetwork, posts_in
from tests.networks.illustrated import ALT, dispatch, picture, png


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "posts.jsonl"


@pytest.fixture
def connection(path: Path) -> FileConnection:
    return FileNetwork().connect(Account("one", "file", options={"path": str(path)}), {})


def test_a_plain_post_has_the_keys_it_always_had(path: Path, connection: FileConnection) -> None:
    receipt = connection.publish(dispatch(posts=1))
    [post] = posts_in(path)
    assert list(post) == ["id", "account", "posted_at", "language", "text", "link"]
    assert receipt.parts == ()


def test_a_thread_with_its_picture_is_one_line_and_a_file_beside_it(
    path: Path, connection: FileConnection
) -> None:
    uploaded = replace(picture("ar"), remote=connection.upload(picture("ar")))
    whole = replace(dispatch(language="ar"), attachments=(uploaded,))
    receipt = connection.publish(whole)
    [post] = posts_in(path)
    assert post["thread"] == [part.text for part in whole.message.thread]
    assert post["pictures"] == [{"file": f"pictures/{uploaded.key}.png", "alt": ALT["ar"]}]
    assert (path.parent / f"pictures/{uploaded.key}.png").read_bytes() == png()
    assert receipt.parts == ("one", "one/2", "one/3")
    assert connection.find(whole) == connection.publish(whole) == receipt


def test_a_link_card_is_kept_with_its_picture(path: Path, connection: FileConnection) -> None:
    card = LinkCard("https://unoda.org/a", "The Convention", "What it bans", "k1")
    whole = dispatch(posts=1)
    thumbnail = replace(picture(), remote=connection.upload(picture()))
    connection.publish(replace(whole, message=replace(whole.message, link_card=card), thumbnail=thumbnail))
    assert posts_in(path)[0]["link_card"] == {
        "url": "https://unoda.org/a",
        "title": "The Convention",
        "description": "What it bans",
        "image": f"pictures/{thumbnail.key}.png",
    }


def test_a_picture_that_was_thrown_away_is_asked_for_again(path: Path, connection: FileConnection) -> None:
    uploaded = replace(picture(), remote=connection.upload(picture()))
    (path.parent / str(uploaded.remote)).unlink()
    for attachment in (uploaded, picture()):
        with pytest.raises(StaleUpload):
            connection.publish(replace(dispatch(), attachments=(attachment,)))
    assert posts_in(path) == []


def test_a_file_takes_pictures_and_threads_as_the_network_does_that_it_is_like() -> None:
    for like in ("mastodon", "bluesky", "x"):
        account = Account("one", "file", options={"like": like})
        assert FileNetwork().default_rules(account) == network(like).default_rules(account)


def test_a_file_shows_pictures_but_has_no_followers_and_no_profile(connection: FileConnection) -> None:
    assert isinstance(connection, Illustrating)
    assert not isinstance(connection, Measuring)
    assert not isinstance(connection, Introducing)
