"""Bluesky, and any AT Protocol server, through atproto: app password, putRecord under a derived key.

The record key and `createdAt` come from the delivery, so writing the same post again changes nothing
(seen on a real PDS, November 2026: same CID, no new commit).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.model import Account, Allowance, Counting, Dispatch, EntityKind, Message, Receipt, Rules
from bot.networks.base import BadCredentials, Check, Doubtful, NetworkError, Passing, Refused
from bot.networks.transport import (
    CONNECT_SECONDS,
    READ_SECONDS,
    allowances_in,
    clock_check,
    wait_seconds,
    without_answer,
)

DEFAULT_SERVER = "https://bsky.social"
COLLECTION = "app.bsky.feed.post"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"

RULES = Rules(
    Counting.GRAPHEMES,
    limit=300,
    byte_limit=3000,
    links="host",
    source="app.bsky.feed.post lexicon: maxGraphemes 300, maxLength 3000; measured on a real PDS, November 2026",
)


def tid_of(dispatch: Dispatch) -> str:
    """The record key: a TID (13 characters, sorts by time) made of the first attempt's moment and the delivery's id.

    53 bits of microseconds, then 10 of clock id (https://atproto.com/specs/tid). The delivery's hash fills the
    last 10 bits of the microseconds and the clock id, so that deliveries of one moment do not meet.
    """
    micros = int(dispatch.first_sent_at.timestamp() * 1_000_000)
    lot = int.from_bytes(hashlib.sha256(dispatch.delivery_id.encode()).digest()[:3], "big")
    number = ((micros & ~0x3FF) | (lot & 0x3FF)) << 10 | (lot >> 10 & 0x3FF)
    return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))


def record_of(dispatch: Dispatch) -> dict[str, Any]:
    """The post as a record; the same dispatch always gives the same. Raises Refused for a facet beyond the text."""
    message = dispatch.message
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "text": message.text,
        "createdAt": _moment(dispatch.first_sent_at),
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


class BlueskyConnection:
    """One login of one account; the session refreshes itself."""

    def __init__(self, account: Account, password: str) -> None:
        from atproto import exceptions

        self._errors = exceptions
        self._account = account
        self._password = password
        self._headers: Mapping[str, str] = {}
        self._sign_in()

    def _sign_in(self) -> None:
        import httpx
        from atproto import Client, Request

        if not self._account.handle:
            raise BadCredentials(f"{self._account.id}: write its handle in config/accounts.yaml")
        limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        request = Request(timeout=limits, event_hooks={"response": [self._keep_headers]})
        # A new client each time: one whose session has run out would try to refresh it before anything else.
        self._client = Client(base_url=self._account.server or DEFAULT_SERVER, request=request)
        self._has_run_out = False
        self._login(self._account.handle, self._password)

    def _sign_in_if_run_out(self) -> None:
        if self._has_run_out:
            self._sign_in()

    def _keep_headers(self, response: Any) -> None:
        self._headers = response.headers

    def _login(self, handle: str, password: str) -> None:
        try:
            # Posting must not hang on an AppView, which a bare PDS does not have.
            self._call(self._client.login, handle, password, fetch_bsky_profile=False)
        except (Doubtful, Refused) as error:
            raise Passing(str(error)) from None
        session = self._client._session
        assert session is not None
        self._did, self._handle = str(session.did), str(session.handle)

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Write the record under its derived key; the same again is a no-op."""
        self._sign_in_if_run_out()
        data = {
            "repo": self._did,
            "collection": COLLECTION,
            "rkey": tid_of(dispatch),
            "record": record_of(dispatch),
        }
        answer = self._call(self._client.com.atproto.repo.put_record, data)
        return self._receipt(str(answer.uri), str(answer.cid))

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Read the record under the derived key."""
        self._sign_in_if_run_out()
        try:
            answer = self._get(COLLECTION, tid_of(dispatch))
        except (Doubtful, Refused) as error:
            raise Passing(str(error)) from None
        return self._receipt(str(answer.uri), str(answer.cid)) if answer else None

    def _get(self, collection: str, rkey: str) -> Any:
        params = {"repo": self._did, "collection": collection, "rkey": rkey}
        try:
            return self._call(self._client.com.atproto.repo.get_record, params)
        except Refused as error:
            if "RecordNotFound" in str(error) or "Could not locate record" in str(error):
                return None
            raise

    def _receipt(self, uri: str, cid: str) -> Receipt:
        rkey = uri.rsplit("/", 1)[-1]
        return Receipt(uri, f"https://bsky.app/profile/{self._handle}/post/{rkey}", {"cid": cid})

    def verify(self) -> list[Check]:
        """The login, the handle, the bot label of the profile, and the clock."""
        checks = [Check("sign in", True, f"{self._handle} ({self._did})")]
        wanted = (self._account.handle or "").lstrip("@")
        same = wanted.casefold() in (self._handle.casefold(), self._did)
        checks.append(Check("handle", same, f"config says {wanted}", f"Write handle: {self._handle}."))
        try:
            profile = self._get("app.bsky.actor.profile", "self")
        except NetworkError as error:
            return [*checks, Check("bot label", False, str(error), "Try again later.")]
        labelled = "'bot'" in str(getattr(profile, "value", "")) or '"bot"' in str(
            getattr(profile, "value", "")
        )
        mend = "Label the profile as a bot (self-label `bot`), and name the operator in its description."
        checks.append(Check("bot label", labelled, "set" if labelled else "not set", mend))
        return [*checks, clock_check(self._server_headers())]

    def _server_headers(self) -> Mapping[str, str]:
        try:
            answer = self._client.request.get(
                f"{(self._account.server or DEFAULT_SERVER).rstrip('/')}/xrpc/_health"
            )
        except self._errors.AtProtocolError:
            return {}
        headers: Mapping[str, str] = answer.headers
        return headers

    def allowances(self) -> tuple[Allowance, ...]:
        """The window of the last request, where the server tells it."""
        return allowances_in(self._headers, "ratelimit")

    def rules(self) -> Rules:
        """The lexicon's limits; they hold on every server."""
        return RULES

    def delete(self, receipt: Receipt) -> None:
        """Delete the record."""
        rkey = receipt.remote_id.rsplit("/", 1)[-1]
        data = {"repo": self._did, "collection": COLLECTION, "rkey": rkey}
        self._call(self._client.com.atproto.repo.delete_record, data)

    def _call(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        import httpx

        try:
            return ask(*arguments, **options)
        except self._errors.RequestErrorBase as error:
            raise self._meaning(error) from None
        except (httpx.HTTPError, OSError) as error:
            raise without_answer(error, "the Bluesky server") from None

    def _meaning(self, error: Any) -> NetworkError:
        if error.response is None:
            return without_answer(error, "the Bluesky server")
        status = error.response.status_code
        why = f"the Bluesky server answered {error}"
        if (
            "ExpiredToken" in why
        ):  # a session that ran out, or was ended; a new one shows whether the password holds
            self._has_run_out = True
            return Passing(why)
        if (
            status == 401
            or "AuthFactorTokenRequired" in why
            or "AccountTakedown" in why
            or "InvalidToken" in why
        ):
            return BadCredentials(why)
        if status == 429:
            return Passing(why, wait_seconds(error.response.headers, "ratelimit-reset"))
        return Doubtful(why) if status >= 500 else Refused(why)


class BlueskyNetwork:
    """Bluesky and other AT Protocol servers."""

    name = "bluesky"
    secrets = ("APP_PASSWORD",)
    # A post costs 3 of 5,000 points an hour and of 35,000 a day
    # (https://docs.bsky.app/docs/advanced-guides/rate-limits, seen November 2026).
    budgets: Mapping[str, int] = {"hour": 1666, "day": 11_666}  # noqa: RUF012 - never changed

    def default_rules(self, account: Account) -> Rules:
        """The lexicon's limits."""
        return RULES

    def settle_seconds(self, account: Account) -> float:
        """A PDS reads its own writes."""
        return 0.0

    def connect(self, account: Account, secrets: Mapping[str, str]) -> BlueskyConnection:
        """Sign in. Raises BadCredentials or Passing."""
        return BlueskyConnection(account, secrets["APP_PASSWORD"])


NETWORK = BlueskyNetwork()
