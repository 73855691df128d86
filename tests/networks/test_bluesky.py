"""Bluesky's threads, pictures and link cards: the records by themselves, and on the real PDS."""

# ruff: noqa: F811 - the fixture is imported here, and asked for by name

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Receipt
from bot.networks import Doubtful, NetworkError, Refused, StaleUpload
from bot.networks._bluesky_records import record_of, records_of, tid_of
from bot.networks.bluesky import RULES, BlueskyConnection
from tests.networks.illustrated import ALT, LINK, TEXTS, picture, png
from tests.networks.on_bluesky import CARD, HOST, Login, bluesky, dispatch, post, thread  # noqa: F401
from tests.torture.proxy import Fault, Proxy
from tests.world import NOW

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.text(min_size=1), st.integers(2, 40))
def test_the_keys_of_a_thread_are_tids_that_sort_as_its_posts(at: datetime, name: str, posts: int) -> None:
    keys = [tid_of(dispatch(name, at=at), index) for index in range(posts)]
    assert keys == sorted(set(keys))
    assert keys[0] == tid_of(dispatch(name, at=at))
    assert all(len(key) == 13 and key[0] in "234567abcdefghij" for key in keys)


def test_a_thousand_threads_of_one_moment_have_keys_of_their_own() -> None:
    keys = {tid_of(dispatch(f"d{n}", at=NOW), index) for n in range(1000) for index in range(5)}
    assert len(keys) == 5000


def test_the_posts_of_a_thread_are_dated_one_millisecond_after_another() -> None:
    dates = [record["createdAt"] for record in records_of(dispatch(at=NOW), "did:plc:one").values()]
    assert dates == [f"2026-11-24T09:00:00.00{n}Z" for n in range(3)]


def test_the_same_dispatch_is_the_same_records() -> None:
    assert records_of(dispatch(at=NOW), "did:plc:one") == records_of(dispatch(at=NOW), "did:plc:one")


def test_a_picture_goes_before_a_link_card_and_stands_in_the_first_post_only() -> None:
    named = replace(picture(), remote='{"cid": "bafkrei", "mime": "image/png", "size": 3}')
    with_card, *others = records_of(dispatch(at=NOW), "did:plc:one").values()
    assert with_card["embed"]["$type"] == "app.bsky.embed.external"
    assert "thumb" not in with_card["embed"]["external"]
    assert record_of(replace(dispatch(), attachments=(named,)))["embed"]["$type"] == "app.bsky.embed.images"
    assert not any("embed" in record for record in others)


def test_a_picture_that_was_not_uploaded_is_asked_for() -> None:
    with pytest.raises(StaleUpload, match="blob"):
        record_of(replace(dispatch(), attachments=(picture(),)))


