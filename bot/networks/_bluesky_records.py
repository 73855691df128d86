"""What the bot writes at an AT Protocol server, as data: posts, threads, pictures, link cards, the profile.

Nothing here talks to a server. A record comes from the dispatch alone, so writing it twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from bot.model import Attachment, Dispatch, EntityKind, LinkCard, Message, Profile
from bot.networks.base import Refused, StaleUpload

COLLECTION = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
BOT_LABEL = "bot"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_CID_OF_RECORDS = b"\x01\x71\x12\x20"  # version 1, dag-cbor, sha-256, 32 bytes
# Field of the profile, what it is called, most graphemes, most bytes
# (lexicon app.bsky.actor.profile, in @atproto/pds 0.5.35, November 2026).
_SAID_OF_ITSELF = (("displayName", "name", 64, 640), ("description", "description", 256, 2560))


def tid_of(dispatch: Dispatch, index: int = 0) -> str:
    """The record key of the thread's post at `index`: a TID (13 characters, sorts by time) of the first attempt's
    moment and the delivery's id.

    53 bits of microseconds, then 10 of clock id (https://atproto.com/specs/tid). The delivery's hash fills the
    last 10 bits of the microseconds and the clock id, so that deliveries of one moment do not meet. Each further
    post of a thread is 1,024 microseconds later.
    """
    micros = int(dispatch.first_sent_at.timestamp() * 1_000_000) + (index << 10)
    lot = int.from_bytes(hashlib.sha256(dispatch.delivery_id.encode()).digest()[:3], "big")
    number = ((micros & ~0x3FF) | (lot & 0x3FF)) << 10 | (lot >> 10 & 0x3FF)
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def uri_of(did: str, key: str) -> str:
    """The address of a post in this account's repository."""
    return f"at://{did}/{COLLECTION}/{key}"


def records_of(dispatch: Dispatch, did: str) -> dict[str, dict[str, Any]]:
    """Every post of the dispatch by its record key, in order; each of a thread answers the one before it.

    Raises Refused or StaleUpload, as `record_of` does.
    """
    head = record_of(dispatch)
    records = {tid_of(dispatch): head}
    root = parent = _reference(did, tid_of(dispatch), head)
    for index, message in enumerate(dispatch.message.thread, start=1):
        moment = dispatch.first_sent_at + timedelta(milliseconds=index)
        record = _post(message, moment) | {"reply": {"root": root, "parent": parent}}
        key = tid_of(dispatch, index)
        records[key] = record
        parent = _reference(did, key, record)
    return records


def _reference(did: str, key: str, record: Mapping[str, Any]) -> dict[str, str]:
    return {"uri": uri_of(did, key), "cid": cid_of(record)}


def cid_of(record: Mapping[str, Any]) -> str:
    """The content identifier that every server computes for a record (https://atproto.com/specs/data-model)."""
    import libipld

    digest = hashlib.sha256(libipld.encode_dag_cbor(_with_links(record))).digest()
    return str(libipld.encode_cid(_CID_OF_RECORDS + digest))


def _with_links(value: Any) -> Any:
    """The same data with each link as its bytes, which dag-cbor writes as a link and not as a map."""
    import libipld

    if isinstance(value, Mapping):
        if value.keys() == {"$link"}:
            return libipld.decode_multibase(value["$link"])[1]
        return {name: _with_links(inner) for name, inner in value.items()}
    return [_with_links(inner) for inner in value] if isinstance(value, list) else value


def record_of(dispatch: Dispatch) -> dict[str, Any]:
    """The post, or the first of a thread, as a record; the same dispatch always gives the same.

    Raises Refused for a facet beyond the text, StaleUpload for a picture that was not uploaded.
    """
    record = _post(dispatch.message, dispatch.first_sent_at)
    if dispatch.attachments:
        return record | {"embed": _images(dispatch.attachments)}
    if dispatch.message.link_card:
        return record | {"embed": _link_card(dispatch.message.link_card, dispatch.thumbnail)}
    return record


def _post(message: Message, at: datetime) -> dict[str, Any]:
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": message.text,
        "createdAt": _moment(at),
        "langs": [message.language],
    }
    facets = _facets(message)
    return record | {"facets": facets} if facets else record


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _facets(message: Message) -> list[dict[str, Any]]:
    size = len(message.text.encode())
    facets = []
    for entity in message.entities:
        # A PDS takes a facet that points beyond the text; readers' apps do not.
        if not 0 <= entity.byte_start < entity.byte_end <= size:
            raise Refused(f"the {entity.kind} {entity.value} lies outside the text")
        feature = (
            {"$type": "app.bsky.richtext.facet#tag", "tag": entity.value}
            if entity.kind is EntityKind.TAG
            else {"$type": "app.bsky.richtext.facet#link", "uri": entity.value}
        )
        facets.append(
            {"index": {"byteStart": entity.byte_start, "byteEnd": entity.byte_end}, "features": [feature]}
        )
    return facets


