"""Worker processes that are going to die, and what they die of."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.worker import AT_WORK, LEASE_SECONDS

EVERY = "0.3"
ANY_MOMENT = "any-moment"
PATIENCE = (4.0, 8.0)
"""Seconds of work after which a worker that never came to its seam is killed from outside."""
MOST_SECONDS_TO_START = 20.0

# Seams while the bot works, with how often the Nth time may be the fatal one.
SEAMS: dict[str, int] = {
    "before-claim": 4,
    "claimed": 2,
    "before-first-byte": 2,
    "in-flight": 2,
    "while-publishing": 2,
    "answered": 2,
    "upload-answered": 2,
    "upload-recorded": 2,
    "between-posts": 3,
    "looking-for-thread": 1,
    "before-record": 2,
    "before-commit": 15,
    "after-commit": 15,
    "at-the-gate": 2,
    "taking-over": 1,
    "look-claimed": 1,
    "looking": 2,
    "looked": 2,
    "before-plan": 1,
    "within-plan": 3,
    "planned": 1,
}
# Those to which no worker comes unless there is such a thing in the ledger just now.
NEEDED: dict[str, str] = {
    **dict.fromkeys(("taking-over", "look-claimed", "looking", "looked"), "a doubt"),
    **dict.fromkeys(("upload-answered", "upload-recorded"), "a picture"),
    "between-posts": "a thread",
    "looking-for-thread": "a thread in doubt",
}
SOON_AFTER = ("in-flight", "while-publishing", "looking-for-thread")
STATEMENTS_OF_A_MIGRATION = 40


@dataclass(frozen=True)
class Fate:
    """Where a worker is to die: at the Nth time it comes to a seam, or a little later."""

    seam: str
    count: int = 1
    delay: float = 0.0

    @classmethod
    def drawn(cls, rng: random.Random, at_hand: Collection[str]) -> Fate:
        """One of the seams of a working bot to which it will come with what is `at_hand` (see `NEEDED`)."""
        seam = rng.choice([seam for seam in SEAMS if NEEDED.get(seam) in (None, *at_hand)])
        delay = rng.uniform(0, 0.06) if seam in SOON_AFTER else 0.0
        return cls(seam, rng.randint(1, SEAMS[seam]), delay)

    @classmethod
    def while_migrating(cls, rng: random.Random) -> Fate:
        """Between any two statements of a migration."""
        return cls("migrating", rng.randint(1, STATEMENTS_OF_A_MIGRATION))

    @property
    def environment(self) -> dict[str, str]:
        """As tests/torture/worker.py reads it."""
        return {
            "TORTURE_SEAM": self.seam,
            "TORTURE_COUNT": str(self.count),
            "TORTURE_DELAY": f"{self.delay:.4f}",
        }


@dataclass
class Mortal:
    """One worker process; without a fate it lives until it is told to stop."""

    process: subprocess.Popen[bytes]
    fate: Fate | None
    log: Path
    patience: float
    born: float = field(default_factory=time.monotonic)
    at_work_since: float | None = None
    cause: str | None = None

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def is_overdue(self) -> bool:
        """Whether it should have died by now."""
        if self.at_work_since is None and AT_WORK in self.log.read_text(errors="replace"):
            self.at_work_since = time.monotonic()
        end = (
            self.born + MOST_SECONDS_TO_START
            if self.at_work_since is None
            else self.at_work_since + self.patience
        )
        return self.fate is not None and time.monotonic() > end

    def kill(self) -> None:
        """Kill it from outside."""
        self.cause = ANY_MOMENT
        self.process.kill()
        self.process.wait()

    def death(self) -> str | None:
        """What it was killed by; None while it lives, and empty when it ended by itself."""
        code = self.process.poll()
        if code is None:
            return None
        if code != -signal.SIGKILL:
            return ""
        return self.cause or (self.fate.seam if self.fate else ANY_MOMENT)

    def stop(self) -> int:
        """SIGTERM, as a host sends it; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start(
    env: Mapping[str, str], log: Path, clock: Path, rng: random.Random, fate: Fate | None = None
) -> Mortal:
    """A worker process, started as a host would."""
    told = {
        **env,
        "BOT_LEASE_SECONDS": str(LEASE_SECONDS),
        "TORTURE_CLOCK": str(clock),
        "TORTURE_IN_FLIGHT": str(rng.choice((1, 2, 8))),
        **(fate.environment if fate else {}),
    }
    command = [sys.executable, "-m", "tests.torture.worker", "run", "--every", EVERY, "--log", "json"]
    with log.open("ab") as sink:
        process = subprocess.Popen(command, env=told, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
    return Mortal(process, fate, log, rng.uniform(*PATIENCE))
