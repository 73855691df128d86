"""The plan as an iCalendar feed, and the secret addresses at which people's own calendars read it.

Only the hash of an address is kept, so it is shown once, when it is made. It stops when its person revokes it, makes
another, or is deactivated.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.ledger import Ledger, Post
from bot.model import Misconfigured, State
from bot.roles import User
from bot.workspace import Workspace

SHOWN_BACK = timedelta(days=31)
READ_AGAIN = timedelta(hours=1)
LASTS = timedelta(minutes=5)
_LONGEST = 200


def make(ledger: Ledger, user: User, who: str, now: datetime) -> str:
    """The token of a new address for a person's calendar; the one before stops at once."""
    token = secrets.token_urlsafe(32)
    if not ledger.put_feed(_digest(token), user, who, now):
        raise Misconfigured(f"{user.name} is deactivated; activate them first.")
    return token


def revoke(ledger: Ledger, user: User, who: str, now: datetime) -> None:
    """Stop a person's feed. Raises Misconfigured when there is none."""
    if not ledger.drop_feed(user, who, now):
        raise Misconfigured("There is no address to revoke.")


def reader(ledger: Ledger, token: str) -> User | None:
    """Whose address this is; nobody's when it was revoked, never was, or its person may no longer sign in."""
    if len(token) > _LONGEST:
        return None
    digest = _digest(token)
    found = ledger.feed_reader(digest)
    return found[1] if found and hmac.compare_digest(found[0], digest) else None


def posts_of(space: Workspace, now: datetime) -> list[Post]:
    """What a feed holds: the last month's posts and all that is planned."""
    return space.ledger.posts_between(
        now - SHOWN_BACK, now + timedelta(days=space.settings.campaign.horizon_days)
    )


def calendar_of(
    space: Workspace, posts: list[Post], now: datetime, address: Callable[[Post], str] | None = None
) -> bytes:
    """The posts as an iCalendar feed (RFC 5545), one event per post; `address` is where to read more about one."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Forward Not Fragmented bot//plan//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{space.settings.campaign.name}: planned posts")
    calendar.add("refresh-interval", READ_AGAIN, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", READ_AGAIN)
    for post in (post for post in posts if post.deliveries):
        event = Event()
        event.add("uid", f"{post.slot_id}@forward-not-fragmented")
        event.add("dtstamp", now)
        event.add("sequence", post.version)
        event.add("dtstart", post.due_at)
        event.add("dtend", post.due_at + LASTS)
        event.add("summary", post.observance_id or post.fact_id or post.slot_id)
        event.add(
            "description",
            "\n\n".join(f"[{d.account_id}, {d.state.value}]\n{d.message.text}" for d in post.deliveries),
        )
        event.add("status", _status(post))
        if address is not None:
            event.add("url", address(post))
        calendar.add_component(event)
    feed: bytes = calendar.to_ical()
    return feed


def _status(post: Post) -> str:
    if all(delivery.state is State.SKIPPED for delivery in post.deliveries):
        return "CANCELLED"
    return "CONFIRMED" if post.touched else "TENTATIVE"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
