"""How fast the desk's pages answer with ten years behind them, and how much memory the process keeps.

The shipped campaign, `bot web` in a process of its own, SQLite with 100,000 past deliveries; one visitor who is signed
in asks for each page over one connection that stays open.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from sqlalchemy import text

from bench.databases import sqlite_url
from bench.history import write_history
from bench.report import Figure, say
from bot.ledger import Cursor, Wanted
from bot.ledger.wire import message_to_json
from bot.workspace import Workspace, open_workspace
from tests.web.team import add_team, password_of

DELIVERIES, ACCOUNTS = 100_000, 4
ROUNDS, WARM_UP = 60, 5
PAGE_MS, IDLE_MB = 50.0, 100.0
ROLE = "approver"
ROOT = Path(__file__).parent.parent
_GIVE_WORDS = (
    "UPDATE deliveries SET message = :message, fact_id = :fact WHERE post_id % :of = :number AND due_at < :now",
    "UPDATE posts SET fact_id = :fact WHERE id % :of = :number AND due_at < :now",
)
_AUDIT = """
    INSERT INTO audit (at, who, what, was, became, why)
    SELECT due_at, 'worker', id, 'sending', 'sent', 'accepted' FROM deliveries WHERE state = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page to ask for. `held`: to the target; a search through text without an index is only shown."""

    name: str
    path: str
    held: bool = True


def measure() -> list[Figure]:
    """Each page's median, and the memory before and after they were asked for."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        home = Path(folder)
        for part in ("config", "messages"):
            shutil.copytree(ROOT / part, home / part)
        environ = {**os.environ, "BOT_HOME": folder, "DATABASE_URL": sqlite_url(home), "BOT_REHEARSE": "1"}
        environ["PYTHONPATH"] = str(ROOT)
        pages = _promise(home, environ["DATABASE_URL"])
        with _desk(home, environ) as (process, port):
            visitor = _Visitor(port)
            figures = [_memory("idle_rss_mb, as started", process)]
            visitor.sign_in()
            figures += [_timed(visitor, page, process) for page in pages]
            asked = f"after {ROUNDS * len(pages):,} pages"
            return [*figures, _memory(f"idle_rss_mb, {asked}", process)]


def _promise(home: Path, url: str) -> list[Page]:
    """Ten years of deliveries that say what the campaign says, a plan for the days to come, and a team."""
    os.environ["DATABASE_URL"] = url
    os.environ["BOT_REHEARSE"] = "1"
    space, now = open_workspace(home), datetime.now(UTC)
    began = time.perf_counter()
    write_history(space.ledger.engine, DELIVERIES, ACCOUNTS, now)
    space.store_plan(now, "bench")
    _give_words(space, now)
    add_team(space.ledger, now)
    say(f"desk history_written_in={time.perf_counter() - began:.0f}s")
    found = space.ledger.history(Wanted(), Cursor(now, ""), 1).entries[0]
    coming = next(post for post in space.posts(now) if post.deliveries)
    back = quote(str(Cursor(now - timedelta(days=5 * 365), "x")))
    postable = next(fact.id for fact in space.library.facts.values() if fact.status.postable)
    translated = next(block.name for block in space.library.blocks() if block.language == "ar")
    account = urlencode({"account": found.account_id, "state": "sent"})
    days = urlencode({"since": f"{now - timedelta(days=400):%Y-%m-%d}", "until": f"{now:%Y-%m-%d}"})
    space.ledger.engine.dispose()
    return [
        Page("Today", "/"),
        Page("Calendar, a month", "/calendar?view=month"),
        Page("Calendar, a week", "/calendar?view=week"),
        Page("History", "/history"),
        Page("History, five years back", f"/history?before={back}"),
        Page("History of an account", f"/history?{account}"),
        Page("History of 400 days", f"/history?{days}"),
        Page("History, a common word", "/history?q=convention"),
        Page("History, a word that is nowhere", "/history?q=xylophone", held=False),
        Page("A delivery", f"/history/{found.id}"),
        Page("Audit log", "/history/audit"),
        Page("Library", "/library"),
        Page("A fact", f"/library/{postable}"),
        Page("A post", f"/posts/{quote(coming.slot_id)}"),
        Page("Compose", "/compose"),
        Page("What worked", f"/report?month={now - timedelta(days=31):%Y-%m}"),
        Page("Translations into French", "/reviews/fr"),
        Page("A translation", f"/reviews/ar/{translated}"),
        Page("Withdrawn posts", "/withdrawn"),
        Page("People", "/people"),
    ]


