"""What a server's answers mean: statuses as receipts and metrics, the account as it introduces itself, its rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.model import Dispatch, Metrics, Receipt, Rules
from bot.networks._mastodon_text import normal, text_of


def original(status: Any) -> Any:
    """The status itself; snac2 2.75 shows one that somebody boosted as the booster's, even to its author."""
    return status.get("reblog") or status


def is_first(status: Any, wanted: str, known: frozenset[str]) -> bool:
    """Whether it is the first post of a message with this text, and of none of the known deliveries."""
    return not status.get("in_reply_to_id") and _is(status, wanted) and str(status["id"]) not in known


def parts_of(dispatch: Dispatch, head: str, seen: Sequence[Any]) -> tuple[str, ...]:
    """The posts of a thread that are there, from the first on without a gap."""
    parts = dispatch.parts or (head,)
    for message in dispatch.message.posts[len(parts) :]:
        wanted = normal(message.text)
        follower = next(
            (s for s in seen if str(s.get("in_reply_to_id")) == parts[-1] and _is(s, wanted)), None
        )
        if follower is None:
            break
        parts = (*parts, str(follower["id"]))
    return parts


def _is(status: Any, wanted: str) -> bool:
    shown = normal(text_of(status["content"]))
    written = status.get("text")
    return wanted in (shown, normal(written) if isinstance(written, str) else None)


def created_at(status: Any) -> datetime:
    """When it was posted, in UTC."""
    at = status["created_at"]
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(re.sub(r"Z$", "+00:00", str(at)))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def receipt_of(status: Any, parts: tuple[str, ...] = ()) -> Receipt:
    """The receipt of a post, or of the thread that it begins."""
    url = str(status["url"]) if status.get("url") else None
    return Receipt(str(status["id"]), url, {"uri": str(status.get("uri"))}, parts)


def metrics_of(status: Any, own_replies: int) -> Metrics:
    """How followers answered; Mastodon counts no views."""
    counts = (status.get(f"{what}_count") for what in ("favourites", "reblogs", "replies"))
    likes, reposts, replies = (None if count is None else int(count) for count in counts)
    return Metrics(likes, reposts, None if replies is None else max(replies - own_replies, 0))


def introduction_of(me: Any) -> dict[str, str | bool]:
    """Name, description as it was written (the account's own `note` is HTML) and bot label."""
    note = str((me.get("source") or {}).get("note") or "").replace("\r\n", "\n").strip()
    return {"display_name": str(me.get("display_name") or ""), "note": note, "bot": bool(me.get("bot"))}


def told_rules(documented: Rules, configuration: Any, source: str) -> Rules:
    """The documented rules with the server's own limits, as far as its `configuration` tells them."""
    statuses, media = configuration["statuses"], configuration.get("media_attachments") or {}
    pictures = documented.pictures
    if pictures is not None:
        pictures = replace(
            pictures,
            byte_limit=int(media.get("image_size_limit") or pictures.byte_limit),
            alt_limit=int(media.get("description_limit") or pictures.alt_limit),
        )
    return replace(
        documented,
        limit=int(statuses["max_characters"]),
        link_length=int(statuses.get("characters_reserved_per_url") or documented.link_length or 0),
        source=source,
        pictures=pictures,
    )
