"""What followers see, read back from the servers themselves, and what was promised to them, in the same words."""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from bot.ledger import Delivery, Ledger, Media
from bot.model import EntityKind, Message
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.xfake.server import XAccount, XServer

_ANCHOR = re.compile(r'<a href="([^"]+)"[^>]*>(.)')
_ISOLATES = re.compile("[\u2068\u2069]")


@dataclass(frozen=True)
class SeenPicture:
    """A picture by the digest of its bytes, its alt text, and its size in pixels as the network tells it."""

    digest: str
    alt: str
    size: tuple[int, int]


@dataclass(frozen=True)
class SeenCard:
    """The card of a link; `thumbnail` is the digest of its picture."""

    url: str
    title: str
    description: str
    thumbnail: str | None


@dataclass(frozen=True)
class Seen:
    """One post. `answers` is the text of the post that it replies to; a language is None where the network has none.

    Tags are without their #, on Mastodon in small letters: that is how servers keep them.
    """

    text: str
    language: str | None
    tags: frozenset[str]
    links: frozenset[str]
    pictures: tuple[SeenPicture, ...] = ()
    card: SeenCard | None = None
    answers: str | None = None


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def by_text(posts: Iterable[Seen]) -> dict[str, Seen]:
    """The posts by their texts, of which no two are the same."""
    found = list(posts)
    assert len({post.text for post in found}) == len(found)
    return {post.text: post for post in found}


# ── what was promised ────────────────────────────────────────────────────────────────────────────


def promised(deliveries: Iterable[Delivery], ledger: Ledger) -> dict[str, Seen]:
    """Every post of these deliveries as followers should see it, with the pictures that the ledger keeps."""
    sent = list(deliveries)
    keys = {picture.key for d in sent for picture in d.message.pictures}
    keys |= {d.message.link_card.image_key or "" for d in sent if d.message.link_card}
    media = ledger.media(keys)
    return by_text(post for delivery in sent for post in _promised(delivery, media))


def _promised(delivery: Delivery, media: Mapping[str, Media]) -> list[Seen]:
    found: list[Seen] = []
    for message in delivery.message.posts:
        found.append(
            Seen(
                _shown(message.text, delivery.network),
                None if delivery.network == "x" else message.language,
                _tags(message, delivery.network),
                frozenset({message.link} if message.link else ()),
                tuple(_picture(media[p.key], p.alt_text) for p in message.pictures),
                _card(message, media) if delivery.network == "bluesky" else None,
                found[-1].text if found else None,
            )
        )
    return found


def _tags(message: Message, network: str) -> frozenset[str]:
    tags = (entity.value for entity in message.entities if entity.kind is EntityKind.TAG)
    return frozenset(tag.casefold() if network == "mastodon" else tag for tag in tags)


def _picture(media: Media, alt: str) -> SeenPicture:
    return SeenPicture(digest_of(media.data), alt, (media.width, media.height))


def _card(message: Message, media: Mapping[str, Media]) -> SeenCard | None:
    card = message.link_card
    if card is None:
        return None
    thumbnail = digest_of(media[card.image_key].data) if card.image_key else None
    return SeenCard(card.url, card.title, card.description, thumbnail)


def _shown(text: str, network: str) -> str:
    # Where an isolate ends is for Mastodon's servers to know (bot.networks._mastodon_text.sent); the words are the same.
    return _ISOLATES.sub("", text) if network == "mastodon" else text


# ── what is there ────────────────────────────────────────────────────────────────────────────────