def _give_words(space: Workspace, now: datetime) -> None:
    """Past deliveries get the campaign's own accounts, facts and planned texts, and a line in the audit log each."""
    planned = [delivery for post in space.posts(now) for delivery in post.deliveries]
    accounts = sorted({delivery.account_id for delivery in planned})
    networks = {delivery.account_id: delivery.network for delivery in planned}
    with space.ledger.engine.begin() as connection:
        for number in range(ACCOUNTS):
            name = accounts[number % len(accounts)] if number < len(accounts) else f"former-{number}"
            values = {"was": f"a{number:04d}", "name": name, "network": networks.get(name, "file")}
            change = "UPDATE deliveries SET account_id = :name, network = :network WHERE account_id = :was"
            connection.execute(text(change), values)
        for number, delivery in enumerate(planned[:50]):
            message = json.dumps(message_to_json(delivery.message))
            values = {
                "message": message, "fact": delivery.message.fact_id, "number": number, "of": min(len(planned), 50),
                "now": f"{now:%Y-%m-%d %H:%M:%S}",
            }  # fmt: skip
            for change in _GIVE_WORDS:
                connection.execute(text(change), values)
        connection.execute(text(_AUDIT))


@contextmanager
def _desk(home: Path, environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "bot", "web", "--port", str(port), "--log", "json"]
    with (home / "web.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _wait_for(port, process, home / "web.log")
        yield process, port
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"bot web does not answer:\n{log.read_text()}")
        try:
            _Visitor(port).get("/sign-in")
        except OSError:
            time.sleep(0.1)
        else:
            return


class _Visitor:
    """A browser that keeps its connection and its cookies."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, bytes]:
        """A page."""
        return self._ask("GET", path, None, {})

    def sign_in(self) -> None:
        """As the approver of the tests' team."""
        token = re.search(rb'name="token" value="([^"]*)"', self.get("/sign-in")[1])
        assert token is not None
        form = {"name": ROLE, "password": password_of(ROLE), "token": token[1].decode()}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        status, body = self._ask("POST", "/sign-in", urlencode(form), headers)
        if status != 303:
            raise RuntimeError(f"signing in answered {status}: {body.decode()}")

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._http.request(method, path, body, {**headers, "Cookie": cookies})
        answer = self._http.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read()


def _timed(visitor: _Visitor, page: Page, process: subprocess.Popen[bytes]) -> Figure:
    for _ in range(WARM_UP):
        status, body = visitor.get(page.path)
        if status != 200:
            raise RuntimeError(f"{page.path} answers {status}")
    took, before = [], _cpu_ms(process)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        visitor.get(page.path)
        took.append(1000 * (time.perf_counter() - began))
    cpu = (_cpu_ms(process) - before) / ROUNDS
    median, slow = statistics.median(took), sorted(took)[int(0.95 * len(took))]
    say(
        f"desk page={page.path} median_ms={median:.1f} p95_ms={slow:.1f} fastest_ms={min(took):.1f} cpu_ms={cpu:.1f} "
        f"kb={len(body) / 1000:.1f} rss_mb={_rss(process):.1f}"
    )
    how = f"{cpu:.0f} ms of work, fastest {min(took):.1f}, 95% under {slow:.1f}; {len(body) / 1000:.0f} kB"
    return Figure(f"page_ms, {page.name}", median, "ms", PAGE_MS if page.held else None, how=how)


def _cpu_ms(process: subprocess.Popen[bytes]) -> float:
    """What the process has worked so far; other programs on the machine do not lengthen it."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(process: subprocess.Popen[bytes]) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1000


def _memory(what: str, process: subprocess.Popen[bytes]) -> Figure:
    rss = _rss(process)
    say(f"desk {what.replace(', ', '_').replace(' ', '_')}={rss:.1f}")
    return Figure(what, rss, "MB", IDLE_MB, how=f"one process; SQLite, {DELIVERIES:,} past deliveries")
