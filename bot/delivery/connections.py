"""Live logins, kept between deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from bot.model import Account
from bot.networks import Connection, connect


@dataclass(slots=True)
class Connections:
    """Logins by account; each is used by one thread at a time."""

    connect: Callable[[Account], Connection] = connect
    _idle: dict[str, SimpleQueue[Connection]] = field(default_factory=dict)

    def take(self, account: Account) -> Connection:
        """An idle login of the account, or a new one. Raises NetworkError."""
        try:
            return self._idle.setdefault(account.id, SimpleQueue()).get_nowait()
        except Empty:
            return self.connect(account)

    def give_back(self, account: Account, connection: Connection) -> None:
        """Keep a login that works for the next delivery."""
        self._idle[account.id].put(connection)
