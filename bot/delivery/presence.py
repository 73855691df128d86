"""Who is alive: a worker's heartbeat, and how the others notice that it has stopped.

A worker shows that it lives by a number that grows. Others watch it by their own monotonic clocks, so that no
clock that jumps, and no difference between machines, makes a living worker look dead. On SQLite, where one worker
holds the seat, everybody else is dead by definition.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from bot.ledger import Ledger
from bot.logs import get_logger
from bot.model import Misconfigured

LEASE_SECONDS = 60.0

log = get_logger("bot.delivery")


def lease_seconds() -> float:
    """How long a worker may be silent before others take over: BOT_LEASE_SECONDS, or a minute."""
    text = os.environ.get("BOT_LEASE_SECONDS") or str(LEASE_SECONDS)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 1 <= seconds <= 3600:
        raise Misconfigured(f"BOT_LEASE_SECONDS is {text!r}; write a number of seconds from 1 to 3600.")
    return seconds


@dataclass(slots=True)
class Watch:
    """What one observer has seen of others' heartbeats. Pure: `at` is its monotonic clock, in seconds."""

    lease: float
    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _looked: float = float("-inf")

    def dead(self, beats: Mapping[str, int], at: float) -> frozenset[str]:
        """The workers whose number has stood still for a lease, while this observer was looking all along."""
        if at - self._looked > self.lease / 2:
            self._seen.clear()  # it was blind (the database was away): silence then proves nothing
        self._looked = at
        self._seen = {
            name: self._seen[name] if self._seen.get(name, (None,))[0] == beat else (beat, at)
            for name, beat in beats.items()
        }
        return frozenset(name for name, (_, since) in self._seen.items() if at - since > self.lease)


class Presence:
    """A worker's presence in the ledger while the block runs."""

    def __init__(
        self, ledger: Ledger, who: str, clock: Callable[[], datetime], lease: float = LEASE_SECONDS
    ) -> None:
        self._ledger = ledger
        self._who = who
        self._clock = clock
        self._lease = lease
        self._watch = Watch(lease)
        self._dead: frozenset[str] = frozenset()
        self._last = float("-inf")
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._leaving.set()
        self._thread.join(timeout=5)
        try:
            self._ledger.forget_workers([self._who])
        except SQLAlchemyError as error:
            log.warning("could not sign off", error=type(error).__name__)

    def is_fresh(self) -> bool:
        """Whether the others surely count on this worker still; only then may a byte leave."""
        return time.monotonic() - self._last < self._lease / 3

    def dead(self) -> frozenset[str]:
        """The workers that hold deliveries and will not come back."""
        if self._ledger.alone:
            return frozenset(self._ledger.senders() - {self._who})
        return self._dead

    def _live(self) -> None:
        while not self._leaving.wait(self._lease / 6):
            try:
                self._beat()
            except SQLAlchemyError as error:
                log.warning("no heartbeat", error=type(error).__name__)

    def _beat(self) -> None:
        began = time.monotonic()
        self._ledger.beat(self._who, self._clock())
        self._last = began
        if not self._ledger.alone:
            beats = dict.fromkeys(self._ledger.senders(), -1)
            beats |= {worker.id: worker.beat for worker in self._ledger.workers()}
            beats.pop(self._who, None)
            self._dead = self._watch.dead(beats, time.monotonic())


class Alone:
    """The presence of a courier that works by itself, as in `bot post` on SQLite: nobody else is there."""

    def is_fresh(self) -> bool:
        """Nobody could take over."""
        return True

    def dead(self) -> frozenset[str]:
        """Nobody to bury."""
        return frozenset()
