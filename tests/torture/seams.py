"""Where a worker dies: one method of the bot wrapped from outside, and a fuse that kills the process there."""

from __future__ import annotations

import functools
import http.client
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

import bot.ledger.database
from bot.delivery import courier, looking_back
from bot.ledger import Ledger
from bot.model import Dispatch
from bot.networks import bluesky, mastodon, x

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
