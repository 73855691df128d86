"""What somebody decided about a post holds for the post that they were shown, and for no other."""

from __future__ import annotations

import hashlib

from bot.ledger import Post
from bot.model import BotError


class LostUpdate(BotError):
    """Somebody else changed the post since it was shown."""

    def __init__(self, post: Post) -> None:
        by = f" by {post.edited_by}" if post.edited_by else ""
        super().__init__(f"This post was changed{by} while you were at it. Nothing of yours was saved yet.")
        self.post = post


def mark_of(post: Post) -> str:
    """What a form remembers of the post that it shows: other words, another fact or moment give another mark."""
    said = [(d.account_id, d.message.text) for d in post.deliveries]
    seen = repr((post.version, post.fact_id, post.fact_version, post.due_at.isoformat(), said))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def check_mark(post: Post, mark: str) -> None:
    """Raise LostUpdate where a post is no longer as the form with this mark showed it, by a person or a new plan."""
    if mark != mark_of(post):
        raise LostUpdate(post)
