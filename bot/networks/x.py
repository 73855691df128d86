"""X, through tweepy: OAuth 1.0a user context and the v2 endpoints.

X has no idempotency: whether a post went out is decided by a look at the account's own posts.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from bot.model import Account, Allowance, Counting, Dispatch, Receipt, Rules
from bot.networks.base import BadCredentials, Check, Doubtful, NetworkError, Passing, Refused
from bot.networks.transport import allowances_in, clock_check, earliest, session, wait_seconds, without_answer

DEFAULT_SERVER = "https://api.x.com"  # the server of X's own OpenAPI description 2.167, July 2026
LOOK_BACK = timedelta(days=2)  # wide, because this machine's clock may be wrong and X's is not
PAGES, PAGE = 3, 100
LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")

RULES = Rules(
    Counting.WEIGHTED,
    limit=280,
    link_length=23,  # t.co
    identical_text_allowed=False,  # https://help.x.com/en/rules-and-policies/x-automation, seen November 2026
    source="https://docs.x.com/fundamentals/counting-characters, seen November 2026",
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
        """Post the text. A duplicate-content refusal is evidence that it is there already: Doubtful."""
        answer = self._call(self._client.create_tweet, text=dispatch.message.text, user_auth=True)
        return self._receipt(str(answer["data"]["id"]))

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Look through the account's own posts since shortly before the first attempt."""
        wanted = _normal(dispatch.message.text)
        since = (earliest(dispatch.first_sent_at) - LOOK_BACK).strftime("%Y-%m-%dT%H:%M:%SZ")
        token = None
        for _ in range(PAGES):
            page = self._look(
                self._client.get_users_tweets,
                id=self._me(),
                start_time=since,
                max_results=PAGE,
                tweet_fields=["created_at", "entities"],
                pagination_token=token,
                user_auth=True,
            )
            for post in page.get("data", []):
                if _normal(expanded(post)) == wanted and str(post["id"]) not in dispatch.known_remote_ids:
                    return self._receipt(str(post["id"]))
            token = page.get("meta", {}).get("next_token")
            if token is None:
                return None
        raise Passing(f"the account posted more than {PAGES * PAGE} times since; a person must look")

    def verify(self) -> list[Check]:
        """Who the credentials belong to, whether they may write, and the clock (OAuth 1.0a needs it right)."""
        try:
            me = self._look(self._client.get_me, user_auth=True)["data"]
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
        """Take a post down."""
        self._call(self._client.delete_tweet, id=receipt.remote_id, user_auth=True)

    def _me(self) -> str:
        if self._user_id is None:
            self._user_id = str(self._look(self._client.get_me, user_auth=True)["data"]["id"])
        return self._user_id

    def _receipt(self, post_id: str) -> Receipt:
        handle = (self._account.handle or "i/web").lstrip("@")
        return Receipt(post_id, f"https://x.com/{handle}/status/{post_id}")

    def _look(self, ask: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        """A request that changes nothing: whatever goes wrong with it may pass."""
        try:
            return self._call(ask, **arguments)
        except (Doubtful, Refused) as error:
            raise Passing(str(error)) from None

    def _call(self, ask: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        import requests

        try:
            answer: dict[str, Any] = ask(**arguments)
            return answer
        except self._tweepy.HTTPException as error:
            raise _meaning(error.response) from None
        except (requests.RequestException, OSError) as error:
            raise without_answer(error, "X") from None


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
    return "; ".join(dict.fromkeys(str(part) for part in parts if part)) or str(response.reason)


def expanded(post: Mapping[str, Any]) -> str:
    """The text as it was written: t.co links put back, and the three escaped characters unescaped."""
    text = str(post.get("text", ""))
    for url in post.get("entities", {}).get("urls", []):
        text = text.replace(url["url"], url.get("unwound_url") or url.get("expanded_url") or url["url"])
    return html.unescape(text)


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


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
