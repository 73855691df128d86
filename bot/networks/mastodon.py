"""Mastodon, and servers that speak its API, through Mastodon.py.

`Idempotency-Key` is sent, but servers forget it after about an hour and some never honour it
(snac2 2.75, seen November 2026), so a look at the account's own statuses comes before any late retry.

Of a thread the first post is public and the others are unlisted, as is the custom: they are read as replies to it,
and the public timelines show the message once.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.model import (
    Account,
    Allowance,
    Attachment,
    Counting,
    Dispatch,
    Illustration,
    Metrics,
    PictureRules,
    Profile,
    Receipt,
    Rules,
)
from bot.networks._mastodon_answers import (
    created_at,
    introduction_of,
    is_first,
    metrics_of,
    original,
    parts_of,
    receipt_of,
    told_rules,
)
from bot.networks._mastodon_text import normal, sent
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

# Told to Mastodon.py so that it does not ask: 2.3.3 asks without end where a server does not tell its version.
SPOKEN = "4.3.0"
LOOK_BACK = timedelta(days=2)  # wide, because this machine's clock may be wrong
PAGES, PAGE = 5, 40
BATCH = 20  # statuses asked for at once: DEFAULT_STATUSES_LIMIT of Mastodon's Api::BaseController
PROCESSING_SECONDS, POLL_SECONDS = 10.0, 1.0  # how long an upload may be in processing, and between two looks

RULES = Rules(
    Counting.CHARACTERS,
    limit=500,
    link_length=23,
    source="https://docs.joinmastodon.org/user/posting/, seen November 2026; a server may tell its own",
    threads=True,
    pictures=PictureRules(1200, 675, byte_limit=16 * 1024 * 1024, alt_limit=1500),
)

# What servers answer to a status whose pictures they do not have (any more), or have not finished processing.
_GONE = re.compile(r"media\b.*\bnot found|already attached", re.IGNORECASE)
_UNFINISHED = "not finished processing"
_PARTS = {"display_name": "name", "note": "description", "bot": "bot label"}
_BY_HAND = "Set it by hand at Preferences > Public profile."


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
            mastodon_version=SPOKEN,
            version_check_mode="created",
        )
        self._me: Any = None
        self._takes_batches = True

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Post what is not out yet, in order, each in reply to the one before; the pictures with the first.

        The delivery is the first one's idempotency key; of the nth it is followed by /n. An upload serves one
        status only, and servers forget what stays unused for about a day.
        """
        parts, posts = dispatch.parts, dispatch.message.posts
        try:
            head = self._status(parts[0]) if parts else None
            for number in range(len(parts), len(posts)):
                going_on(dispatch, parts)
                status = self._post(dispatch, number, parts[-1] if parts else None)
                head, parts = head or status, (*parts, str(status["id"]))
        except StaleUpload as error:
            return self._despite(error, dispatch)
        except NetworkError as error:
            raise error.after(parts) from None
        return receipt_of(head, parts if len(posts) > 1 else ())

    def _post(self, dispatch: Dispatch, number: int, in_reply_to: str | None) -> Any:
        message = dispatch.message.posts[number]
        try:
            return self._call(
                self._client.status_post,
                sent(message.text),
                in_reply_to_id=in_reply_to,
                media_ids=_uploads(dispatch) if number == 0 else None,
                language=message.language,
                visibility="unlisted" if number else "public",
                idempotency_key=f"{dispatch.delivery_id}/{number + 1}" if number else dispatch.delivery_id,
            )
        except Refused as error:
            if dispatch.attachments and _GONE.search(str(error)):
                raise StaleUpload(str(error)) from None
            if _UNFINISHED in str(error):
                raise Passing(str(error)) from None
            raise

    def _despite(self, stale: StaleUpload, dispatch: Dispatch) -> Receipt:
        """A picture may be taken because this very post has it already: look before it is uploaded anew."""
        try:
            found = self.find(dispatch)
        except Passing as error:
            raise Doubtful(f"{stale}; and the look whether it is out failed: {error}") from None
        if found is None:
            raise stale
        return self.publish(replace(dispatch, parts=found.parts or (found.remote_id,)))

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Look through the account's own statuses since shortly before the first attempt."""
        head = self._status_if_there(dispatch.parts[0]) if dispatch.parts else None
        if dispatch.parts and head is None:
            return None
        wanted, since = normal(dispatch.message.text), earliest(dispatch.first_sent_at) - LOOK_BACK
        seen = []
        for status in self._own_statuses(since):
            seen.append(status)
            if head is None and is_first(status, wanted, dispatch.known_remote_ids):
                head = status
            if head is not None and status["id"] == head["id"]:
                break
        if head is None:
            return None
        return receipt_of(head, parts_of(dispatch, str(head["id"]), seen) if dispatch.message.thread else ())

    def _own_statuses(self, since: datetime) -> Iterator[Any]:
        own, newest = self._own_id(), None
        for _ in range(PAGES):
            page = self._look(self._client.account_statuses, own, limit=PAGE, max_id=newest)
            yield from (status for status in map(original, page) if str(status["account"]["id"]) == str(own))
            if not page or created_at(page[-1]) < since:
                return
            if page[-1]["id"] == newest and len(page) < PAGE:
                return  # a server that pages by its own rules (snac2) has shown all it has
            newest = page[-1]["id"]
        raise Passing(f"the account posted more than {PAGES * PAGE} times since; a person must look")

    def _status(self, remote_id: str) -> Any:
        return original(self._ask(self._client.status, remote_id))

    def _own_id(self) -> Any:
        if self._me is None:
            self._me = self._look(self._client.account_verify_credentials)
        return self._me["id"]

    def upload(self, attachment: Attachment) -> str:
        """Hand over a picture with its alt text, and wait until the server has processed it."""
        media = self._ask(
            self._client.media_post,
            attachment.data,
            mime_type=attachment.mime,
            description=attachment.alt_text,
            file_name=_file_name(attachment),
        )
        until = time.monotonic() + PROCESSING_SECONDS
        while not media.get("url"):
            if time.monotonic() > until:
                raise Passing(f"{self._account.server} is still processing the picture", PROCESSING_SECONDS)
            time.sleep(POLL_SECONDS)
            media = self._ask(self._client.media, media["id"])
        return str(media["id"])

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Favourites, boosts and replies; Mastodon counts no views.

        To Mastodon the next post of a thread is a reply, too: it is left out where it is asked about as well.
        """
        statuses = [status for ids in _batches(remote_ids) for status in self._statuses(ids)]
        own = Counter(str(status.get("in_reply_to_id")) for status in statuses)
        return {str(status["id"]): metrics_of(status, own[str(status["id"])]) for status in statuses}

    def _statuses(self, ids: Sequence[str]) -> list[Any]:
        """All at once where the server can (Mastodon since 4.3), else one by one, without those it has not."""
        if self._takes_batches:
            try:
                return list(self._ask(self._client.statuses, ids))
            except Refused:
                self._takes_batches = False
        return [status for status in map(self._status_if_there, ids) if status is not None]

    def _status_if_there(self, remote_id: str) -> Any:
        try:
            return self._status(remote_id)
        except Refused:
            return None

    def introduce(self, profile: Profile) -> list[str]:
        """Set what differs of name, description and bot label, each by itself; picture and fields stay."""
        wanted: dict[str, str | bool] = {
            "display_name": profile.name,
            "note": profile.description.strip(),
            "bot": True,
        }
        before = introduction_of(self._look(self._client.account_verify_credentials))
        return [
            self._introduced(part, value, before[part])
            for part, value in wanted.items()
            if before[part] != value
        ]

    def _introduced(self, part: str, value: str | bool, before: str | bool) -> str:
        name = _PARTS[part]
        try:
            after = introduction_of(self._ask(self._client.account_update_credentials, **{part: value}))[part]
        except (Refused, BadCredentials) as error:
            return f"The {name} stays as it is: {error}. {_BY_HAND}"
        if after != value:
            return f"The {name} is not as asked: {self._account.server} shows {after!r}. {_BY_HAND}"
        return f"The {name} is set." if part == "bot" else f"The {name} was {before!r} and is {value!r}."

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
        scopes = set(app.get("scopes") or ["write"])
        needed = {"write:statuses", "write:media"}
        if self._account.illustration is not Illustration.CARDS:
            needed.remove("write:media")
        may_write = "write" in scopes or needed <= scopes
        detail = " ".join(app.get("scopes") or []) or "the server does not tell the token's scopes"
        return Check(
            "permission", may_write, detail, f"Make a new token with {' and '.join(sorted(needed))}."
        )

    def allowances(self) -> tuple[Allowance, ...]:
        """The window of the last request, where the server tells it."""
        last = self._session.last
        return allowances_in(last.headers if last is not None else {}, "x-ratelimit")

    def rules(self) -> Rules:
        """The limits the server tells: by /api/v2/instance, else v1, else the documented ones."""
        for path in ("/api/v2/instance", "/api/v1/instance"):
            address = f"{(self._account.server or '').rstrip('/')}{path}"
            try:
                told = self._session.request("GET", address).json()
            except (OSError, ValueError):
                continue
            configuration = (told.get("configuration") if isinstance(told, dict) else None) or {}
            if (configuration.get("statuses") or {}).get("max_characters"):
                return told_rules(RULES, configuration, address)
        return RULES

    def delete(self, receipt: Receipt) -> None:
        """Take a post down, of a thread the last one first; what is gone already is left alone."""
        for remote_id in reversed(receipt.parts or (receipt.remote_id,)):
            try:
                self._call(self._client.status_delete, remote_id)
            except Refused:
                if self._status_if_there(remote_id) is not None:
                    raise

    def _look(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A question: whatever goes wrong with it may pass."""
        try:
            return self._ask(ask, *arguments, **options)
        except Refused as error:
            raise Passing(str(error)) from None

    def _ask(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A request that posts nothing, so that it does no harm twice."""
        try:
            return self._call(ask, *arguments, **options)
        except Doubtful as error:
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


def _file_name(attachment: Attachment) -> str:
    # snac2 2.75 keeps pictures by their file's name, each with the alt text that came last.
    alt = hashlib.sha256(attachment.alt_text.encode()).hexdigest()[:8]
    return f"{attachment.key}-{alt}{mimetypes.guess_extension(attachment.mime) or ''}"


def _uploads(dispatch: Dispatch) -> list[str] | None:
    names = [attachment.remote for attachment in dispatch.attachments if attachment.remote]
    if len(names) < len(dispatch.attachments):
        raise StaleUpload("a picture was not uploaded yet")
    return names or None


def _batches(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]


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
