"""The fake X as a socket sees it: requests read, answers sent, connections that break."""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from tests.xfake import openapi

if TYPE_CHECKING:
    from tests.xfake.answers import Answer
    from tests.xfake.server import XServer

FaultKind = Literal["status", "cut_before", "cut_after", "stall"]


@dataclass
class Fault:
    """Something that goes wrong with the next `times` requests that fit, after `spared` ones that go well.

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
    spared: int = 0

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


class HttpServer(ThreadingHTTPServer):
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
    server: HttpServer

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
