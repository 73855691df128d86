"""The state behind the fake: accounts, posts, ids that grow, and what a timeline shows of them."""

from __future__ import annotations

import base64
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.xfake import wording
from tests.xfake.oauth import XAccount
from tests.xfake.pictures import LIFETIME, Picture, PictureData

SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
DEFAULT_FIELDS = ("edit_history_post_ids", "id", "text")
DEFAULT_PAGE = 10
HIGHEST_ID = 1 << 63
COUNTS = ("repost_count", "reply_count", "like_count", "quote_count", "bookmark_count", "impression_count")


@dataclass
class Post:
    """A post as it was written, and what became of it."""

    id: str
    author: XAccount
    written: str
    created: datetime
    in_reply_to: Post | None = None
    reply_settings: str = "everyone"
    deleted: bool = False
    pictures: list[Picture] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    def as_json(self) -> dict[str, Any]:
        """Every field the fake models, by the description's names."""
        keys = [picture.media_key for picture in self.pictures]
        photo = f"https://x.com/{self.author.username}/status/{self.id}/photo/1"
        text, entities = wording.shown(self.written, self.id, photo, keys)
        known: dict[str, Any] = {
            "id": self.id,
            "text": text,
            "author_id": self.author.user_id,
            "created_at": _timestamp(self.created),
            "conversation_id": self._root().id,
            "edit_history_post_ids": [self.id],
            "reply_settings": self.reply_settings,
            "public_metrics": self.counts,
        }
        if keys:
            known["attachments"] = {"media_keys": keys}
        if entities:
            known["entities"] = entities
        if self.in_reply_to is not None:
            known["in_reply_to_user_id"] = self.in_reply_to.author.user_id
            known["referenced_posts"] = [{"type": "replied_to", "id": self.in_reply_to.id}]
        return known

    def with_fields(self, asked: Iterable[str]) -> dict[str, Any]:
        """The default fields and the ones asked for."""
        wanted = {*DEFAULT_FIELDS, *asked}
        return {name: value for name, value in self.as_json().items() if name in wanted}

    def _root(self) -> Post:
        return self if self.in_reply_to is None else self.in_reply_to._root()


@dataclass
class World:
    """Everything the fake remembers."""

    clock: Callable[[], datetime]
    accounts: dict[str, XAccount] = field(default_factory=dict)
    all_posts: dict[str, Post] = field(default_factory=dict)
    all_pictures: dict[str, Picture] = field(default_factory=dict)
    _last_id: int = 0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def create_account(self, username: str) -> XAccount:
        """A new account with an app of its own."""
        user_id = self._next_id(self.clock())
        account = XAccount(
            user_id=user_id,
            username=username,
            consumer_key=f"ck{secrets.token_hex(11)}",
            consumer_secret=f"cs{secrets.token_hex(24)}",
            access_token=f"{user_id}-{secrets.token_hex(20)}",
            access_token_secret=f"ts{secrets.token_hex(22)}",
        )
        self.accounts[user_id] = account
        return account

    def account_of_token(self, token: str) -> XAccount | None:
        """The account an access token belongs to."""
        return next((known for known in self.accounts.values() if known.access_token == token), None)

    def add_post(
        self,
        author: XAccount,
        text: str,
        in_reply_to: Post | None,
        reply_settings: str,
        pictures: list[Picture],
    ) -> Post:
        """Publish a text, whatever it is."""
        now = self.clock()
        post = Post(self._next_id(now), author, text, now, in_reply_to, reply_settings, pictures=pictures)
        self.all_posts[post.id] = post
        if in_reply_to is not None:
            in_reply_to.counts["reply_count"] += 1
        return post

    def post(self, post_id: str) -> Post | None:
        """A post that can be seen."""
        post = self.all_posts.get(post_id)
        return None if post is None or post.deleted else post

    def add_picture(self, owner: XAccount, seen: PictureData) -> Picture:
        """Keep a picture for its owner, to be posted within a day."""
        now = self.clock()
        picture = Picture(self._next_id(now), owner, seen, now)
        self.all_pictures[picture.id] = picture
        return picture

    def picture_of(self, owner: XAccount, media_id: str) -> Picture | None:
        """A picture that this account may still use."""
        picture = self.all_pictures.get(media_id)
        usable = picture is not None and picture.owner == owner and self.clock() < picture.uploaded + LIFETIME
        return picture if usable else None

    def timeline(self, user_id: str) -> list[Post]:
        """An account's posts that can be seen, newest first."""
        mine = [p for p in self.all_posts.values() if p.author.user_id == user_id and not p.deleted]
        return sorted(mine, key=lambda post: int(post.id), reverse=True)

    def has_written(self, author: XAccount, text: str) -> bool:
        """Whether this account has sent this very text before, even if it took it down again."""
        return any(p.author == author and p.written == text for p in self.all_posts.values())

    def _next_id(self, now: datetime) -> str:
        milliseconds = int(now.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS
        self._last_id = max((milliseconds << 22) | (next(self._numbers) & 0xFFF), self._last_id + 1)
        return str(self._last_id)


def page_of(posts: list[Post], query: dict[str, str]) -> tuple[list[Post], dict[str, Any]]:
    """The posts that a timeline request asks for, and the `meta` of its answer."""
    below = _read_token(query.get("pagination_token", ""))
    wanted = [post for post in posts if _is_wanted(post, query) and int(post.id) < below]
    size = int(query.get("max_results", DEFAULT_PAGE))
    page = wanted[:size]
    meta: dict[str, Any] = {"result_count": len(page)}
    if page:
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
    if len(wanted) > size:
        meta["next_token"] = _token(page[-1])
    return page, meta


def _is_wanted(post: Post, query: dict[str, str]) -> bool:
    return (
        int(post.id) > int(query.get("since_id", 0))
        and int(post.id) < int(query.get("until_id", HIGHEST_ID))
        and post.created >= datetime.fromisoformat(query.get("start_time", "0001-01-01T00:00:00Z"))
        and post.created < datetime.fromisoformat(query.get("end_time", "9999-12-31T23:59:59Z"))
        and not ("replies" in query.get("exclude", "").split(",") and post.in_reply_to is not None)
    )


def _token(last: Post) -> str:
    return base64.b32hexencode(f"below {last.id}".encode()).decode().rstrip("=").lower()


def _read_token(token: str) -> int:
    """The id that a page must stay below; ValueError for a token the fake did not give."""
    if not token:
        return HIGHEST_ID
    text = base64.b32hexdecode(token.upper() + "=" * (-len(token) % 8)).decode()
    return int(text.removeprefix("below "))


def _timestamp(moment: datetime) -> str:
    """X's times have milliseconds that are always nought."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
