"""An HTTP proxy that does to requests what bad networks and tired servers do.

with Proxy("http://localhost:2583") as proxy:
    proxy.arm(Fault("cut_after"))      # befalls the next request that posts
    ...                                # the bot's account names proxy.url as its server
"""

from __future__ import annotations

import http.client
import json
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

Kind = Literal[
    "status",
    "status_after",
    "expired",
    "stale",
    "cut_before",
    "cut_after",
    "cut_mid",
    "stall_before",
    "stall_after",
    "slow",
]

POSTS = (
    "/xrpc/com.atproto.repo.putRecord",
    "/xrpc/com.atproto.repo.applyWrites",
    "/api/v1/statuses",
    "/2/tweets",
)
UPLOADS = ("/xrpc/com.atproto.repo.uploadBlob", "/api/v1/media", "/api/v2/media", "/2/media/upload")
WRITES = (*POSTS, *UPLOADS, "/2/media/metadata")
_PICTURES = (b'"$type": "blob"', b'"media_ids"', b"media_ids%5B%5D=")  # in what posts a picture
# What servers answer to a post whose picture they have forgotten, by the beginning of the path.
_FORGOTTEN = {
    "/xrpc/": (400, {"error": "InvalidRequest", "message": "Could not find blob: made up"}),
    "/api/": (422, {"error": "Validation failed: Media attachment not found"}),
    "/2/": (400, {"title": "Invalid Request", "detail": "Your media IDs are invalid."}),
}
SLOW_SECONDS = 0.3
UPSTREAM_SECONDS = 20
HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass
class Fault:
    """What goes wrong with the next `times` requests that post or upload; or, with `reads`, that only look; or, with
    `pictured`, that post a picture.

    status        answered with `status` (and `retry_after`), and not passed on
    status_after  passed on, and then answered with `status`
    expired       answered as a PDS does when its token has run out: 400 ExpiredToken; not passed on
    stale         answered as if the server had the picture no more; not passed on
    cut_before    the connection is closed, and nothing is passed on
    cut_after     passed on, and then the connection is closed without an answer
    cut_mid       passed on, and the connection is closed in the middle of the answer
    stall_before  not passed on, and the answer never comes
    stall_after   passed on, and the answer never comes
    slow          passed on a little later
    """

    kind: Kind
    times: int = 1
    status: int = 503
    retry_after: int | None = None
    reads: bool = False
    pictured: bool = False

    def __str__(self) -> str:
        """As in the progress line: `429 after 2 s`, `cut_mid`, `503 when looking`."""
        name = f"{self.status}" if self.kind == "status" else self.kind
        name = f"{name} {self.status}" if self.kind == "status_after" else name
        name = f"{name} after {self.retry_after} s" if self.retry_after else name
        name = f"{name} with a picture" if self.pictured else name
        return f"{name} when looking" if self.reads else name


class Proxy:
    """Passes requests on to `upstream`. Use it as a context manager; `url` stays the same all along."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.befell: Counter[str] = Counter()
        self.closing = threading.Event()
        self.watch: Callable[[Asked], None] = lambda _: None
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._http = _HttpServer(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where the bot finds the server, without a slash at its end."""
        return f"http://localhost:{self._http.server_address[1]}"

    def arm(self, *faults: Fault) -> None:
        """Let these befall the next requests that fit."""
        with self._lock:
            self._faults += faults

    def waiting(self, pictured: bool = False) -> int:
        """How many faults have not happened yet, of those that wait for a picture or of the others."""
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.times > 0]
            return sum(fault.pictured is pictured for fault in self._faults)

    def calm(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str, body: bytes) -> Fault | None:
        """The fault that befalls this request."""
        is_write = method == "POST" and path.startswith(WRITES)
        if not is_write and method != "GET":
            return None  # signing in: the adapters' own tests are for that
        shows = path.startswith(POSTS) and any(sign in body for sign in _PICTURES)
        with self._lock:
            fit = (f for f in self._faults if f.reads != is_write and f.times > 0)
            fault = next((f for f in fit if shows or not f.pictured), None)
            if fault is not None:
                fault.times -= 1
                self.befell[str(fault)] += 1
            return fault


@dataclass(frozen=True)
class Asked:
    """A request that posts, as it comes; one that uploads, just before it is passed on; or the `stale` answer to a post."""

    what: Literal["post", "upload", "stale"]
    headers: Mapping[str, str]


@dataclass
class Answer:
    """What the server said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A killed worker's connection ends in the middle of anything: that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    """One connection of the bot."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def _handle(self) -> None:
        proxy = self.server.proxy
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # its worker was killed while it sent: no server acts on half a request
            self._cut()
            return
        path = urlsplit(self.path).path
        fault = proxy.take(self.command, path, body)
        kind = fault.kind if fault else None
        if self.command == "POST" and path.startswith(POSTS):
            proxy.watch(Asked("post", self.headers))
        if kind == "slow":
            time.sleep(SLOW_SECONDS)
        if kind == "cut_before":
            self._cut()
        elif kind == "stall_before":
            self._stall()
        elif kind in ("status", "expired"):
            assert fault is not None
            self._send(_made_up(fault))
        elif kind == "stale":
            proxy.watch(Asked("stale", self.headers))
            self._send(_forgotten(path))
        else:
            if self.command == "POST" and path.startswith(UPLOADS):
                proxy.watch(Asked("upload", self.headers))
            self._answer(fault, self._pass_on(body))

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = _handle  # noqa: N815

    def _answer(self, fault: Fault | None, answer: Answer) -> None:
        match fault.kind if fault else None:
            case "cut_after":
                self._cut()
            case "stall_after":
                self._stall()
            case "cut_mid":
                self._send(answer, whole=False)
                self._cut()
            case "status_after":
                assert fault is not None
                self._send(_made_up(fault))
            case _:
                self._send(answer)

    def _pass_on(self, body: bytes) -> Answer:
        upstream = self.server.proxy.upstream
        where = urlsplit(upstream)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=UPSTREAM_SECONDS)
        headers = {
            k: v for k, v in self.headers.items() if k.lower() not in ("connection", "accept-encoding")
        }
        headers |= {"Host": where.netloc, "Connection": "close"}
        try:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP]
        if "json" in (answer.getheader("Content-Type") or ""):
            # A server tells its own address (the PDS in each account's DID document); the bot must stay here.
            said = said.replace(upstream.encode(), self.server.proxy.url.encode())
        return Answer(answer.status, kept, said)

    def _send(self, answer: Answer, whole: bool = True) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if whole else answer.body[: len(answer.body) // 2])

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _stall(self) -> None:
        """Until the bot has had enough, or is dead."""
        self.close_connection = True
        while not self.server.proxy.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable:
                return

    def log_message(self, format: str, *args: Any) -> None:
        """`Proxy.befell` tells what happened."""


def _forgotten(path: str) -> Answer:
    status, told = next(answer for beginning, answer in _FORGOTTEN.items() if path.startswith(beginning))
    return Answer(status, [("Content-Type", "application/json")], json.dumps(told).encode())


def _made_up(fault: Fault) -> Answer:
    status, error = (400, "ExpiredToken") if fault.kind == "expired" else (fault.status, "Fault")
    told = {"error": error, "message": "made up", "title": "made up", "detail": f"made up {status}"}
    headers = [("Content-Type", "application/json")]
    if fault.retry_after is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    return Answer(status, headers, json.dumps(told).encode())
