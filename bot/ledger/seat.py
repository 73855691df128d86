"""The one seat at an SQLite ledger: whoever sends holds a lock that the kernel frees when its process ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.ledger.ledger import Ledger


@contextmanager
def take_seat(ledger: Ledger) -> Iterator[bool]:
    """Hold the seat while the block runs; whether it was free. On PostgreSQL there is a seat for everybody."""
    database = ledger.engine.url.database
    if not ledger.alone or not database or database == ":memory:":
        yield True
        return
    path = Path(f"{database}.worker")
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield True
