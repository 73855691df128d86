"""`bot run` as a host would start it, but for a seam at which it kills itself, and a clock that can be moved.

    TORTURE_SEAM=in-flight TORTURE_COUNT=3 python -m tests.torture.worker run --every 0.5

The bot has no hooks for this: what is wrapped here is wrapped from outside, before the bot's own command line runs.
Waits are shortened, rules are not.
"""

from __future__ import annotations

import functools
import http.client
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

import bot.ledger.database
from bot.delivery import baggage, courier, decisions, looking_back
from bot.ledger import Delivery, Ledger
from bot.model import Attachment, Dispatch
from bot.networks import bluesky, mastodon, transport, x
from bot.worker import Worker
from tests.torture.uploads import CLOCK, DELIVERY, PICTURE

# In proportion to the lease (LEASE_SECONDS below) as the bot's own waits are to its minute.
LEASE_SECONDS = 4.0
CONNECT_SECONDS, READ_SECONDS = 0.6, 2.0
STEADY_SECONDS = 3.0
AT_WORK = "torture: at work"
CONNECTIONS = (bluesky.BlueskyConnection, mastodon.MastodonConnection, x.XConnection)


class Fuse:
    """Kills this process when it has been lit so many times; `delay` is in seconds."""

    def __init__(self, count: int = 0, delay: float = 0.0) -> None:
        self._left = count
        self._delay = delay
        self._lock = threading.Lock()

    def light(self) -> None:
        """Reach the seam once more."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                time.sleep(self._delay)
                os.kill(os.getpid(), signal.SIGKILL)

    def light_later(self) -> None:
        """Reach the seam once more; the kill comes while the work goes on."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                threading.Timer(self._delay, os.kill, (os.getpid(), signal.SIGKILL)).start()


def before(owner: Any, name: str, act: Callable[[], None]) -> None:
    """Act each time before a method is called."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def wrapped(*args: Any, **options: Any) -> Any:
        act()
        return method(*args, **options)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, act: Callable[[], None], *, only_if: Callable[[Any], bool] = bool) -> None:
    """Act each time after a method has returned something that counts."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def wrapped(*args: Any, **options: Any) -> Any:
        returned = method(*args, **options)
        if only_if(returned):
            act()
        return returned

    setattr(owner, name, wrapped)


def always(_: Any) -> bool:
    """Whatever was returned counts."""
    return True


# ── the seams ────────────────────────────────────────────────────────────────────────────────────


def before_claim(fuse: Fuse) -> None:
    """A worker is about to claim."""
    before(Ledger, "claim_due", fuse.light)


def claimed(fuse: Fuse) -> None:
    """*Sending* was committed, and no byte has left."""
    after(Ledger, "claim_due", fuse.light)


def before_first_byte(fuse: Fuse) -> None:
    """The last look at pauses and guard is over; the adapter is about to be called."""
    before(courier.Courier, "_published", fuse.light)


def in_flight(fuse: Fuse) -> None:
    """The whole request has left, and no byte of the answer was read."""
    publishing = threading.local()
    for kind in CONNECTIONS:
        _mark_publishing(kind, publishing)

    def light() -> None:
        if getattr(publishing, "now", False):
            fuse.light()

    before(http.client.HTTPConnection, "getresponse", light)
    import httpcore

    before(httpcore._sync.http11.HTTP11Connection, "_receive_response_headers", light)


def _mark_publishing(kind: type, publishing: threading.local) -> None:
    method = kind.publish  # type: ignore[attr-defined]

    @functools.wraps(method)
    def wrapped(*args: Any, **options: Any) -> Any:
        publishing.now = True
        try:
            return method(*args, **options)
        finally:
            publishing.now = False

    kind.publish = wrapped  # type: ignore[attr-defined]


def while_publishing(fuse: Fuse) -> None:
    """At any moment from before the first byte until well after the answer."""
    for kind in CONNECTIONS:
        before(kind, "publish", fuse.light_later)


def answered(fuse: Fuse) -> None:
    """The network has answered, and nothing of it is written down."""
    for kind in CONNECTIONS:
        after(kind, "publish", fuse.light)


def upload_answered(fuse: Fuse) -> None:
    """A picture was handed over, and nothing of it is written down."""
    for kind in CONNECTIONS:
        after(kind, "upload", fuse.light)


