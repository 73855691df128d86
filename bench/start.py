"""How much an idle worker weighs, and how soon the command line answers."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Figure, say

MEMORY_MB, HELP_MS = 80.0, 150.0
HELP_RUNS, IDLE_SECONDS = 10, 15.0
ROOT = Path(__file__).parent.parent


def measure() -> list[Figure]:
    """`bot run` with the shipped campaign after its first ticks, and `bot --help`."""
    return [_help(), _memory()]


def _help() -> Figure:
    took = []
    for _ in range(HELP_RUNS):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "bot", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        took.append(1000 * (time.perf_counter() - began))
    median = statistics.median(took)
    say(f"start help_ms={median:.0f} fastest={min(took):.0f} slowest={max(took):.0f}")
    return Figure("help_ms", median, "ms", HELP_MS, how=f"`bot --help`, median of {HELP_RUNS}")


def _memory() -> Figure:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        for name in ("config", "messages"):
            shutil.copytree(ROOT / name, home / name)
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BOT_HOME": folder,
            "BOT_FILES": str(home / "posts"),
            "DATABASE_URL": f"sqlite:///{home / 'bot.db'}",
        }
        # As the Procfile has it: the release migrates, and then the worker starts.
        subprocess.run([sys.executable, "-m", "bot", "migrate"], env=environ, check=True, capture_output=True)
        command = [sys.executable, "-m", "bot", "run", "--every", "1"]
        with (home / "log").open("w") as log:
            worker = subprocess.Popen(command, env=environ, stderr=log)
            try:
                time.sleep(IDLE_SECONDS)
                megabytes = _resident(worker.pid)
            finally:
                worker.terminate()
                worker.wait(30)
    say(f"start idle_mb={megabytes:.1f}")
    how = f"resident memory of `bot run` with the shipped campaign after {IDLE_SECONDS:.0f} s of ticks"
    return Figure("idle_mb", megabytes, "MB", MEMORY_MB, how=how)


def _resident(pid: int) -> float:
    """Megabytes (of 1024² bytes) that a process holds in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {pid} is gone")