def facets_of(record: dict[str, Any]) -> list[tuple[str, str]]:
    """What each facet covers, and what it stands for."""
    text = record["text"].encode()
    found = []
    for facet in record.get("facets", []):
        (feature,) = facet["features"]
        covered = text[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((covered, feature.get("tag") or feature["uri"]))
    return found


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_thread_with_a_picture_reads_back_field_for_field(bluesky: Login, language: str) -> None:
    attachment = bluesky.uploaded(picture(language))
    sent = replace(dispatch(f"picture-{language}", language), attachments=(attachment,))
    receipt = bluesky.connection.publish(sent)
    head, *others = posts = bluesky.posts(sent)
    assert tuple(post["uri"] for post in posts) == receipt.parts
    assert [post["value"]["text"] for post in posts] == [part.text for part in sent.message.posts]
    assert all(post["value"]["langs"] == [language] for post in posts)
    (image,) = head["value"]["embed"]["images"]
    assert (image["alt"], image["aspectRatio"]) == (ALT[language], {"width": 1200, "height": 675})
    assert (image["image"]["mimeType"], image["image"]["size"]) == ("image/png", len(attachment.data))
    tags = [
        (f"#{tag}", tag) for tag in ("MineAction", "ForwardNotFragmented") if tag in head["value"]["text"]
    ]
    assert facets_of(head["value"]) == [(HOST, LINK), *tags]
    root = {"uri": head["uri"], "cid": head["cid"]}
    for before, reply in zip(posts, others, strict=False):
        parent = {"uri": before["uri"], "cid": before["cid"]}
        assert reply["value"]["reply"] == {"root": root, "parent": parent}
        assert facets_of(reply["value"]) == [("#Mines", "Mines")]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_post_with_a_link_card_reads_back_field_for_field(bluesky: Login, language: str) -> None:
    thumbnail = bluesky.uploaded(picture(language))
    sent = replace(dispatch(f"card-{language}", language, posts=1), thumbnail=thumbnail)
    receipt = bluesky.connection.publish(sent)
    (post,) = bluesky.posts(sent)
    assert (receipt.remote_id, receipt.parts) == (post["uri"], ())
    assert post["value"]["text"] == sent.message.text
    external = post["value"]["embed"]["external"]
    assert (external["uri"], external["title"], external["description"]) == (
        CARD.url,
        CARD.title,
        CARD.description,
    )
    assert external["thumb"]["size"] == len(thumbnail.data)


def test_arabic_goes_out_with_its_isolates() -> None:
    assert {"\u2068", "\u2069"} <= set(thread("ar").text)


def test_content_ids_computed_here_are_those_of_the_server(bluesky: Login) -> None:
    sent = replace(dispatch("content", "ar", posts=5), attachments=(bluesky.uploaded(picture()),))
    bluesky.connection.publish(sent)
    written = {record["uri"]: record for record in bluesky.posts(sent)}
    replies = [record["value"]["reply"] for record in written.values() if "reply" in record["value"]]
    assert len(replies) == 4
    for reply in replies:
        assert written[reply["parent"]["uri"]]["cid"] == reply["parent"]["cid"]
        assert written[reply["root"]["uri"]]["cid"] == reply["root"]["cid"]


def test_a_thread_is_written_once_however_often_it_is_published(bluesky: Login) -> None:
    sent = dispatch("once")
    first = bluesky.connection.publish(sent)
    before = bluesky.commit()
    assert bluesky.connection.publish(sent) == first == bluesky.connection.find(sent)
    assert bluesky.commit() == before


def test_a_thread_published_by_several_workers_at_once_is_there_once(bluesky: Login) -> None:
    sent = dispatch("at once")
    connections = [bluesky.connection, bluesky.again(), bluesky.again()]

    def publish(connection: BlueskyConnection) -> Receipt | NetworkError:
        try:
            return connection.publish(sent)
        except NetworkError as error:
            return error

    with ThreadPoolExecutor(len(connections)) as pool:
        outcomes = list(pool.map(publish, connections))
    receipt = bluesky.connection.find(sent)
    assert receipt is not None
    assert receipt in outcomes
    assert all(outcome == receipt or isinstance(outcome, Doubtful) for outcome in outcomes)
    assert tuple(record["uri"] for record in bluesky.posts(sent)) == receipt.parts


def test_a_thread_of_which_one_post_is_refused_leaves_nothing(bluesky: Login) -> None:
    sent = dispatch("too long")
    too_long = post("en", "long " * 80)
    sent = replace(sent, message=replace(sent.message, thread=(*sent.message.thread, too_long)))
    with pytest.raises(Refused):
        bluesky.connection.publish(sent)
    assert bluesky.connection.find(sent) is None
    assert bluesky.posts(sent) == []


def test_a_thread_whose_answer_was_lost_is_found_whole(bluesky: Login) -> None:
    sent = dispatch("lost answer")
    with Proxy(bluesky.server.url) as proxy:
        connection = bluesky.again(proxy.url)
        proxy.arm(Fault("cut_after"))
        with pytest.raises(Doubtful):
            connection.publish(sent)
        receipt = connection.find(sent)
        assert receipt is not None
        assert receipt == connection.publish(sent)
    assert tuple(record["uri"] for record in bluesky.posts(sent)) == receipt.parts
    assert len(receipt.parts) == 3


def test_of_a_thread_only_what_is_there_without_a_gap_is_reported(bluesky: Login) -> None:
    sent = dispatch("gaps", posts=5)
    parts = bluesky.connection.publish(sent).parts
    for gone in (4, 2):
        bluesky.connection.delete(Receipt(parts[gone]))
    found = bluesky.connection.find(sent)
    assert found is not None
    assert found.parts == parts[:2]


def test_a_thread_of_which_the_first_post_alone_was_taken_down_is_made_whole(bluesky: Login) -> None:
    sent = replace(dispatch("beheaded", posts=4), attachments=(bluesky.uploaded(picture()),))
    whole = bluesky.connection.publish(sent)
    written = bluesky.posts(sent)
    bluesky.connection.delete(Receipt(whole.parts[0]))
    bluesky.connection.delete(Receipt(whole.parts[2]))
    assert bluesky.connection.find(sent) is None
    bluesky.uploaded(picture())
    assert bluesky.connection.publish(sent) == whole
    assert bluesky.posts(sent) == written


def test_a_thread_is_taken_down_as_a_whole_and_again_is_no_error(bluesky: Login) -> None:
    sent = dispatch("taken down")
    receipt = bluesky.connection.publish(sent)
    bluesky.connection.delete(Receipt(receipt.parts[1]))
    bluesky.connection.delete(receipt)
    bluesky.connection.delete(receipt)
    assert bluesky.posts(sent) == []


def test_the_same_picture_is_uploaded_twice_under_one_name(bluesky: Login) -> None:
    assert bluesky.connection.upload(picture()) == bluesky.connection.upload(picture())


@pytest.mark.parametrize("posts", [1, 3])
def test_a_picture_the_server_has_forgotten_is_asked_for_again(bluesky: Login, posts: int) -> None:
    own = replace(picture(), data=png(40 + posts, 40))
    attachment = bluesky.uploaded(own)
    shown = replace(dispatch("shown", posts=posts), attachments=(attachment,))
    bluesky.connection.delete(
        bluesky.connection.publish(shown)
    )  # the blob goes with the last post that shows it
    later = replace(dispatch("later", posts=posts), attachments=(attachment,))
    with pytest.raises(StaleUpload, match="blob"):
        bluesky.connection.publish(later)
    assert bluesky.connection.find(later) is None
    bluesky.uploaded(own)
    bluesky.connection.publish(later)
    assert len(bluesky.posts(later)) == posts


def test_a_picture_may_have_two_million_bytes_and_not_one_more(bluesky: Login) -> None:
    assert RULES.pictures is not None
    assert RULES.pictures.byte_limit < 2_000_000
    for name, size in (("fits", 2_000_000), ("does-not", 2_000_001)):
        attachment = bluesky.uploaded(replace(picture(), data=b"\0" * size))
        sent = replace(dispatch(name, posts=1), attachments=(attachment,))
        if name == "fits":
            bluesky.connection.publish(sent)
            continue
        with pytest.raises(Refused, match="2000000"):
            bluesky.connection.publish(sent)
