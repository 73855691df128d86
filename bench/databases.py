"""The databases that are measured, each as production has it: PostgreSQL durable, SQLite with WAL and synchronous=FULL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers.postgres import PostgresServer, postgres_server

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def durable_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that waits for the disk, which the one of the tests does not."""
    with postgres_server() as server:
        address = f"postgresql://postgres@/postgres?host={server.socket}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
        for setting in DURABLE:
            server.process.wait_for(lambda name=setting: _is_on(address, name), 10)
        yield server


def _is_on(address: str, setting: str) -> bool | None:
    with psycopg.connect(address) as connection:
        row = connection.execute(f"SHOW {setting}".encode()).fetchone()
    return True if row == ("on",) else None


def sqlite_url(folder: Path) -> str:
    """The URL of a new SQLite database."""
    return f"sqlite:///{folder / 'bot.db'}"
