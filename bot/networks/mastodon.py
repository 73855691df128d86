"""Mastodon, and servers that speak its API, through Mastodon.py.

`Idempotency-Key` is sent, but servers forget it after about an hour and some never honour it
(snac2 2.75, seen November 2026), so a look at the account's own statuses comes before any late retry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from bot.model import Account, Allowance, Counting, Dispatch, Receipt, Rules
from bot.networks.base import BadCredentials, Check, Doubtful, NetworkError, Passing, Refused
from bot.networks.transport import allowances_in, clock_check, earliest, session, wait_seconds, without_answer

LOOK_BACK = timedelta(days=2)  # wide, because this machine's clock may be wrong
PAGES, PAGE = 5, 40

RULES = Rules(
    Counting.CHARACTERS,
    limit=500,
    link_length=23,
    source="https://docs.joinmastodon.org/user/posting/, seen November 2026; a server may tell its own",
)


class _Text(HTMLParser):
    """A status's HTML as the text a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(content: str) -> str:
    """The text of a status's HTML; links in full, since Mastodon only hides parts of them."""
    reader = _Text()
    reader.feed(content)
    reader.close()
    return "".join(reader.parts).strip()


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


class MastodonConnection:
    """One login of one account."""

    def __init__(self, account: Account, token: str) -> None:
        from mastodon import Mastodon, errors

        if not account.server:
            raise BadCredentials(f"{account.id}: write its server in config/accounts.yaml")
        self._errors = errors
        self._account = account
        self._session = session()
        self._client = Mastodon(
            access_token=token,
            api_base_url=account.server.rstrip("/"),
            ratelimit_method="throw",
            session=self._session,
            user_agent="forward-not-fragmented-bot",
        )
        self._me: Any = None

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Post the text publicly, in its language, with the delivery as idempotency key."""
        status = self._call(
            self._client.status_post,
            dispatch.message.text,
            language=dispatch.message.language,
            visibility="public",
            idempotency_key=dispatch.delivery_id,
        )
        return _receipt(status)

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Look through the account's own statuses since shortly before the first attempt."""
        wanted = _normal(dispatch.message.text)
        since = earliest(dispatch.first_sent_at) - LOOK_BACK
        newest = None
        for _ in range(PAGES):
            page = self._look(self._client.account_statuses, self._own_id(), limit=PAGE, max_id=newest)
            for status in page:
                if _is(status, wanted) and str(status["id"]) not in dispatch.known_remote_ids:
                    return _receipt(status)
            if not page or _created_at(page[-1]) < since:
                return None
            if page[-1]["id"] == newest and len(page) < PAGE:
                return None  # a server that pages by its own rules (snac2) has shown all it has
            newest = page[-1]["id"]
        raise Passing(f"the account posted more than {PAGES * PAGE} times since; a person must look")

    def _own_id(self) -> Any:
        if self._me is None:
            self._me = self._look(self._client.account_verify_credentials)
        return self._me["id"]

    def verify(self) -> list[Check]:
        """The token, its scopes where the server tells them, the bot flag of the profile, and the clock."""
        try:
            me = self._look(self._client.account_verify_credentials)
        except NetworkError as error:
            return [Check("sign in", False, str(error), "Make a new token at Preferences > Development.")]
        clock = clock_check(self._session.last.headers if self._session.last is not None else {})
        is_bot = bool(me.get("bot"))
        mend = "Tick 'This is an automated account' at Preferences > Public profile."
        return [
            Check("sign in", True, f"@{me['acct']}"),
            self._permission(),
            Check("bot label", is_bot, "set" if is_bot else "not set", mend),
            clock,
        ]

    def _permission(self) -> Check:
        try:
            app = self._look(self._client.app_verify_credentials)
        except NetworkError:
            return Check("permission", True, "the server does not tell the token's scopes")
        scopes = app.get("scopes") or []
        may_write = not scopes or any(scope in ("write", "write:statuses") for scope in scopes)
        detail = " ".join(scopes) or "the server does not tell the token's scopes"
        return Check("permission", may_write, detail, "Make a new token with write:statuses.")

    def allowances(self) -> tuple[Allowance, ...]:
        """The window of the last request, where the server tells it."""
        last = self._session.last
        return allowances_in(last.headers if last is not None else {}, "x-ratelimit")

    def rules(self) -> Rules:
        """The limits the server tells: by /api/v2/instance, else v1, else the documented ones."""
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                told = self._session.request(
                    "GET", f"{(self._account.server or '').rstrip('/')}{path}"
                ).json()
            except (OSError, ValueError):
                continue
            statuses = (
                (told.get("configuration") or {}).get("statuses") or {} if isinstance(told, dict) else {}
            )
            if statuses.get("max_characters"):
                return _told_rules(statuses, path, self._account.server)
        return RULES

    def delete(self, receipt: Receipt) -> None:
        """Take a status down."""
        self._call(self._client.status_delete, receipt.remote_id)

    def _look(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A request that changes nothing: whatever goes wrong with it may pass."""
        try:
            return self._call(ask, *arguments, **options)
        except (Doubtful, Refused) as error:
            raise Passing(str(error)) from None

    def _call(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self._session.last = None
        try:
            return ask(*arguments, **options)
        except (self._errors.MastodonError, OSError) as error:
            raise self._meaning(error) from None

    def _meaning(self, error: Exception) -> NetworkError:
        response = self._session.last
        if response is None:
            return without_answer(error, f"{self._account.server}")
        status = response.status_code
        why = f"{self._account.server} answered {status}: {_said(response)}"
        if status == 401 or (status == 403 and "limit" not in why):
            return BadCredentials(why)
        if status == 429:
            return Passing(why, wait_seconds(response.headers, "x-ratelimit-reset"))
        if status >= 500 or status < 400:
            return Doubtful(why)
        return Refused(why)


def _said(response: Any) -> str:
    try:
        return str(response.json().get("error") or response.reason)
    except (ValueError, AttributeError):
        return str(response.reason)


def _is(status: Any, wanted: str) -> bool:
    shown = _normal(text_of(status["content"]))
    written = status.get("text")
    return wanted in (shown, _normal(written) if isinstance(written, str) else None)


def _created_at(status: Any) -> datetime:
    at = status["created_at"]
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(re.sub(r"Z$", "+00:00", str(at)))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _receipt(status: Any) -> Receipt:
    return Receipt(
        str(status["id"]), str(status["url"]) if status.get("url") else None, {"uri": str(status.get("uri"))}
    )


def _told_rules(statuses: Any, path: str, server: str | None) -> Rules:
    link = int(statuses.get("characters_reserved_per_url") or 23)
    return Rules(
        Counting.CHARACTERS, int(statuses["max_characters"]), link_length=link, source=f"{server}{path}"
    )


class MastodonNetwork:
    """Mastodon and servers that speak its API."""

    name = "mastodon"
    secrets = ("ACCESS_TOKEN",)
    # Mastodon's default of 300 requests in 5 minutes (https://docs.joinmastodon.org/api/rate-limits/, seen
    # November 2026) leaves room for looks; servers tell their own in headers.
    budgets: Mapping[str, int] = {"quarter_hour": 300}  # noqa: RUF012 - never changed

    def default_rules(self, account: Account) -> Rules:
        """Mastodon's documented limits."""
        return RULES

    def settle_seconds(self, account: Account) -> float:
        """A server shows an account its own statuses at once, or nearly."""
        return 5.0

    def connect(self, account: Account, secrets: Mapping[str, str]) -> MastodonConnection:
        """A login; nothing is asked of the server yet."""
        return MastodonConnection(account, secrets["ACCESS_TOKEN"])


NETWORK = MastodonNetwork()
