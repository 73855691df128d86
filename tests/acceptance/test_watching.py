"""Watching the bot from outside: /healthz, alerts and the dead man's ping of real workers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
import pytest

from bot.ledger import open_ledger
from bot.model import State
from tests.acceptance.third_party import installed_in
from tests.acceptance.worker import bot, environment, running_worker, stop, wait_until
from tests.listener import Listener, listening
from tests.servers.postgres import PostgresServer
from tests.world import write_campaign

MINUTE = timedelta(minutes=1)
FACTS = """
subject: Convention
sources:
  depositary: {title: Treaty Collection, publisher: United Nations, credit: UN Treaty Collection}
facts:
  adoption: {claim: It was adopted in Oslo., values: {place: Oslo}, source: depositary, as_of: 2020-01-01,
             review_by: never, status: post, since: 2020-01-01, confidence: high}
"""
TEMPLATES = """
language: en
templates:
  adoption: {a: "States adopted it in {{ place }}.", b: "{{ place }} is where it was adopted.", c: "Adopted in {{ place }}."}
"""
CAMPAIGN = """
name: Test campaign
hashtags: [MineAction]
horizon_days: 2
cool_downs: {fact_days: 0, group_days: 0, conflict_days: 0, account_minutes: 0}
"""


def make_campaign(tmp_path: Path, accounts: str, url: str, **more: str) -> dict[str, str]:
    """A campaign with a slot two minutes ago, which is planned, and one in six hours; the environment of its bot."""
    now = datetime.now(UTC)
    moments = (now - 2 * MINUTE, now + 360 * MINUTE)
    slots = "".join(f'  s{n}: {{dates: [{m:%Y-%m-%d}], at: "{m:%H:%M}"}}\n' for n, m in enumerate(moments))
    home = write_campaign(
        tmp_path / "campaign",
        campaign=CAMPAIGN,
        accounts=f"accounts:\n{accounts}",
        slots=f"slots:\n{slots}observances: {{instead_of_slots: false}}\n",
        facts=FACTS,
        templates=TEMPLATES,
    )
    env = installed_in(tmp_path / "site", environment(home, url, more))
    planned = bot("plan", "--now", (now - 3 * MINUTE).isoformat(), env=env)
    assert planned.returncode == 0, planned.stderr
    return env


def logged(log: Path, event: str) -> dict[str, Any] | None:
    """The newest line about an event that is whole."""
    found = None
    for line in log.read_text().splitlines():
        if line.startswith("{") and line.endswith("}") and json.loads(line)["event"] == event:
            found = json.loads(line)
    return found


def healthz(log: Path) -> tuple[int, dict[str, Any]]:
    """What the worker that writes this log answers to those who ask; 0 while it does not listen."""
    line = logged(log, "healthz")
    if line is None:
        return 0, {}
    try:
        with urlopen(f"http://127.0.0.1:{line['port']}/healthz", timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def test_healthz_is_true_while_the_database_goes_away_and_comes_back(
    tmp_path: Path, postgres: PostgresServer, postgres_url: str
) -> None:
    env = make_campaign(tmp_path, "  one: {network: file}\n", postgres_url, BOT_HEALTH_PORT="0")
    log = tmp_path / "worker.log"
    name = postgres_url.partition("@/")[2].partition("?")[0]

    def allow_connections(allowed: bool) -> None:
        address = f"postgresql://postgres@/postgres?host={postgres.socket}"
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}".encode())
            if not allowed:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
                )

    def answers(status: int, *ills: str) -> Callable[[], bool]:
        return lambda: (found := healthz(log))[0] == status and found[1]["ills"] == [*ills]

    with running_worker(env, log) as worker:
        wait_until(answers(200), worker, log)
        allow_connections(False)
        wait_until(answers(503, "database"), worker, log)
        status = bot("status", env=env)
        assert status.returncode == 1
        assert "the database does not answer" in status.stdout
        assert "Traceback" not in status.stdout + status.stderr
        allow_connections(True)
        wait_until(answers(200), worker, log)
        assert bot("status", env=env).returncode == 0
        assert stop(worker) == 0
    assert bot("status", env=env).returncode == 1


def test_healthz_is_true_while_a_tick_hangs(tmp_path: Path) -> None:
    accounts = "  one: {network: slow, options: {seconds: '3600'}}\n"
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    env = make_campaign(tmp_path, accounts, url, BOT_HEALTH_PORT="0", BOT_LEASE_SECONDS="1")
    log = tmp_path / "worker.log"
    with running_worker(env, log) as worker:
        wait_until(lambda: healthz(log)[0] == 200, worker, log)  # it sends, and that is work
        wait_until(lambda: healthz(log)[0] == 503, worker, log)
        assert healthz(log)[1]["ills"] == ["no-healthy-tick"]


def test_each_alert_is_told_once_by_one_of_two_workers(
    tmp_path: Path, postgres_url: str, listener: Listener
) -> None:
    secrets = {
        "BOT_ALERT_URLS": listener.url("/?key=a-secret-key-of-alerts", "json"),
        "BOT_PING_URL": listener.url("/ping/a-secret-key-of-pings"),
    }
    accounts = "  one: {network: refusing}\n  two: {network: refusing}\n  three: {network: file}\n"
    env = make_campaign(tmp_path, accounts, postgres_url, **secrets)
    log, other_log = tmp_path / "one.log", tmp_path / "two.log"

    def heard(words: str) -> int:
        return sum(message["message"].count(words) for message in listener.messages)

    with running_worker(env, log) as worker, running_worker(env, other_log) as other:
        wait_until(lambda: heard("it does not like this text") == 2, worker, log)
        assert bot("pause", "--account", "three", "--why", "a mistake", env=env).returncode == 0
        wait_until(lambda: heard("the account three") == 1, worker, log)
        wait_until(lambda: sum(call.startswith("GET /ping") for call in listener.calls) >= 2, worker, log)
        assert other.poll() is None
        assert [stop(process) for process in (worker, other)] == [0, 0]

    failed = open_ledger(postgres_url).deliveries_in([State.FAILED])
    assert len(failed) == 2
    for words in (*(f"bot retry {delivery.id}" for delivery in failed), "Paused: the account three"):
        assert heard(words) == 1
    for path in (log, other_log):
        assert "a-secret-key" not in path.read_text()


def test_an_alert_that_nobody_heard_is_told_when_somebody_listens(tmp_path: Path, listener: Listener) -> None:
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    env = make_campaign(
        tmp_path, "  one: {network: refusing}\n", url, BOT_ALERT_URLS=listener.url("/", "json")
    )
    listener.is_deaf = True
    first = bot("run", "--once", "--log", "json", env=env)
    assert first.returncode == 0, first.stderr
    assert "alerts could not be told" in first.stderr
    assert listener.messages == []
    listener.is_deaf = False
    for _ in range(2):
        assert bot("run", "--once", env=env).returncode == 0
    (message,) = listener.messages
    assert "it does not like this text" in message["message"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BOT_PING_URL", "ftp://example.org/a-secret-key", "BOT_PING_URL must be an address that begins with https://"),
        ("BOT_ALERT_URLS", "nonsense://a-secret-key", "BOT_ALERT_URLS: Apprise does not understand address 1"),
        ("BOT_LEASE_SECONDS", "soon", "BOT_LEASE_SECONDS is 'soon'"),
    ],
)  # fmt: skip
def test_a_worker_does_not_start_with_a_mistake_in_its_environment(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    env = make_campaign(tmp_path, "  one: {network: file}\n", f"sqlite:///{tmp_path / 'bot.db'}")
    result: subprocess.CompletedProcess[str] = bot("run", env=env | {name: value})
    assert result.returncode == 1
    assert words in result.stderr
    assert "a-secret-key" not in result.stderr
    assert "Traceback" not in result.stderr
