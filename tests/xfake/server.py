"""A stateful fake of X's API v2 on a loopback port, for tests.

with XServer() as server:
    account = server.create_account("facts")
    ...                                  # post to server.url with the account's secrets
    server.posts(account.user_id)        # what a follower sees
    server.violations                    # what the description of the API did not allow
"""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from tests.xfake import openapi, pictures, wording
from tests.xfake.answers import Answer, app_only, faulty, invalid, missing, not_found, plain, problem
from tests.xfake.oauth import NotAuthenticatedError, SignatureChecker, XAccount
from tests.xfake.openapi import Operation
from tests.xfake.pictures import Picture
from tests.xfake.wire import Fault, HttpServer, Request, Seen
from tests.xfake.world import Post, World, page_of

DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
LIMIT_WINDOW = 900
MODELLED = {"text", "reply", "reply_settings", "made_with_ai", "paid_partnership", "media"}
METADATA_MODELLED = {"alt_text"}


class XServer:
    """X's API v2 for the accounts created in it. Use it as a context manager."""

    def __init__(
        self, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC), accept_tweet_fields: bool = True
    ) -> None:
        self.accept_tweet_fields = accept_tweet_fields
        self.refuse_duplicates = False
        self.bearer_token = "AAAAAAAAAAAAAAAAAAAAAfake-app-only"
        self.limits: dict[str, int] = {"POST /2/tweets": 100}
        self.default_limit = 900
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.requests: list[Seen] = []
        self.closing = threading.Event()
        self._world = World(clock)
        self._signatures = SignatureChecker(self._world.account_of_token)
        self._spent: Counter[tuple[str, str, int]] = Counter()
        self._lock = threading.RLock()
        self._http = HttpServer(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.drop_connections()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the API is, without a slash at its end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def create_account(self, username: str) -> XAccount:
        """A new account with an app of its own."""
        with self._lock:
            return self._world.create_account(username)

    def posts(self, user_id: str) -> list[dict[str, Any]]:
        """What a follower sees of this account, newest first."""
        with self._lock:
            return [post.as_json() for post in self._world.timeline(user_id)]

    def written(self, user_id: str) -> list[str]:
        """The visible posts' texts as they were sent, newest first."""
        with self._lock:
            return [post.written for post in self._world.timeline(user_id)]

    def pictures(self, post_id: str) -> list[Picture]:
        """The pictures that a post carries."""
        with self._lock:
            return list(self._world.all_posts[post_id].pictures)

    def uploads(self, user_id: str) -> list[Picture]:
        """Every picture this account handed over, oldest first, posted or not."""
        with self._lock:
            return [p for p in self._world.all_pictures.values() if p.owner.user_id == user_id]

    def followers_did(self, post_id: str, **counts: int) -> None:
        """How often a post was liked, reposted, seen: `like_count=3`, by the names of the description."""
        with self._lock:
            self._world.all_posts[post_id].counts |= counts

    def take_violations(self) -> list[str]:
        """The violations so far, which are forgotten: for a test that means to commit them."""
        with self._lock:
            taken, self.violations = self.violations, []
            return taken

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that befalls this request."""
        with self._lock:
            fault = next((fault for fault in self.faults if fault.fits(method, path)), None)
            if fault is not None and fault.spared > 0:
                fault.spared -= 1
                return None
            if fault is not None:
                fault.times -= 1
            return fault

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        """Handle a request; what comes back conforms to the description, or is recorded."""
        with self._lock:
            operation = openapi.find_operation(request.method, request.path)
            if operation is None:
                self._violated(request, "no such operation is in the extract of the description")
                return not_found("path", request.path)
            try:
                answer = self._decide(operation, request, fault)
            except Exception:  # noqa: BLE001 - a fault of the fake must not pass for one of X
                self._violated(request, f"the fake failed: {traceback.format_exc()}")
                answer = problem(500, "internal-error", "Internal Error", "The fake failed.")
            problems = openapi.answer_violations(operation, answer.status, answer.content_type, answer.body)
            for violation in problems:
                self._violated(request, violation)
            return answer

    def _decide(self, operation: Operation, request: Request, fault: Fault | None) -> Answer:
        broken = openapi.request_violations(
            operation, request.raw_query, request.headers, request.body, legacy=self.accept_tweet_fields
        )
        for violation in broken:
            self._violated(request, violation)
        account, refused = self._authenticate(operation, request)
        limit, exhausted = self._spend(operation, account)
        if fault is not None and fault.kind == "status":
            answer = faulty(fault)
        elif refused or exhausted:
            answer = refused or plain(429)
        elif broken:
            answer = invalid(broken[0])
        else:
            answer = self._perform(operation, request, account)
        answer.headers = limit | answer.headers
        return answer

    def _authenticate(self, operation: Operation, request: Request) -> tuple[XAccount | None, Answer | None]:
        """The account that asks (None for an app alone), or the answer that turns the request away."""
        authorization = request.headers.get("authorization", "")
        if authorization == f"Bearer {self.bearer_token}":
            return None, None if operation.allows_app_only else app_only()
        try:
            url = self.url + request.target
            return self._signatures.account_for(request.method, url, authorization), None
        except NotAuthenticatedError:
            return None, plain(401)

    def _spend(self, operation: Operation, account: XAccount | None) -> tuple[dict[str, str], bool]:
        """The rate limit's headers after this request, and whether it was one too many."""
        name = f"{operation.method} {operation.path}"
        window = int(time.time()) // LIMIT_WINDOW
        key = (name, account.user_id if account else "", window)
        self._spent[key] += 1
        limit = self.limits.get(name, self.default_limit)
        left = limit - self._spent[key]
        headers = {
            "x-rate-limit-limit": str(limit),
            "x-rate-limit-remaining": str(max(0, left)),
            "x-rate-limit-reset": str((window + 1) * LIMIT_WINDOW),
        }
        return headers, left < 0

    def _perform(self, operation: Operation, request: Request, account: XAccount | None) -> Answer:
        match operation.method, operation.path:
            case "POST", "/2/tweets" if account:
                return self._create(account, json.loads(request.body))
            case "POST", "/2/media/upload" if account:
                return self._upload(account, json.loads(request.body))
            case "POST", "/2/media/metadata" if account:
                return self._describe(account, json.loads(request.body))
            case "DELETE", "/2/tweets/{id}" if account:
                return self._delete(account, operation.path_values[0])
            case "GET", "/2/users/me" if account:
                return Answer(200, {"data": _user(account)})
            case "GET", "/2/tweets/{id}":
                return self._show(operation.path_values[0], request.query)
            case "GET", "/2/tweets":
                return self._show_many(request.query)
            case "GET", "/2/users/{id}/tweets":
                return self._timeline(operation.path_values[0], request.query)
        raise NotImplementedError(f"{operation.method} {operation.path}")

    def _create(self, author: XAccount, wish: dict[str, Any]) -> Answer:
        if unknown := set(wish) - MODELLED:
            raise NotImplementedError(f"the fake does not model {sorted(unknown)}")
        text, media_ids = wish.get("text", ""), _media_ids(wish)
        if refusal := wording.refusal(text, empty_allowed=bool(media_ids)):
            return invalid(refusal)
        attached = [self._world.picture_of(author, media_id) for media_id in media_ids]
        usable = [picture for picture in attached if picture is not None]
        if len(usable) < len(attached):
            return invalid("Your media IDs are invalid.")
        if self.refuse_duplicates and self._world.has_written(author, text):
            return plain(403, DUPLICATE)
        reply = wish.get("reply")
        parent = self._world.post(reply["in_reply_to_tweet_id"]) if reply else None
        if reply and parent is None:
            return plain(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        settings = wish.get("reply_settings", "everyone")
        post = self._world.add_post(author, text, parent, settings, usable)
        return Answer(201, {"data": post.with_fields(())})

    def _upload(self, owner: XAccount, wish: dict[str, Any]) -> Answer:
        if wish["media_category"] != "tweet_image" or "additional_owners" in wish:
            raise NotImplementedError(f"the fake does not model {wish['media_category']!r} or other owners")
        try:
            seen = pictures.read(wish["media"])
        except ValueError as refusal:
            return invalid(str(refusal))
        return Answer(200, {"data": self._world.add_picture(owner, seen).as_upload()})

    def _describe(self, owner: XAccount, wish: dict[str, Any]) -> Answer:
        metadata = wish.get("metadata", {})
        if unknown := set(metadata) - METADATA_MODELLED:
            raise NotImplementedError(f"the fake does not model {sorted(unknown)}")
        picture = self._world.picture_of(owner, wish["id"])
        if picture is None:
            return not_found("id", wish["id"], "media")
        picture.alt_text = metadata.get("alt_text", {}).get("text")
        return Answer(200, {"data": {"id": picture.id, "associated_metadata": metadata}})

    def _delete(self, account: XAccount, post_id: str) -> Answer:
        post = self._world.post(post_id)
        if post is None:
            return not_found("id", post_id)
        if post.author != account:
            return plain(403, "You are not authorized to delete this Tweet.")
        post.deleted = True
        return Answer(200, {"data": {"deleted": True}})

    def _show(self, post_id: str, query: dict[str, str]) -> Answer:
        post = self._world.post(post_id)
        if post is None:
            return Answer(200, {"errors": [missing("id", post_id)]})
        return Answer(200, {"data": _rendered(post, query), **_includes([post], query)})

    def _show_many(self, query: dict[str, str]) -> Answer:
        ids = query["ids"].split(",")
        found = [post for post in map(self._world.post, ids) if post]
        errors = [missing("ids", post_id) for post_id in ids if self._world.post(post_id) is None]
        value: dict[str, Any] = {"data": [_rendered(post, query) for post in found]} if found else {}
        if errors:
            value["errors"] = errors
        return Answer(200, value | _includes(found, query))

    def _timeline(self, user_id: str, query: dict[str, str]) -> Answer:
        if user_id not in self._world.accounts:
            return Answer(200, {"errors": [missing("id", user_id, "user")]})
        try:
            page, meta = page_of(self._world.timeline(user_id), query)
        except ValueError:
            return invalid("The `pagination_token` query parameter value is not valid.")
        value: dict[str, Any] = {"meta": meta}
        if page:
            value["data"] = [_rendered(post, query) for post in page]
        return Answer(200, value | _includes(page, query))

    def _violated(self, request: Request, violation: str) -> None:
        self.violations.append(f"{request.method} {request.target}: {violation}")


def _rendered(post: Post, query: dict[str, str]) -> dict[str, Any]:
    asked = f"{query.get('post.fields', '')},{query.get('expansions', '')}"
    return post.with_fields(asked.split(","))


def _includes(posts: list[Post], query: dict[str, str]) -> dict[str, Any]:
    expansions = query.get("expansions", "").split(",")
    authors = {post.author.user_id: post.author for post in posts}
    shown = {picture.id: picture for post in posts for picture in post.pictures}
    media_fields = query.get("media.fields", "").split(",")
    included: dict[str, Any] = {}
    if authors and "author_id" in expansions:
        included["users"] = [_user(author) for author in authors.values()]
    if shown and "attachments.media_keys" in expansions:
        included["media"] = [picture.with_fields(media_fields) for picture in shown.values()]
    return {"includes": included} if included else {}


def _media_ids(wish: dict[str, Any]) -> list[str]:
    """The pictures asked for; nothing else about media is modelled."""
    media = wish.get("media", {})
    if unknown := set(media) - {"media_ids"}:
        raise NotImplementedError(f"the fake does not model {sorted(unknown)}")
    found: list[str] = media.get("media_ids", [])
    return found


def _user(account: XAccount) -> dict[str, str]:
    return {"id": account.user_id, "name": account.username, "username": account.username}
