"""How the cost of planning and of a tick grows with the library and with what was delivered already."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import delete

from bench.campaign import library_with, settings_with
from bench.databases import durable_postgres, sqlite_url
from bench.history import YEARS, write_history
from bench.report import Figure, say
from bot.ledger import Ledger, open_ledger
from bot.ledger.tables import posts
from bot.worker import Worker, utc_now
from bot.workspace import Workspace

DELIVERIES, PAST_ACCOUNTS, ACCOUNTS = 10_000_000, 1000, 10
FACTS = (1_000, 10_000, 100_000)
PLAN_SECONDS, TICK_MS = 1.0, 10.0
BEST_OF, TICKS = 3, 50
DISK_GB = 12
ROOT = Path(__file__).parent.parent


def measure() -> list[Figure]:
    """Each library with an empty ledger, then with ten million deliveries on each database."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, durable_postgres() as postgres:
        home = Path(folder)
        figures = _measured(home, "PostgreSQL", postgres.fresh_database())
        if shutil.disk_usage(folder).free < DISK_GB * 1e9:
            say(f"SQLite is left out: {DISK_GB} GB of disk are not free in {folder}.")
            return figures
        return figures + _measured(home, "SQLite", sqlite_url(home))


def _measured(home: Path, database: str, url: str) -> list[Figure]:
    ledger, now = open_ledger(url), utc_now()
    began = time.perf_counter()
    write_history(ledger.engine, DELIVERIES, PAST_ACCOUNTS, now)
    say(f"scale database={database} history_written_in={time.perf_counter() - began:.0f}s")
    figures = [_plan(home, database, ledger, facts) for facts in FACTS]
    figures.append(_tick(home, database, ledger))
    ledger.engine.dispose()
    return figures


def _plan(home: Path, database: str, ledger: Ledger, facts: int) -> Figure:
    """A month of two slots a day, chosen, composed for each account and written."""
    settings = settings_with(home, ACCOUNTS, "file")
    space = Workspace(home, settings, library_with(facts), ledger)
    now = utc_now()
    chosen = _best(lambda: space.plan(now))
    first = time.perf_counter()
    changed = space.store_plan(now, "bench")
    stored = time.perf_counter() - first
    first = time.perf_counter()
    space.store_plan(now, "bench")
    again = time.perf_counter() - first
    with ledger.engine.begin() as connection:
        connection.execute(delete(posts).where(posts.c.due_at > now))
    say(
        f"scale database={database} facts={facts} posts={changed} plan_month_seconds={chosen:.3f} "
        f"planned_and_written_seconds={stored:.3f} planned_again_seconds={again:.3f}"
    )
    how = (
        f"{ACCOUNTS} accounts, two slots a day, {DELIVERIES:,} past deliveries; best of {BEST_OF}; "
        f"with writing it {stored:.2f} s, again unchanged {again:.2f} s"
    )
    return Figure(f"plan_month_seconds, {facts:,} facts, {database}", chosen, "s", PLAN_SECONDS, how=how)


def _tick(home: Path, database: str, ledger: Ledger) -> Figure:
    """A tick of the worker itself in which nothing is due, with the shipped files looked at for changes."""
    settings = settings_with(home, ACCOUNTS, "file")
    shutil.copytree(ROOT / "messages", home / "messages", dirs_exist_ok=True)
    worker = Worker(Workspace(home, settings, library_with(FACTS[0]), ledger))
    with worker._present():
        worker.plan()
        worker.deliver()
        took = []
        for _ in range(TICKS):
            began = time.perf_counter()
            worker.deliver()
            took.append(1000 * (time.perf_counter() - began))
    median = statistics.median(took)
    say(
        f"scale database={database} idle_tick_ms={median:.2f} fastest={min(took):.2f} slowest={max(took):.2f}"
    )
    how = f"{DELIVERIES:,} past deliveries over {YEARS} years; median of {TICKS}"
    return Figure(f"idle_tick_ms, {database}", median, "ms", TICK_MS, how=how)


def _best(what: Callable[[], object]) -> float:
    took = []
    for _ in range(BEST_OF):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return min(took)