def _images(attachments: tuple[Attachment, ...]) -> dict[str, Any]:
    images = [
        {
            "image": _blob(attachment),
            "alt": attachment.alt_text,
            "aspectRatio": {"width": attachment.width, "height": attachment.height},
        }
        for attachment in attachments
    ]
    return {"$type": "app.bsky.embed.images", "images": images}


def _link_card(card: LinkCard, thumbnail: Attachment | None) -> dict[str, Any]:
    external: dict[str, Any] = {"uri": card.url, "title": card.title, "description": card.description}
    if thumbnail is not None:
        external["thumb"] = _blob(thumbnail)
    return {"$type": "app.bsky.embed.external", "external": external}


def name_of_blob(blob: Mapping[str, Any]) -> str:
    """What an upload is called from now on: all that a post needs to show it, as JSON."""
    name = {"cid": blob["ref"]["$link"], "mime": blob["mimeType"], "size": blob["size"]}
    return json.dumps(name, sort_keys=True)


def _blob(attachment: Attachment) -> dict[str, Any]:
    if attachment.remote is None:
        raise StaleUpload("a picture has no blob at the Bluesky server yet; it must be uploaded first")
    name = json.loads(attachment.remote)
    return {"$type": "blob", "ref": {"$link": name["cid"]}, "mimeType": name["mime"], "size": name["size"]}


def introduced(value: Mapping[str, Any] | None, profile: Profile) -> tuple[dict[str, Any], list[str]]:
    """The profile record (None where there is none yet) with name, description and bot label; what changed, in words.

    All else stays. Raises Refused for what is too long.
    """
    record = dict(value or {"$type": PROFILE})
    changes = []
    for field, called, graphemes, size in _SAID_OF_ITSELF:
        text = profile.name if called == "name" else profile.description
        _refuse_too_long(called, text, graphemes, size)
        if record.get(field) != text:
            changes.append(f"the {called} is now: {text}")
            record[field] = text
    if not is_labelled(value):
        labels = record.get("labels") or {"$type": "com.atproto.label.defs#selfLabels", "values": []}
        record["labels"] = {**labels, "values": [*labels.get("values", []), {"val": BOT_LABEL}]}
        changes.append("the profile is now labelled as a bot")
    return record, changes


def _refuse_too_long(called: str, text: str, graphemes: int, size: int) -> None:
    if len(regex.findall(r"\X", text)) > graphemes or len(text.encode()) > size:
        raise Refused(
            f"the {called} of the profile is longer than the {graphemes} characters ({size} bytes) Bluesky takes; "
            "shorten it"
        )


def is_labelled(value: Mapping[str, Any] | None) -> bool:
    """Whether a profile record labels its account as a bot."""
    labels = (value or {}).get("labels") or {}
    return any(label.get("val") == BOT_LABEL for label in labels.get("values", []))