def upload_recorded(fuse: Fuse) -> None:
    """The network's name for a picture is written down, and the post that shows it has not left."""
    after(Ledger, "remember_upload", fuse.light, only_if=always)


def between_posts(fuse: Fuse) -> None:
    """A post of a thread was answered, and the next one has not left."""
    for module in (mastodon, x):
        going_on = module.going_on

        def wrapped(
            dispatch: Dispatch, parts: tuple[str, ...], go_on: Callable[..., None] = going_on
        ) -> None:
            if len(parts) > len(dispatch.parts):
                fuse.light()
            go_on(dispatch, parts)

        module.going_on = wrapped


def looking_for_thread(fuse: Fuse) -> None:
    """At any moment while the posts of a thread are looked for."""
    for kind in CONNECTIONS:
        find = kind.find

        def wrapped(self: Any, dispatch: Dispatch, find: Callable[..., Any] = find) -> Any:
            if dispatch.message.thread:
                fuse.light_later()
            return find(self, dispatch)

        kind.find = wrapped  # type: ignore[attr-defined]


def before_record(fuse: Fuse) -> None:
    """Outcomes are about to be written down."""
    record = Ledger.record

    @functools.wraps(record)
    def wrapped(self: Ledger, was: Any, outcomes: Any, *args: Any) -> None:
        if outcomes:
            fuse.light()
        record(self, was, outcomes, *args)

    Ledger.record = wrapped  # type: ignore[method-assign]


def before_commit(fuse: Fuse) -> None:
    """A transaction, whichever it is, is complete but not committed."""
    before(DefaultDialect, "do_commit", fuse.light)


def after_commit(fuse: Fuse) -> None:
    """A transaction, whichever it is, was committed, and nobody here knows it yet."""
    after(DefaultDialect, "do_commit", fuse.light, only_if=always)


def at_the_gate(fuse: Fuse) -> None:
    """Deliveries have just passed the gate, or were skipped there."""
    after(Ledger, "move", fuse.light)


def taking_over(fuse: Fuse) -> None:
    """What a dead worker was sending has just become *unknown*."""
    after(Ledger, "doubt_abandoned", fuse.light)


def look_claimed(fuse: Fuse) -> None:
    """Deliveries in doubt were taken for a look."""
    after(Ledger, "claim_doubtful", fuse.light)


def looking(fuse: Fuse) -> None:
    """The look at the network begins."""
    before(looking_back.LookingBack, "_find", fuse.light)


def looked(fuse: Fuse) -> None:
    """The network was looked at, and what was seen is not written down."""
    after(looking_back.LookingBack, "_find", fuse.light)


def before_plan(fuse: Fuse) -> None:
    """The plan is made and about to be stored."""
    before(Ledger, "store_plan", fuse.light)


def within_plan(fuse: Fuse) -> None:
    """Some posts of the plan are written, others are not, and nothing is committed."""
    after(Ledger, "_insert", fuse.light, only_if=always)
    after(Ledger, "_withdraw", fuse.light, only_if=always)


def planned(fuse: Fuse) -> None:
    """The plan was stored."""
    after(Ledger, "store_plan", fuse.light, only_if=always)


def migrating(fuse: Fuse) -> None:
    """Between two statements of a migration."""
    migrate = bot.ledger.database.migrate
    under_way = threading.Event()

    def wrapped(engine: Engine) -> None:
        under_way.set()
        migrate(engine)
        under_way.clear()

    def executed(*_: Any) -> None:
        if under_way.is_set():
            fuse.light()

    bot.ledger.database.migrate = wrapped
    event.listen(Engine, "before_cursor_execute", executed)


SEAMS: dict[str, Callable[[Fuse], None]] = {
    "before-claim": before_claim,
    "claimed": claimed,
    "before-first-byte": before_first_byte,
    "in-flight": in_flight,
    "while-publishing": while_publishing,
    "answered": answered,
    "upload-answered": upload_answered,
    "upload-recorded": upload_recorded,
    "between-posts": between_posts,
    "looking-for-thread": looking_for_thread,
    "before-record": before_record,
    "before-commit": before_commit,
    "after-commit": after_commit,
    "at-the-gate": at_the_gate,
    "taking-over": taking_over,
    "look-claimed": look_claimed,
    "looking": looking,
    "looked": looked,
    "before-plan": before_plan,
    "within-plan": within_plan,
    "planned": planned,
    "migrating": migrating,
}


# ── what else differs from a worker in production ────────────────────────────────────────────────


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
