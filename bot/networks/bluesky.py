"""Bluesky, and any AT Protocol server, through atproto: app password, records under derived keys.

The record key and `createdAt` come from the delivery, so writing the same post again changes nothing
(seen on a real PDS, November 2026: same CID, no new commit). A thread is written in one `applyWrites`, all or
nothing; the same again is refused as a whole, so the first post tells whether it is out.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from bot.networks._bluesky_records import (
    COLLECTION,
    PROFILE,
    introduced,
    is_labelled,
    name_of_blob,
    record_of,
    records_of,
    tid_of,
    uri_of,
)
from bot.networks.base import (
    BadCredentials,
    Check,
    Doubtful,
    NetworkError,
    Passing,
    Refused,
    StaleUpload,
)
from bot.networks.transport import (
    CONNECT_SECONDS,
    READ_SECONDS,
    allowances_in,
    clock_check,
    wait_seconds,
    without_answer,
)

DEFAULT_SERVER = "https://bsky.social"
# The AppView that counts likes, asked through the account's own server, as Bluesky's app does. An account's option
# `appview` names another one: such an id, or the address of one to ask directly.
DEFAULT_APPVIEW = "did:web:api.bsky.app#bsky_appview"
POSTS_PER_LOOK = 25  # lexicon app.bsky.feed.getPosts
_REPO = "com.atproto.repo"

RULES = Rules(
    Counting.GRAPHEMES,
    limit=300,
    byte_limit=3000,
    links="host",
    source="app.bsky.feed.post lexicon: maxGraphemes 300, maxLength 3000; measured on a real PDS, November 2026",
    threads=True,
    # Lexicon app.bsky.embed.images: 2,000,000 bytes in @atproto/pds 0.5.35 (measured: one more is refused), 1,000,000
    # before that, and still for the picture of a link card (app.bsky.embed.external). It sets no limit on alt text;
    # Bluesky's own app does (MAX_ALT_TEXT in github.com/bluesky-social/social-app). All seen in November 2026.
    pictures=PictureRules(width=1200, height=675, byte_limit=976_000, alt_limit=2000),
    link_cards=True,
)


class BlueskyConnection:
    """One login of one account; the session refreshes itself."""

    def __init__(self, account: Account, password: str) -> None:
        from atproto import exceptions, models

        self._errors = exceptions
        self._models = models
        self._account = account
        self._password = password
        self._headers: Mapping[str, str] = {}
        self._sign_in()

    def _sign_in(self) -> None:
        if not self._account.handle:
            raise BadCredentials(f"{self._account.id}: write its handle in config/accounts.yaml")
        # A new client each time: one whose session has run out would try to refresh it before anything else.
        self._client = _client(self._account.server or DEFAULT_SERVER, self._keep_headers)
        self._has_run_out = False
        self._login(self._account.handle, self._password)

    def _sign_in_if_run_out(self) -> None:
        if self._has_run_out:
            self._sign_in()

    def _keep_headers(self, response: Any) -> None:
        self._headers = response.headers

    def _login(self, handle: str, password: str) -> None:
        with _as_passing(Doubtful, Refused):
            # Posting must not hang on an AppView, which a bare PDS does not have.
            self._call(self._client.login, handle, password, fetch_bsky_profile=False)
        session = self._client._session
        assert session is not None
        self._did, self._handle = str(session.did), str(session.handle)

    def publish(self, dispatch: Dispatch) -> Receipt:
        """Write the record under its derived key, where the same again is a no-op; a thread as a whole."""
        self._sign_in_if_run_out()
        if dispatch.message.thread:
            return self._look(dispatch) or self._write_thread(dispatch)
        key, record = tid_of(dispatch), record_of(dispatch)
        answer = self._write("putRecord", collection=COLLECTION, rkey=key, record=record)
        return self._receipt(str(answer["uri"]), str(answer["cid"]))

    def _write_thread(self, dispatch: Dispatch) -> Receipt:
        """What is not there, in one step: all of it, unless somebody took the first post down and not the others."""
        records = records_of(dispatch, self._did)
        head, *others = records
        with _as_passing(Doubtful, Refused):
            absent = [head, *(key for key in others if not self._is_there(key))]
        create = {"$type": f"{_REPO}.applyWrites#create", "collection": COLLECTION}
        writes = [{**create, "rkey": key, "value": records[key]} for key in absent]
        results = self._write("applyWrites", writes=writes)["results"]
        parts = tuple(uri_of(self._did, key) for key in records)
        return self._receipt(parts[0], str(results[0]["cid"]), parts)

    def find(self, dispatch: Dispatch) -> Receipt | None:
        """Read the record under the derived key."""
        self._sign_in_if_run_out()
        return self._look(dispatch)

    def _look(self, dispatch: Dispatch) -> Receipt | None:
        with _as_passing(Doubtful, Refused):
            head = self._get(COLLECTION, tid_of(dispatch))
            if head is None:
                return None
            return self._receipt(str(head["uri"]), str(head["cid"]), self._parts_there(dispatch))

    def _parts_there(self, dispatch: Dispatch) -> tuple[str, ...]:
        """The posts of a thread whose first one is there: all, unless somebody took some of them down."""
        if not dispatch.message.thread:
            return ()
        keys = [tid_of(dispatch, index) for index in range(len(dispatch.message.posts))]
        if not self._is_there(keys[-1]):
            further = itertools.takewhile(self._is_there, keys[1:-1])
            keys = [keys[0], *further]
        return tuple(uri_of(self._did, key) for key in keys)

    def _is_there(self, key: str) -> bool:
        return self._get(COLLECTION, key) is not None

    def _get(self, collection: str, rkey: str) -> Any:
        params = self._models.ComAtprotoRepoGetRecord.Params(repo=self._did, collection=collection, rkey=rkey)
        try:
            return self._ask(self._client.invoke_query, f"{_REPO}.getRecord", params)
        except Refused as error:
            if "RecordNotFound" in str(error) or "Could not locate record" in str(error):
                return None
            raise

    def _write(self, method: str, **body: Any) -> Any:
        # As it is, past the SDK's models: those add fields, and the posts of a thread name each other by content.
        content = json.dumps({"repo": self._did, **body}, ensure_ascii=False).encode()
        return self._ask(
            self._client.invoke_procedure,
            f"{_REPO}.{method}",
            content=content,
            input_encoding="application/json",
        )

    def _receipt(self, uri: str, cid: str, parts: tuple[str, ...] = ()) -> Receipt:
        rkey = uri.rsplit("/", 1)[-1]
        url = f"https://bsky.app/profile/{self._handle}/post/{rkey}"
        return Receipt(uri, url, {"cid": cid}, parts)

    def upload(self, attachment: Attachment) -> str:
        """Hand over a picture; its name holds all that a post needs to show it. The same bytes are one blob.

        A server forgets a blob that no post shows after a while, "eg, minutes"
        (https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob, seen November 2026).
        """
        self._sign_in_if_run_out()
        with _as_passing(Doubtful):
            answer = self._ask(
                self._client.invoke_procedure,
                f"{_REPO}.uploadBlob",
                content=attachment.data,
                headers={"Content-Type": attachment.mime},
            )
        return name_of_blob(answer["blob"])

    def introduce(self, profile: Profile) -> list[str]:
        """Set name, description and bot label; nothing is written where nothing changes."""
        self._sign_in_if_run_out()
        with _as_passing(Doubtful):
            try:
                return self._introduce(profile)
            except _Overtaken:
                return self._introduce(profile)

    def _introduce(self, profile: Profile) -> list[str]:
        found = self._get(PROFILE, "self")
        record, changes = introduced(found and found["value"], profile)
        if changes:
            swap = found and found["cid"]
            self._write("putRecord", collection=PROFILE, rkey="self", record=record, swapRecord=swap)
        return changes

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Metrics]:
        """Likes, reposts with quotes, and replies, as the AppView counts them; nobody tells views.

        To the AppView the next post of a thread is a reply, too: it is left out where it is asked about as well.
        """
        self._sign_in_if_run_out()
        looks = (remote_ids[at : at + POSTS_PER_LOOK] for at in range(0, len(remote_ids), POSTS_PER_LOOK))
        with _as_passing(Doubtful, Refused):
            posts = [post for uris in looks for post in self._posts(uris)]
        answered = Counter(_parent(post) for post in posts)
        return {post["uri"]: _metrics(post, answered[post["uri"]]) for post in posts}

    def _posts(self, uris: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        params = self._models.AppBskyFeedGetPosts.Params(uris=list(uris))
        appview = self._account.options.get("appview", DEFAULT_APPVIEW)
        client, headers = self._client, {"atproto-proxy": appview}
        if not appview.startswith("did:"):  # a stranger, who must not see the session's token
            client, headers = _client(appview), {}
        found: Sequence[Mapping[str, Any]] = self._ask(
            client.invoke_query, "app.bsky.feed.getPosts", params, headers=headers
        )["posts"]
        return found

    def verify(self) -> list[Check]:
        """The login, the handle, the bot label of the profile, and the clock."""
        checks = [Check("sign in", True, f"{self._handle} ({self._did})")]
        wanted = (self._account.handle or "").lstrip("@")
        same = wanted.casefold() in (self._handle.casefold(), self._did)
        checks.append(Check("handle", same, f"config says {wanted}", f"Write handle: {self._handle}."))
        try:
            profile = self._get(PROFILE, "self")
        except NetworkError as error:
            return [*checks, Check("bot label", False, str(error), "Try again later.")]
        labelled = is_labelled(profile and profile["value"])
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
        """Delete the record, or in one step every record of a thread; what is gone already is no error."""
        self._sign_in_if_run_out()
        keys = [uri.rsplit("/", 1)[-1] for uri in receipt.parts or (receipt.remote_id,)]
        there = [key for key in keys if self._is_there(key)]
        writes = [
            {"$type": f"{_REPO}.applyWrites#delete", "collection": COLLECTION, "rkey": key} for key in there
        ]
        if writes:
            self._write("applyWrites", writes=writes)

    def _ask(self, ask: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        content = self._call(ask, *arguments, **options).content
        if not isinstance(content, dict):
            raise Doubtful("the Bluesky server answered something that is not JSON")
        return content

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
        if "BlobNotFound" in why or "Could not find blob" in why:
            return StaleUpload(why)
        if "InvalidSwap" in why:
            return _Overtaken(why)
        if status == 429:
            return Passing(why, wait_seconds(error.response.headers, "ratelimit-reset"))
        return Doubtful(why) if status >= 500 else Refused(why)


class _Overtaken(Passing):
    """Somebody else changed the record since it was read."""


@contextmanager
def _as_passing(*kinds: type[NetworkError]) -> Iterator[None]:
    """Where the same request again does no harm, these errors only mean: try again."""
    try:
        yield
    except kinds as error:
        raise Passing(str(error)) from None


def _client(address: str, keep_headers: Callable[[Any], None] | None = None) -> Any:
    import httpx
    from atproto import Client, Request

    limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    hooks = {"response": [keep_headers]} if keep_headers else {}
    return Client(base_url=address, request=Request(timeout=limits, event_hooks=hooks))


def _parent(post: Mapping[str, Any]) -> str | None:
    parent: str | None = post["record"].get("reply", {}).get("parent", {}).get("uri")
    return parent


def _metrics(post: Mapping[str, Any], own_replies: int) -> Metrics:
    shared = [post[name] for name in ("repostCount", "quoteCount") if name in post]
    replies = post.get("replyCount")
    return Metrics(
        likes=post.get("likeCount"),
        reposts=sum(shared) if shared else None,
        replies=None if replies is None else max(replies - own_replies, 0),
    )


class BlueskyNetwork:
    """Bluesky and other AT Protocol servers."""

    name = "bluesky"
    secrets = ("APP_PASSWORD",)
    # A post, and each post of a thread, costs 3 of 5,000 points an hour and of 35,000 a day
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
