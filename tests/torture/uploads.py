"""Pictures on their way: whether one was handed over again that need not have been.

Each worker of the harness says in headers for which delivery it uploads or posts, which picture, and what its clock
says (tests/torture/worker.py). The proxies tell this class of each such request before it is passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.baggage import UPLOADS_LAST
from bot.ledger import Ledger
from bot.ledger.tables import uploads
from tests.torture.proxy import Asked

DELIVERY, PICTURE, CLOCK = "Torture-Delivery", "Torture-Picture", "Torture-Clock"
Which = tuple[str, str]  # delivery and picture


@dataclass
class Uploads:
    """What was uploaded in one act.

    An upload is one too many when the ledger had one already; and, whatever the ledger says, when a post of its
    delivery has left since the last one: before that, it must have been written down. An upload that is older than
    the bot believes in does not count, by the clock of the worker that uploads again; nor does one that its network
    said it has forgotten.
    """

    ledger: Ledger
    count: int = 0
    twice: list[str] = field(default_factory=list)
    _on_its_way: dict[Which, datetime] = field(default_factory=dict)
    _surely_kept: dict[Which, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def watch(self, asked: Asked) -> None:
        """Take note of a request."""
        delivery = asked.headers.get(DELIVERY)
        if delivery is None:
            return
        with self._lock:
            if asked.what == "upload":
                self._uploaded((delivery, asked.headers[PICTURE]), _clock(asked.headers))
                return
            mine = [which for which in self._on_its_way if which[0] == delivery]
            if asked.what == "post":
                self._surely_kept |= {which: self._on_its_way[which] for which in mine}
            else:
                for which in mine:
                    self._surely_kept.pop(which, None)
                    del self._on_its_way[which]

    def _uploaded(self, which: Which, now: datetime) -> None:
        self.count += 1
        since = now - UPLOADS_LAST
        kept = self._surely_kept.get(which)
        if self._is_written_down(which, since):
            self.twice.append(f"uploaded twice: {which[1]} of {which[0]}, although the ledger had it")
        elif kept is not None and kept >= since:
            self.twice.append(f"uploaded twice: {which[1]} of {which[0]}, after a post of it had left")
        self._on_its_way[which] = now

    def _is_written_down(self, which: Which, since: datetime) -> bool:
        delivery, picture = which
        query = select(uploads.c.at).where(
            uploads.c.delivery_id == delivery, uploads.c.key == picture, uploads.c.at >= since
        )
        try:
            with self.ledger.engine.connect() as connection:
                return connection.scalar(query) is not None
        except SQLAlchemyError:
            return False  # the database is away: the worker cannot ask it either


def _clock(headers: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(headers[CLOCK])
