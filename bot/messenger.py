"""Hands one message to the addresses of BOT_ALERT_URLS. A program of its own: `python -P bot/messenger.py < message`.

Apprise and the services it knows take 45 MB, and what a service does with a connection is its own affair; here that
lasts seconds, and a worker that waits for it can lose patience. It reads {"title": …, "body": …} from standard
input, or nothing at all to see whether the addresses are understood, and writes {"told", "failed",
"not_understood"}: how many addresses, and which ones by number, counted from 1. No address is ever written.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def main() -> None:
    """Read, tell, and say who was told."""
    import apprise

    logging.disable(logging.CRITICAL)
    said = sys.stdin.read().strip()
    urls = os.environ.get("BOT_ALERT_URLS", "").split()
    services = {number: apprise.Apprise() for number in range(1, len(urls) + 1)}
    known = {n: service for (n, service), url in zip(services.items(), urls, strict=True) if service.add(url)}
    told = _tell(known, json.loads(said)) if said else {}
    answer = {
        "told": [number for number, was_told in told.items() if was_told],
        "failed": [number for number, was_told in told.items() if not was_told],
        "not_understood": [number for number in services if number not in known],
    }
    sys.stdout.write(json.dumps(answer))


def _tell(services: dict[int, Any], message: dict[str, str]) -> dict[int, bool]:
    def tell(service: Any) -> bool:
        try:
            return bool(service.notify(message["body"], title=message["title"], body_format="text"))
        except Exception:  # noqa: BLE001 - a hundred services' code; whatever they raise, this one was not told
            return False

    with ThreadPoolExecutor(len(services) or 1) as pool:
        return dict(zip(services, pool.map(tell, services.values()), strict=True))


if __name__ == "__main__":
    main()
