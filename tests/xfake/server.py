"""A stateful fake of X's API v2 on a loopback port, for tests.

with XServer() as server:
    account = server.create_account("facts")
    ...                                  # post to server.url with the account's secrets
    server.posts(account.user_id)        # what a follower sees
    server.violations                    # what the description of the API did not allow
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from tests.xfake import openapi, wording
from tests.xfake.oauth import NotAuthenticatedError, SignatureChecker, XAccount
from tests.xfake.openapi import Operation
from tests.xfake.world import Post, World, page_of

PROBLEM_JSON = "application/problem+json"
PROBLEMS = "https://api.x.com/2/problems/"
UNSUPPORTED_AUTHENTICATION = "https://api.twitter.com/2/problems/unsupported-authentication"
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
LIMIT_WINDOW = 900
MODELLED = {"text", "reply", "reply_settings", "made_with_ai", "paid_partnership"}

FaultKind = Literal["status", "cut_before", "cut_after", "stall"]


@dataclass
class Fault:
    """Something that goes wrong with the next `times` requests that fit.

    status      answered with `status` (and `retry_after`, `reset_in`, if given), and nothing is done
    cut_before  the connection is closed, and nothing is done
    cut_after   done, and then the connection is closed without an answer
    stall       done, and the answer never comes
    """

    method: str
    path_prefix: str
    kind: FaultKind
    times: int = 1
    status: int = 503
    retry_after: int | None = None
    reset_in: int | None = None

    def fits(self, method: str, path: str) -> bool:
        """Whether this request is one that goes wrong."""
        return self.times > 0 and method == self.method and path.startswith(self.path_prefix)


@dataclass
class Seen:
    """A request the server read; `status` is None when no answer went out."""

    method: str
    path: str
    status: int | None = None


@dataclass
class Request:
    """A request as it came, its headers' names in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    @property
    def raw_query(self) -> str:
        """The query as it was sent."""
        return urlsplit(self.target).query

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters by their present names."""
        return openapi.read_query(self.raw_query)


@dataclass
class Answer:
    """An answer before it goes out."""

    status: int
    value: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """Errors are problems; everything else is JSON."""
        return PROBLEM_JSON if self.status >= 400 else "application/json; charset=utf-8"

    @property
    def body(self) -> bytes:
        """The answer's JSON."""
        return json.dumps(self.value, ensure_ascii=False).encode()


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
        self._http = _HttpServer(self)
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

    def take_violations(self) -> list[str]:
        """The violations so far, which are forgotten: for a test that means to commit them."""
        with self._lock:
            taken, self.violations = self.violations, []
            return taken

    def take_fault(self, method: str, path: str) -> Fault | None:
        """The fault that befalls this request."""
        with self._lock:
            fault = next((fault for fault in self.faults if fault.fits(method, path)), None)
            if fault is not None:
                fault.times -= 1
            return fault

    def answer(self, request: Request, fault: Fault | None) -> Answer:
        """Handle a request; what comes back conforms to the description, or is recorded."""
        with self._lock:
            operation = openapi.find_operation(request.method, request.path)
            if operation is None:
                self._violated(request, "no such operation is in the extract of the description")
                return _not_found("path", request.path)
            try:
                answer = self._decide(operation, request, fault)
            except Exception:  # noqa: BLE001 - a fault of the fake must not pass for one of X
                self._violated(request, f"the fake failed: {traceback.format_exc()}")
                answer = _problem(500, "internal-error", "Internal Error", "The fake failed.")
            problems = openapi.answer_violations(operation, answer.status, answer.content_type, answer.body)
            for problem in problems:
                self._violated(request, problem)
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
            answer = _faulty(fault)
        elif refused or exhausted:
            answer = refused or _plain(429)
        elif broken:
            answer = _invalid(broken[0])
        else:
            answer = self._perform(operation, request, account)
        answer.headers = limit | answer.headers
        return answer

    def _authenticate(self, operation: Operation, request: Request) -> tuple[XAccount | None, Answer | None]:
        """The account that asks (None for an app alone), or the answer that turns the request away."""
        authorization = request.headers.get("authorization", "")
        if authorization == f"Bearer {self.bearer_token}":
            return None, None if operation.allows_app_only else _app_only()
        try:
            url = self.url + request.target
            return self._signatures.account_for(request.method, url, authorization), None
        except NotAuthenticatedError:
            return None, _plain(401)

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
        text = wish.get("text", "")
        if refusal := wording.refusal(text):
            return _invalid(refusal)
        if self.refuse_duplicates and self._world.has_written(author, text):
            return _plain(403, DUPLICATE)
        reply = wish.get("reply")
        parent = self._world.post(reply["in_reply_to_tweet_id"]) if reply else None
        if reply and parent is None:
            return _plain(403, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        post = self._world.add_post(author, text, parent, wish.get("reply_settings", "everyone"))
        return Answer(201, {"data": post.with_fields(())})

    def _delete(self, account: XAccount, post_id: str) -> Answer:
        post = self._world.post(post_id)
        if post is None:
            return _not_found("id", post_id)
        if post.author != account:
            return _plain(403, "You are not authorized to delete this Tweet.")
        post.deleted = True
        return Answer(200, {"data": {"deleted": True}})

    def _show(self, post_id: str, query: dict[str, str]) -> Answer:
        post = self._world.post(post_id)
        if post is None:
            return Answer(200, {"errors": [_missing("id", post_id)]})
        return Answer(200, {"data": _rendered(post, query), **_includes([post], query)})

    def _show_many(self, query: dict[str, str]) -> Answer:
        ids = query["ids"].split(",")
        found = [post for post in map(self._world.post, ids) if post]
        errors = [_missing("ids", post_id) for post_id in ids if self._world.post(post_id) is None]
        value: dict[str, Any] = {"data": [_rendered(post, query) for post in found]} if found else {}
        if errors:
            value["errors"] = errors
        return Answer(200, value | _includes(found, query))

    def _timeline(self, user_id: str, query: dict[str, str]) -> Answer:
        if user_id not in self._world.accounts:
            return Answer(200, {"errors": [_missing("id", user_id, "user")]})
        try:
            page, meta = page_of(self._world.timeline(user_id), query)
        except ValueError:
            return _invalid("The `pagination_token` query parameter value is not valid.")
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
    if not posts or "author_id" not in query.get("expansions", "").split(","):
        return {}
    authors = {post.author.user_id: post.author for post in posts}
    return {"includes": {"users": [_user(author) for author in authors.values()]}}


def _user(account: XAccount) -> dict[str, str]:
    return {"id": account.user_id, "name": account.username, "username": account.username}


def _problem(status: int, kind: str, title: str, detail: str, **more: str) -> Answer:
    body = {"type": PROBLEMS + kind, "title": title, "status": status, "detail": detail, **more}
    return Answer(status, body)


def _invalid(detail: str) -> Answer:
    return _problem(400, "invalid-request", "Invalid Request", detail)


def _plain(status: int, detail: str = "") -> Answer:
    """A problem that says no more than its status does."""
    title = HTTPStatus(status).phrase
    return Answer(
        status, {"type": "about:blank", "title": title, "status": status, "detail": detail or title}
    )


def _app_only() -> Answer:
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        "Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    title = "Unsupported Authentication"
    value = {"type": UNSUPPORTED_AUTHENTICATION, "title": title, "status": 403, "detail": detail}
    return Answer(403, value)


def _missing(parameter: str, value: str, resource: str = "tweet") -> dict[str, str]:
    return {
        "type": PROBLEMS + "resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find {resource} with {parameter}: [{value}].",
        "resource_type": resource,
        "resource_id": value,
        "parameter": parameter,
        "value": value,
    }


def _not_found(parameter: str, value: str) -> Answer:
    return Answer(404, {**_missing(parameter, value), "status": 404})


def _faulty(fault: Fault) -> Answer:
    if fault.status == 500:
        answer = _problem(500, "internal-error", "Internal Server Error", "Something is broken.")
    else:
        answer = _plain(fault.status)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    if fault.reset_in is not None:
        answer.headers["x-rate-limit-remaining"] = "0"
        answer.headers["x-rate-limit-reset"] = str(int(time.time()) + fault.reset_in)
    return answer


class _HttpServer(ThreadingHTTPServer):
    """The socket's side; knows its open connections so that closing leaves none behind."""

    def __init__(self, fake: XServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection up."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """A connection's end."""
        self._open.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        """End every connection that is still open, so that its thread ends too."""
        for connection in list(self._open):
            _hang_up(connection)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def _handle(self) -> None:
        fake = self.server.fake
        request = Request(self.command, self.path, self._read_headers(), self._read_body())
        seen = Seen(request.method, request.path)
        fake.requests.append(seen)
        fault = fake.take_fault(request.method, request.path)
        if fault is None or fault.kind == "status":
            answer = fake.answer(request, fault)
            seen.status = answer.status
            self._send(answer)
            return
        if fault.kind != "cut_before":
            fake.answer(request, None)
        if fault.kind == "stall":
            self._wait_for_the_end()
        self.close_connection = True
        _hang_up(self.connection)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _handle  # noqa: N815

    def _read_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _read_body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, answer: Answer) -> None:
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _wait_for_the_end(self) -> None:
        """Until the client hangs up or the server closes."""
        while not self.server.fake.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.02)
            if readable and not _peek(self.connection):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean; `XServer.requests` tells what came."""


def _peek(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return b""


def _hang_up(connection: socket.socket) -> None:
    """Close for both sides; it may be closed already."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
