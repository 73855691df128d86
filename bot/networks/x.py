"""X, through tweepy: OAuth 1.0a user context and the v2 endpoints.

X has no idempotency: whether a post went out is decided by a look at the account's own posts.
"""

from __future__ import annotations

import base64
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from bot.model import (
    Account,
    Allowance,
    Attachment,
    Counting,
    Dispatch,
    Metrics,
    PictureRules,
    Profile,
    Receipt,
    Rules,
)
from bot.networks.base import (
    BadCredentials,
    Check,
    Doubtful,
    NetworkError,
    Passing,
    Refused,
    StaleUpload,
    going_on,
)
from bot.networks.transport import allowances_in, clock_check, earliest, session, wait_seconds, without_answer

DEFAULT_SERVER = "https://api.x.com"  # the server of X's own OpenAPI description 2.167, July 2026
LOOK_BACK = timedelta(days=2)  # wide, because this machine's clock may be wrong and X's is not
PAGES, PAGE = 3, 100
SHORTENED = re.compile(r"https?://t\.co/\w+")
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")

# 16:9, which a timeline shows whole. 5 MB: https://docs.x.com/x-api/media/introduction, seen November 2026.
# 1,000 characters: X's OpenAPI description 2.167, CreateMediaMetadataMetadataAltText.
PICTURES = PictureRules(width=1200, height=675, byte_limit=5_000_000, alt_limit=1000)

RULES = Rules(
    Counting.WEIGHTED,
    limit=280,
    link_length=23,  # t.co
    identical_text_allowed=False,  # https://help.x.com/en/rules-and-policies/x-automation, seen November 2026
    source="https://docs.x.com/fundamentals/counting-characters, seen November 2026",
    threads=True,
    pictures=PICTURES,
)


