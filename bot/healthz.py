"""GET /healthz for whoever watches the process: 200 while the bot does its work, 503 when it does not.

The answer is looked up when somebody asks, so that it is true when every tick hangs. It holds nothing that people
or servers said: no reason, no name, no text.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.health import Health
from bot.logs import get_logger
from bot.model import Misconfigured

PATH = "/healthz"
FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 8.0

TOO_SLOW = {"ok": False, "ills": ["too-slow"]}
BUG = {"ok": False, "ills": ["bug"]}

log = get_logger("bot.healthz")


def public(health: Health) -> dict[str, Any]:
    """What anybody may know of the bot's health."""
    told: dict[str, Any] = {
        "ok": health.is_well,
        "ills": [ill.code for ill in health.ills],
        "at": health.at.isoformat(),
    }
    if not health.is_known:
        return told
    return told | {
        "healthy_at": health.healthy_at.isoformat() if health.healthy_at else None,
        "workers": sum(worker.works for worker in health.workers),
        "next_due": health.next_due.isoformat() if health.next_due else None,
        "failed": len(health.failed),
        "unknown": len(health.unknown),
        "pauses": len(health.pauses),
    }


class Answers:
    """Answers that are at most a second old: many who ask cost one look, and one that hangs keeps nobody waiting."""

    def __init__(self, look: Callable[[], Health], patience: float = PATIENCE_SECONDS) -> None:
        self._look = look
        self._patience = patience
        self._lock = threading.Lock()
        self._known: dict[str, Any] = TOO_SLOW
        self._known_at = float("-inf")
        self._looking: threading.Thread | None = None

    def answer(self) -> dict[str, Any]:
        """How the bot is now."""
        with self._lock:
            if time.monotonic() - self._known_at < FRESH_SECONDS:
                return self._known
            if self._looking is None or not self._looking.is_alive():
                self._looking = threading.Thread(target=self._find_out, name="healthz", daemon=True)
                self._looking.start()
            looking = self._looking
        looking.join(self._patience)
        return TOO_SLOW if looking.is_alive() else self._known

    def _find_out(self) -> None:
        try:
            self._known = public(self._look())
        except Exception:
            log.exception("health not seen")
            self._known = BUG
        self._known_at = time.monotonic()


@contextmanager
def served(look: Callable[[], Health], host: str, port: int) -> Iterator[int]:
    """Serve /healthz while the block runs; the port (a free one for 0). Raises Misconfigured where it is taken."""
    answers = Answers(look)

    class Handler(_Handler):
        def now(self) -> dict[str, Any]:
            return answers.answer()

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    try:
        server = Server((host, port), Handler)
    except (OSError, OverflowError) as error:
        raise Misconfigured(
            f"/healthz cannot be served on {host}, port {port}: {error}. Choose another BOT_HEALTH_PORT or BOT_HEALTH_HOST."
        ) from error
    threading.Thread(target=server.serve_forever, name="healthz server", daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "bot", ""
    timeout = 10  # seconds for a request that never ends

    def now(self) -> dict[str, Any]:
        raise NotImplementedError

    def do_GET(self) -> None:
        """The one page there is."""
        if self.path.partition("?")[0] != PATH:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"there is only {PATH}"})
            return
        found = self.now()
        self._send(HTTPStatus.OK if found["ok"] else HTTPStatus.SERVICE_UNAVAILABLE, found)

    def do_HEAD(self) -> None:
        """The same without the page."""
        self.do_GET()

    def _send(self, status: HTTPStatus, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Probes are not worth a line each."""
