"""What goes wrong beside the network: the database goes away, the disk is full, the clock jumps."""

from __future__ import annotations

import random
import resource
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.torture.proxy import Fault

# Seconds: a little drift, a summer-time mistake, a wrong day, a machine that wakes up in another year.
JUMPS = (-25.0, 25.0, -90.0, 90.0, -3600.0, 3600.0, -3 * 86400.0, 3 * 86400.0, 400 * 86400.0)
# A worker that begins on SQLite has nothing to hold its clock against: days ahead, it would skip all that is due.
JUMPS_ALONE = tuple(seconds for seconds in JUMPS if seconds <= 3600)
MOUNT = "mount"
DISK = "16m"  # room for a write-ahead log, which SQLite lets grow to 4 MB and more


def a_fault(rng: random.Random, network: str) -> Fault:
    """One of all the faults that a request to a network can meet."""
    status = rng.choice((500, 502, 503))
    faults = [
        Fault("status", status=429),
        Fault("status", status=429, retry_after=rng.choice((1, 2))),
        Fault("status", status=status),
        Fault("status_after", status=status),
        Fault("expired") if network == "bluesky" else Fault("cut_after"),
        Fault("cut_before"),
        Fault("cut_after"),
        Fault("cut_mid"),
        Fault("stall_before"),
        Fault("stall_after"),
        Fault("slow"),
        Fault("stale", pictured=True),
        Fault("status", status=429, pictured=True),
        Fault("cut_before", pictured=True),
        Fault("status", status=status, reads=True),
        Fault("status", status=429, reads=True),
        Fault("cut_before", reads=True),
        Fault("cut_mid", reads=True),
        Fault("stall_before", reads=True),
    ]
    fault = rng.choice(faults)
    fault.times = rng.choice((1, 1, 2))
    return fault


@dataclass
class Soon:
    """What is to happen later, whenever somebody asks."""

    _waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Act when so many seconds have passed."""
        self._waiting.append((time.monotonic() + seconds, act))

    def run(self, everything: bool = False) -> None:
        """Do what is due, or all of it."""
        due = [act for at, act in self._waiting if everything or at <= time.monotonic()]
        self._waiting = [(at, act) for at, act in self._waiting if act not in due]
        for act in due:
            act()


class Clocks:
    """The clocks of the workers: each reads how far it is off from one of a few files."""

    def __init__(self, folder: Path, count: int, jumps: tuple[float, ...]) -> None:
        self._jumps = jumps
        self.files = [folder / f"clock-{n}" for n in range(count)]
        self.put_right()

    def jump(self, rng: random.Random) -> float:
        """One of the clocks, or all of them, jumps; by how many seconds."""
        seconds = rng.choice(self._jumps)
        for file in self.files if rng.random() < 0.3 else [rng.choice(self.files)]:
            file.write_text(str(seconds))
        return seconds

    def put_right(self) -> None:
        """Every clock is right."""
        for file in self.files:
            file.write_text("0")


class Outage:
    """Sends a PostgreSQL database away: every session ends, and none may begin."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._name = parsed.database
        self._address = f"postgresql://postgres@/postgres?host={parsed.query['host']}"

    def begin(self) -> None:
        """It goes away."""
        self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        self._execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self._name}'"
        )

    def end(self) -> None:
        """It is back."""
        self._execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement.encode())


class SmallDisk:
    """A disk that can be full: a small tmpfs where we may mount one, else a limit on the size of files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = [MOUNT, "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
        try:
            self.mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            self.mounted = False
        self._filler = folder / "filler"

    @property
    def how(self) -> str:
        """In words, for the one who watches."""
        return "a tmpfs" if self.mounted else "a limit on the size of files (a tmpfs may not be mounted here)"

    def fill(self, pids: Iterable[int]) -> None:
        """Nothing more can be written."""
        if not self.mounted:
            largest = max((p.stat().st_size for p in self.folder.iterdir()), default=0)
            self._limit(pids, largest)
            return
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def free(self, pids: Iterable[int]) -> None:
        """There is room again."""
        self._filler.unlink(missing_ok=True)
        self._limit(pids, resource.RLIM_INFINITY)

    def _limit(self, pids: Iterable[int], size: int) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

    def close(self) -> None:
        """Take the disk away."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)
        with suppress(OSError):
            self.folder.rmdir()
