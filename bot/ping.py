"""The dead man's ping: BOT_PING_URL is called after a healthy tick, so that its silence tells that the bot is dead."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass

from bot.logs import get_logger
from bot.model import Misconfigured

EVERY_SECONDS = 60.0
TIMEOUT_SECONDS = 10.0

log = get_logger("bot.ping")


def ping_url() -> str | None:
    """The address to call, if there is one. Raises Misconfigured for anything but https:// and http://."""
    url = os.environ.get("BOT_PING_URL", "").strip()
    if url and not url.lower().startswith(("https://", "http://")):
        raise Misconfigured("BOT_PING_URL must be an address that begins with https:// or http://.")
    return url or None


@dataclass(slots=True)
class Ping:
    """Calls an address at most once a minute, in a thread of its own: one that hangs keeps nothing waiting."""

    url: str | None
    _called_at: float = float("-inf")
    _calling: threading.Thread | None = None

    def tick(self) -> None:
        """A tick went well."""
        if self.url is None or time.monotonic() - self._called_at < EVERY_SECONDS:
            return
        if self._calling is not None and self._calling.is_alive():
            return
        self._called_at = time.monotonic()
        self._calling = threading.Thread(target=self._call, args=(self.url,), name="ping", daemon=True)
        self._calling.start()

    def finish(self) -> None:
        """Wait for a call that is under way, but not long."""
        if self._calling is not None:
            self._calling.join(TIMEOUT_SECONDS)

    def _call(self, url: str) -> None:
        import requests

        try:
            with requests.get(url, timeout=TIMEOUT_SECONDS, stream=True) as answer:
                answer.raise_for_status()
        except (requests.RequestException, OSError, ValueError) as error:
            # Its text may hold the address, which is a secret.
            status = getattr(getattr(error, "response", None), "status_code", None)
            log.warning("ping failed", error=type(error).__name__, status=status)
