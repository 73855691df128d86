"""The pauses that stand, never more than half a second old: asked before each byte that leaves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from bot.ledger import Delivery, Ledger
from bot.model import Pause

FRESH_SECONDS = 0.5


@dataclass(slots=True)
class Stops:
    """One worker's view of the pauses; shared by its threads."""

    ledger: Ledger
    _pauses: tuple[Pause, ...] = ()
    _read_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def standing(self) -> tuple[Pause, ...]:
        """The pauses that stand. Raises SQLAlchemyError when the ledger cannot be asked."""
        with self._lock:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                self._pauses = tuple(self.ledger.pauses())
                self._read_at = time.monotonic()
            return self._pauses

    def read_anew(self) -> None:
        """Do not trust what was read before."""
        with self._lock:
            self._read_at = float("-inf")

    def stopping(self, delivery: Delivery) -> Pause | None:
        """The pause that stops a delivery."""
        fact = delivery.message.fact_id
        return next(
            (p for p in self.standing() if p.covers(delivery.network, delivery.account_id, fact)), None
        )