class XConnection:
    """One login of one account."""

    def __init__(self, account: Account, secrets: Mapping[str, str]) -> None:
        import tweepy

        self._tweepy = tweepy
        self._account = account
        self._client = tweepy.Client(
            consumer_key=secrets["API_KEY"],
            consumer_secret=secrets["API_SECRET"],
            access_token=secrets["ACCESS_TOKEN"],
            access_token_secret=secrets["ACCESS_TOKEN_SECRET"],
            return_type=dict,
        )
        # tweepy has its host written into it; the session swaps it before the request is signed.
        server = (account.server or DEFAULT_SERVER).rstrip("/")
        self._client.session = session(server, replace="https://api.twitter.com")
        self._user_id: str | None = None

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Post the text, or the posts of a thread that are not out yet, each in reply to the one before it.

        A duplicate-content refusal is evidence that it is there already: Doubtful. A picture whose time at X is
        over (24 hours after its upload) is Passing: it must be uploaded again.
        """
        parts = dispatch.parts
        for post in dispatch.message.posts[len(parts) :]:
            try:
                going_on(dispatch, parts)
                parts = (*parts, self._post(post.text, parts, dispatch.attachments))
            except NetworkError as error:
                raise error.after(parts) from None
        return self._receipt(dispatch, parts)

    def _post(self, text: str, before: tuple[str, ...], attachments: Sequence[Attachment]) -> str:
        answers = {"in_reply_to_tweet_id": before[-1]} if before else {}
        pictures = {"media_ids": [_uploaded(a) for a in attachments]} if attachments and not before else {}
        return _id_in(self._call(self._client.create_tweet, text=text, **answers, **pictures))

    def upload(self, attachment: Attachment) -> str:
        """Hand over a picture, then its alt text; the media id, which X keeps for 24 hours.

        tweepy 4.17 has no method for either; both are `POST /2/media/…` of X's OpenAPI description 2.167, which
        takes pictures whole, in base64, and asks no permission of OAuth 1.0a that posting does not need.
        """
        encoded = base64.b64encode(attachment.data).decode("ascii")
        picture = {"media": encoded, "media_category": "tweet_image"}
        try:
            media_id = _id_in(self._call(self._send, route="/2/media/upload", json=picture))
            if attachment.alt_text:
                described = {"id": media_id, "metadata": {"alt_text": {"text": attachment.alt_text}}}
                self._call(self._send, route="/2/media/metadata", json=described)
        except Doubtful as error:  # nothing is posted by an upload
            raise Passing(str(error)) from None
        return media_id

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Look through the account's own posts since shortly before the first attempt.

        The first post is one that answers nobody and has the text; `dispatch.parts` are believed. Those after it
        are in its conversation, later than the part before, and have their texts.
        """
        wanted = [post.text for post in dispatch.message.posts]
        parts, later = dispatch.parts, []
        for post in self._recent(dispatch):
            if parts and int(post["id"]) <= int(parts[-1]):
                break
            if str(post["id"]) in dispatch.known_remote_ids:
                continue
            if not parts and _conversation(post) == str(post["id"]) and says(post, wanted[0]):
                parts = (str(post["id"]),)
                break
            later.append(post)
        return self._receipt(dispatch, _carried_on(parts, wanted, later)) if parts else None

    def _recent(self, dispatch: Dispatch) -> Iterator[Mapping[str, Any]]:
        """The account's own posts, newest first. Raises Passing when there are more than can be read."""
        since = (earliest(dispatch.first_sent_at) - LOOK_BACK).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = None
        for _ in range(PAGES):
            page = self._look(
                self._client.get_users_tweets,
                id=self._me(),
                start_time=since,
                max_results=PAGE,
                tweet_fields=["conversation_id", "created_at", "entities"],
                pagination_token=token,
            )
            yield from page.get("data", [])
            token = page.get("meta", {}).get("next_token")
            if token is None:
                return
        raise Passing(f"the account posted more than {PAGES * PAGE} times since; a person must look")

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Likes, reposts, replies and impressions; a quote counts as a repost. Posts that are gone are left out."""
        found = {}
        for start in range(0, len(remote_ids), PAGE):
            ids = list(remote_ids[start : start + PAGE])
            answer = self._look(self._client.get_tweets, ids=ids, tweet_fields=["public_metrics"])
            for post in answer.get("data", []):
                found[str(post["id"])] = metrics_in(post.get("public_metrics", {}))
        return found

    def introduce(self, profile: Profile) -> list[str]:
        """What a person must do: the API changes no profile (none of X's OpenAPI description 2.167 does)."""
        return [
            "X lets no program change a profile. Sign in at x.com as this account:",
            f"Profile > Edit profile > Name: {profile.name}",
            f"Profile > Edit profile > Bio: {profile.description}",
            "Settings > Your account > Automation > Managing account: the account of the person who answers for "
            "this bot; X then shows the automated label (https://help.x.com/en/using-x/automated-account-labels)",
        ]

    def verify(self) -> list[Check]:
        """Who the credentials belong to, whether they may write, and the clock (OAuth 1.0a needs it right)."""
        try:
            me = self._look(self._client.get_me)["data"]
        except NetworkError as error:
            return [
                Check(
                    "sign in", False, str(error), "Make new keys with read and write at the developer portal."
                )
            ]
        last = self._client.session.last
        level = last.headers.get("x-access-level") if last is not None else None
        may_write = level is None or "write" in level
        wanted = (self._account.handle or me["username"]).lstrip("@")
        same = wanted.casefold() == me["username"].casefold()
        return [
            Check("sign in", True, f"@{me['username']}"),
            Check(
                "handle",
                same,
                f"config says {wanted}",
                f"Write handle: {me['username']}, or use that account's keys.",
            ),
            Check(
                "permission",
                may_write,
                level or "X does not say",
                "Give the app read and write, then make new tokens.",
            ),
            Check(
                "bot label",
                True,
                "not readable by API: set Settings > Your account > Automation, and name the operator",
            ),
            clock_check(last.headers if last is not None else {}),
        ]

    def allowances(self) -> tuple[Allowance, ...]:
        """The 15-minute window of the last request, and the day's windows of the account and the app."""
        last = self._client.session.last
        return allowances_in(last.headers if last is not None else {}, *LIMITS)

    def rules(self) -> Rules:
        """X's documented limits; its API does not tell them."""
        return RULES

    def delete(self, receipt: Receipt) -> None:
        """Take a post down, or every post of a thread, the last one first; what is gone already is well."""
        for post_id in reversed(receipt.parts or (receipt.remote_id,)):
            with suppress(_Gone):
                self._call(self._client.delete_tweet, id=post_id)

    def _me(self) -> str:
        if self._user_id is None:
            self._user_id = str(self._look(self._client.get_me)["data"]["id"])
        return self._user_id

    def _receipt(self, dispatch: Dispatch, parts: tuple[str, ...]) -> Receipt:
        handle = (self._account.handle or "i/web").lstrip("@")
        url = f"https://x.com/{handle}/status/{parts[0]}"
        return Receipt(parts[0], url, parts=parts if dispatch.message.thread else ())

    def _look(self, ask: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        """A request that changes nothing: whatever goes wrong with it may pass."""
        try:
            return self._call(ask, **arguments)
        except (Doubtful, Refused) as error:
            raise Passing(str(error)) from None

    def _send(self, **request: Any) -> Any:
        """What tweepy has no method for, signed and sent by tweepy."""
        return self._client.request("POST", **request).json()

    def _call(self, ask: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        import requests

        try:
            answer: dict[str, Any] = ask(**arguments, user_auth=True)
            return answer
        except self._tweepy.HTTPException as error:
            raise _meaning(error.response) from None
        except (requests.RequestException, OSError) as error:
            raise without_answer(error, "X") from None


class _Gone(Refused):
    """What was asked about is not there."""


def _meaning(response: Any) -> NetworkError:
    """What an answer that is not a success means, from its status and what it says."""
    status, said = response.status_code, _said(response)
    why = f"X answered {status}: {said}"
    if status == 401:
        return BadCredentials(why)
    if status == 429:
        return Passing(why, wait_seconds(response.headers, "x-rate-limit-reset"))
    if status >= 500:
        return Doubtful(why)
    if status == 403:
        return _forbidden(said, why)
    if status == 404:
        return _Gone(why)
    if "media ids are invalid" in said.lower():
        return StaleUpload(f"{why} The pictures must be uploaded again.")
    return Refused(why)


def _forbidden(said: str, why: str) -> NetworkError:
    lower = said.lower()
    if "duplicate content" in lower:
        return Doubtful(why)
    account_words = (
        "permission",
        "oauth",
        "client-not-enrolled",
        "client-forbidden",
        "unsupported-authentication",
    )
    suspended = "suspended" in lower or "locked" in lower
    return BadCredentials(why) if suspended or any(word in lower for word in account_words) else Refused(why)


def _said(response: Any) -> str:
    try:
        body = response.json()
    except ValueError:
        return str(response.reason)
    parts = [body.get(key) for key in ("title", "detail", "type", "reason")] if isinstance(body, dict) else []
    parts += [error.get("message") for error in body.get("errors", [])] if parts else []
    return "; ".join(dict.fromkeys(str(part) for part in parts if part)) or str(response.reason)


def _id_in(answer: Mapping[str, Any]) -> str:
    """The id of what was made; Doubtful when X names none."""
    made = answer.get("data") or {}
    if "id" not in made:
        raise Doubtful(f"X answered without an id: {answer.get('errors', answer)}")
    return str(made["id"])


def _uploaded(attachment: Attachment) -> str:
    if attachment.remote is None:
        raise Passing(f"the picture {attachment.key} has not been uploaded")
    return attachment.remote


def _carried_on(
    parts: tuple[str, ...], wanted: Sequence[str], later: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """The parts, and after them those of the later posts (newest first) that carry the thread on without a gap."""
    for text in wanted[len(parts) :]:
        after = (post for post in reversed(later) if int(post["id"]) > int(parts[-1]))
        thread = (post for post in after if _conversation(post) == parts[0])
        following = next((str(post["id"]) for post in thread if says(post, text)), None)
        if following is None:
            break
        parts = (*parts, following)
    return parts


def _conversation(post: Mapping[str, Any]) -> str:
    """The id of the post that began the conversation; its own where it answers nobody."""
    return str(post.get("conversation_id", post["id"]))


def metrics_in(counts: Mapping[str, int]) -> Metrics:
    """X's `public_metrics`; X named reposts `retweet_count` before its OpenAPI description 2.167."""
    reposts = counts.get("repost_count", counts.get("retweet_count"))
    return Metrics(
        likes=counts.get("like_count"),
        reposts=None if reposts is None else reposts + counts.get("quote_count", 0),
        replies=counts.get("reply_count"),
        views=counts.get("impression_count"),
    )


def says(post: Mapping[str, Any], written: str) -> bool:
    """Whether a post is this text: X escapes, writes t.co for each link, and adds a link for pictures.

    Any address passes for a t.co link, since X may name it before or after redirects; so does a mark of
    direction, which nobody sees, for none.
    """
    shown = html.unescape(str(post.get("text", "")))
    for url in post.get("entities", {}).get("urls") or []:
        if _is_picture(url, post):
            shown = shown.replace(url["url"], "")
    pieces = map(re.escape, SHORTENED.split(_normal(shown)))
    return re.fullmatch(r"\S+".join(pieces), _normal(written)) is not None


def _is_picture(url: Mapping[str, Any], post: Mapping[str, Any]) -> bool:
    """Whether X added this link itself, to stand for the pictures of the post."""
    own = f"/status/{post.get('id')}/photo/"
    return bool(url.get("media_key")) or own in str(url.get("expanded_url"))


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", DIRECTION.sub("", text)).split())


class XNetwork:
    """X."""

    name = "x"
    secrets = ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET")
    # https://docs.x.com/x-api/fundamentals/rate-limits: 100 per 15 minutes and user, 10,000 per day and app
    # (seen November 2026). What an access level allows per month is written in config/accounts.yaml.
    budgets: Mapping[str, int] = {"quarter_hour": 100, "day": 10_000}  # noqa: RUF012 - never changed

    def default_rules(self, account: Account) -> Rules:
        """The documented limits of an account without long posts."""
        return RULES

    def settle_seconds(self, account: Account) -> float:
        """Timelines may lag behind writes: a minute, or the account's option `settle_seconds`."""
        return float(account.options.get("settle_seconds", 60.0))

    def connect(self, account: Account, secrets: Mapping[str, str]) -> XConnection:
        """A login; nothing is asked of X yet."""
        return XConnection(account, secrets)


NETWORK = XNetwork()
