"""`bot run` as a host would start it, but for a seam at which it kills itself, and a clock that can be moved.

    TORTURE_SEAM=in-flight TORTURE_COUNT=3 python -m tests.torture.worker run --every 0.5

The bot has no hooks for this: what is wrapped here is wrapped from outside, before the bot's own command line runs.
Waits are shortened, rules are not.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bot.clocks
from bot.delivery import baggage, courier, decisions, looking_back
from bot.ledger import Delivery
from bot.model import Attachment
from bot.networks import bluesky, transport
from bot.worker import Worker
from tests.torture.seams import SEAMS, Fuse, before
from tests.torture.uploads import CLOCK, DELIVERY, PICTURE

# In proportion to the lease (LEASE_SECONDS below) as the bot's own waits are to its minute.
LEASE_SECONDS = 4.0
CONNECT_SECONDS, READ_SECONDS = 0.6, 2.0
STEADY_SECONDS = 3.0
AT_WORK = "torture: at work"


# ── what differs from a worker in production ─────────────────────────────────────────────────────


def shorten_waits() -> None:
    """So that hundreds of kills fit into half an hour."""
    decisions.FIRST_WAIT, decisions.JITTER, decisions.LONGEST_WAIT = 0.3, 0.3, 3.0
    looking_back.NOBODY_CAN_LOOK = timedelta(seconds=2)
    courier.RESPITE = timedelta(seconds=0.5)
    bot.clocks.STEADY_SECONDS = STEADY_SECONDS
    for module in (transport, bluesky):
        module.CONNECT_SECONDS, module.READ_SECONDS = CONNECT_SECONDS, READ_SECONDS


def move_clock(path: Path, in_flight: int) -> None:
    """The worker's clock is off by as many seconds as a file says."""

    def clock() -> datetime:
        try:
            offset = float(path.read_text() or 0)
        except (OSError, ValueError):
            offset = 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)

    make = Worker.__init__
    Worker.__init__ = lambda self, space: make(self, space, clock, in_flight)  # type: ignore[assignment,method-assign]


def say_for_whom() -> None:
    """Uploads and posts say in their headers for which delivery they are; see tests/torture/uploads.py."""
    import httpx
    import requests

    saying = threading.local()
    upload, publish = baggage.Baggage._upload, courier.Courier._published

    def uploading(self: baggage.Baggage, delivery: Delivery, connection: Any, attachment: Attachment) -> Any:
        saying.now |= {PICTURE: attachment.key, CLOCK: self.clock().isoformat()}
        return upload(self, delivery, connection, attachment)

    def publishing(self: courier.Courier, delivery: Delivery) -> Any:
        saying.now = {DELIVERY: delivery.id}
        try:
            return publish(self, delivery)
        finally:
            saying.now = {}

    baggage.Baggage._upload = uploading  # type: ignore[method-assign]
    courier.Courier._published = publishing  # type: ignore[method-assign]
    for kind in (requests.Session, httpx.Client):
        _add_headers(kind, lambda: getattr(saying, "now", {}))


def _add_headers(kind: Any, headers: Callable[[], dict[str, str]]) -> None:
    send = kind.send

    @functools.wraps(send)
    def wrapped(self: Any, request: Any, **options: Any) -> Any:
        request.headers.update(headers())
        return send(self, request, **options)

    kind.send = wrapped


def tell_when_at_work() -> None:
    """Before its first tick of delivery a worker has signed in everywhere and planned, which takes its time."""
    told = threading.Event()

    def tell() -> None:
        if not told.is_set():
            told.set()
            print(AT_WORK, file=sys.stderr, flush=True)

    before(courier.Courier, "tick", tell)


@contextmanager
def environment(prefix: str = "TORTURE_") -> Iterator[dict[str, str]]:
    """What the harness says, taken out of the environment."""
    yield {
        name.removeprefix(prefix): os.environ.pop(name) for name in [*os.environ] if name.startswith(prefix)
    }


def main() -> None:
    """Wrap, then run the bot's own command line."""
    with environment() as told:
        shorten_waits()
        tell_when_at_work()
        say_for_whom()
        move_clock(Path(told.get("CLOCK", os.devnull)), int(told.get("IN_FLIGHT", "8")))
        if seam := told.get("SEAM"):
            SEAMS[seam](Fuse(int(told.get("COUNT", "1")), float(told.get("DELAY", "0"))))
    from bot.cli import main as cli

    sys.argv[0] = "bot"
    cli()


if __name__ == "__main__":
    main()
