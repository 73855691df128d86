"""Pictures on the fake X, and what followers did there, seen through tweepy."""

# ruff: noqa: F401, F811 - the fixtures are imported here, and asked for by name

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
import tweepy
from PIL import Image

from tests.xfake.fixtures import x_account, x_server
from tests.xfake.oauth import XAccount
from tests.xfake.server import XServer
from tests.xfake.test_xfake import XClient, client, client_of


def encoded() -> str:
    file = io.BytesIO()
    Image.new("RGB", (16, 9), "navy").save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def send(client: XClient, path: str, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.request("POST", path, json=body, user_auth=True).json()
    return answer


def hand_over(client: XClient) -> dict[str, Any]:
    made: dict[str, Any] = send(client, "/2/media/upload", media=encoded(), media_category="tweet_image")[
        "data"
    ]
    return made


def describe(client: XClient, media_id: str, text: str) -> dict[str, Any]:
    return send(client, "/2/media/metadata", id=media_id, metadata={"alt_text": {"text": text}})


def test_an_upload_tells_what_came_and_how_long_it_is_kept(client: XClient) -> None:
    made = hand_over(client)
    assert made["image"] == {"image_type": "image/png", "w": 16, "h": 9}
    assert made["media_key"] == f"3_{made['id']}"
    assert made["expires_after_secs"] == 86_400


def test_a_picture_stands_in_the_post_in_its_text_and_with_its_alt_text(client: XClient) -> None:
    media = [hand_over(client) for _ in range(2)]
    describe(client, media[0]["id"], "A navy card.")
    made = client.create_tweet(text="Look: https://example.org", media_ids=[m["id"] for m in media])["data"]
    answer = client.get_tweet(
        made["id"],
        expansions=["attachments.media_keys"],
        media_fields=["alt_text", "width"],
        tweet_fields=["attachments", "entities"],
        user_auth=True,
    )
    post, keys = answer["data"], [m["media_key"] for m in media]
    assert post["attachments"]["media_keys"] == keys
    assert answer["includes"]["media"][0] == {
        "media_key": keys[0],
        "type": "photo",
        "alt_text": "A navy card.",
        "width": 16,
    }
    link, *photos = post["entities"]["urls"]
    assert "media_key" not in link
    assert [photo["media_key"] for photo in photos] == keys
    assert post["text"] == f"Look: {link['url']} {photos[0]['url']}"
    assert post["text"][photos[0]["start"] : photos[0]["end"]] == photos[0]["url"]
    assert photos[1]["expanded_url"] == f"https://x.com/facts/status/{made['id']}/photo/1"


def test_a_picture_can_stand_alone(client: XClient) -> None:
    made = client.create_tweet(media_ids=[hand_over(client)["id"]])["data"]
    assert made["text"].startswith("https://t.co/")


def test_nobody_uses_the_picture_of_another_or_one_that_never_was(
    client: XClient, x_server: XServer, x_account: XAccount
) -> None:
    mine = hand_over(client)["id"]
    other = client_of(x_server, x_server.create_account("other"))
    with other.session:
        for user, media_id in ((other, mine), (client, "12345")):
            with pytest.raises(tweepy.BadRequest, match="Your media IDs are invalid"):
                user.create_tweet(text="One", media_ids=[media_id])
            with pytest.raises(tweepy.NotFound):
                describe(user, media_id, "Mine.")
    assert x_server.posts(x_account.user_id) == []


@pytest.mark.parametrize("media", ["not base64!", base64.b64encode(b"no picture").decode()])
def test_what_is_no_picture_is_not_taken(client: XClient, media: str) -> None:
    with pytest.raises(tweepy.BadRequest, match="not an image"):
        send(client, "/2/media/upload", media=media, media_category="tweet_image")


def test_an_upload_that_is_not_as_described_is_recorded(client: XClient, x_server: XServer) -> None:
    with pytest.raises(tweepy.BadRequest):
        send(client, "/2/media/upload", media=encoded())
    assert "'media_category' is a required property" in x_server.take_violations()[0]


def test_five_pictures_are_too_many(client: XClient, x_server: XServer) -> None:
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text="One", media_ids=[str(n) for n in range(1, 6)])
    assert "is too long" in x_server.take_violations()[0]


def test_what_followers_did_can_be_read_when_asked_for(client: XClient, x_server: XServer) -> None:
    made = client.create_tweet(text="One")["data"]["id"]
    client.create_tweet(text="Two", in_reply_to_tweet_id=made)
    x_server.followers_did(made, like_count=3)
    counts = client.get_tweets([made], tweet_fields=["public_metrics"], user_auth=True)["data"][0]
    assert counts["public_metrics"]["like_count"] == 3
    assert counts["public_metrics"]["reply_count"] == 1
    assert "public_metrics" not in client.get_tweets([made], user_auth=True)["data"][0]