def seen_on_bluesky(server: BlueskyServer, account: BlueskyAccount) -> dict[str, Seen]:
    """Every post of an account on the PDS. Facets are cut out of the text's bytes; blobs are fetched."""
    records = server.records(account.did)
    texts = {(record["uri"], record["cid"]): record["value"]["text"] for record in records}
    firsts = {record["value"]["text"] for record in records if "reply" not in record["value"]}

    def blob(reference: Mapping[str, Any]) -> bytes:
        data = server.blob(account.did, reference["ref"]["$link"])
        assert len(data) == reference["size"]
        return data

    def seen(value: Mapping[str, Any]) -> Seen:
        (language,), embed, reply = value["langs"], value.get("embed", {}), value.get("reply")
        tags, links = _facets(value)
        pictures = tuple(
            SeenPicture(
                digest_of(_opened(blob(image["image"]))),
                image["alt"],
                (image["aspectRatio"]["width"], image["aspectRatio"]["height"]),
            )
            for image in embed.get("images", ())
        )
        external = embed.get("external")
        card = external and SeenCard(
            external["uri"],
            external["title"],
            external["description"],
            digest_of(_opened(blob(external["thumb"]))) if "thumb" in external else None,
        )
        answers = [texts[reply[to]["uri"], reply[to]["cid"]] for to in ("root", "parent")] if reply else []
        assert not answers or answers[0] in firsts
        return Seen(
            value["text"], language, tags, links, pictures, card or None, answers[-1] if answers else None
        )

    return by_text(seen(record["value"]) for record in records)


def _facets(value: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    data, tags, links = value["text"].encode(), [], []
    for facet in value.get("facets", ()):
        shown = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        (feature,) = facet["features"]
        if feature["$type"].endswith("#tag"):
            assert shown == f"#{feature['tag']}"
            tags.append(feature["tag"])
        else:
            assert shown in feature["uri"]
            links.append(feature["uri"])
    return frozenset(tags), frozenset(links)


def seen_on_mastodon(server: MastodonServer, account: MastodonAccount) -> dict[str, Seen]:
    """Every status of an account; its pictures are fetched from where the server shows them."""
    statuses = server.statuses(account)
    texts = {str(status["id"]): _text_of(status) for status in statuses}

    def picture(media: Mapping[str, Any]) -> SeenPicture:
        data = _opened(server.picture(media["url"]))
        return SeenPicture(digest_of(data), media["description"], _size_of(data))

    def seen(status: dict[str, Any]) -> Seen:
        anchors = _ANCHOR.findall(status["content"])
        return Seen(
            _text_of(status),
            server.language(status),
            frozenset(tag["name"].casefold() for tag in status["tags"]),
            frozenset(html.unescape(href) for href, first in anchors if first != "#"),
            tuple(picture(media) for media in status["media_attachments"]),
            answers=texts[str(status["in_reply_to_id"])] if status["in_reply_to_id"] else None,
        )

    return by_text(seen(status) for status in statuses)


def _text_of(status: Mapping[str, Any]) -> str:
    lines = re.sub(r"\r\n?", "\n", status["text"]).strip()
    return _ISOLATES.sub("", "\n".join(line.rstrip() for line in lines.split("\n")))


def seen_on_x(server: XServer, account: XAccount) -> dict[str, Seen]:
    """Every post of an account as it was written: what X adds for a picture is left out of text and links."""
    shown = {post["id"]: post for post in server.posts(account.user_id)}
    written = dict(zip(shown, server.written(account.user_id), strict=True))

    def seen(post: Mapping[str, Any]) -> Seen:
        entities = post.get("entities", {})
        links = [url for url in entities.get("urls", ()) if "media_key" not in url]
        replied = [other["id"] for other in post.get("referenced_posts", ())]
        return Seen(
            written[post["id"]],
            None,
            frozenset(tag["tag"] for tag in entities.get("hashtags", ())),
            frozenset(url["expanded_url"] for url in links),
            tuple(
                SeenPicture(digest_of(_opened(p.seen.data)), p.alt_text or "", (p.seen.width, p.seen.height))
                for p in server.pictures(post["id"])
            ),
            answers=written[replied[0]] if replied else None,
        )

    return by_text(seen(post) for post in shown.values())


def _opened(data: bytes) -> bytes:
    """The bytes, which are a whole picture."""
    with Image.open(io.BytesIO(data)) as image:
        image.verify()
    return data


def _size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size
