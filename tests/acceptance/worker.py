"""A real worker process on a campaign folder, watched from outside as its host would watch it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.world import ROOT

DEADLINE = 120.0


def environment(home: Path, database_url: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """What a host would set, and nothing of the developer's own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "BOT_HOME": str(home),
        "DATABASE_URL": database_url,
        "BOT_FILES": str(home / "posts"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **secrets,
    }


def bot(*arguments: str, env: Mapping[str, str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    command = [sys.executable, "-m", "bot", *arguments]
    return subprocess.run(
        command, env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


@contextmanager
def running_worker(env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`bot run`, killed at the end if it still runs. Its log goes to a file, and to the screen with `pytest -s`."""
    with log.open("wb") as sink:
        command = [sys.executable, "-m", "bot", "run", "--every", "0.5", "--log", "json"]
        process = subprocess.Popen(command, env=dict(env), stderr=sink)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            print(log.read_text())


def wait_until(done: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a state that the worker brings about; fail with its log when it stops or takes too long."""
    end = time.monotonic() + DEADLINE
    while not done():
        assert process.poll() is None, f"the worker stopped by itself:\n{log.read_text()}"
        assert time.monotonic() < end, f"not done after {DEADLINE} s:\n{log.read_text()[-4000:]}"
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM, as a host sends it before 30 seconds are over; the exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(30)
