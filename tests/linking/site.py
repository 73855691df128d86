"""A web site of our own: each path answers as the test wrote it, in bytes, over plain HTTP or TLS."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Speak = Callable[[socket.socket, threading.Event], None]


def answer(body: bytes, kind: str = "text/html", status: str = "200 OK", **headers: object) -> bytes:
    """A whole answer; a header's name is written with _ for -."""
    lines = {"Content-Type": kind, "Content-Length": len(body)}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def to(place: str, status: str = "302 Found") -> bytes:
    """An answer that leads on."""
    return answer(b"", status=status, Location=place)


@dataclass
class Site:
    """What stands at each path, and what was asked for: the first line and the headers of every request."""

    paths: dict[str, bytes | Speak] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    @property
    def asked_paths(self) -> list[str]:
        return [lines[0].split(" ")[1] for lines in self.asked]


@contextmanager
def site(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site on a free port of this machine while the block runs."""
    running = Site(scheme="https" if tls else "http")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                line = tls.wrap_socket(self.request, server_side=True) if tls else self.request
                with line:
                    serve(line)

    def serve(line: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = line.recv(65536)
            if not piece:
                return
            head += piece
        running.asked.append(head.decode("latin-1").strip().split("\r\n"))
        standing = running.paths.get(running.asked_paths[-1], answer(b"no", status="404 Not Found"))
        if callable(standing):
            standing(line, running.over)
        else:
            line.sendall(standing)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    running.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield running
    finally:
        running.over.set()
        server.shutdown()
        server.server_close()


def drip(beginning: bytes, drop: bytes) -> Speak:
    """Something that is never finished: a beginning, and then a drop now and then, for ever."""

    def speak(line: socket.socket, over: threading.Event) -> None:
        line.sendall(beginning)
        while not over.wait(0.05):
            line.sendall(drop)

    return speak


def begin(beginning: bytes) -> Speak:
    """A beginning, and then silence with the line held open."""

    def speak(line: socket.socket, over: threading.Event) -> None:
        line.sendall(beginning)
        over.wait()

    return speak
