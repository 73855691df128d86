"""Stopping the bot, from a terminal, while a real worker is at work."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.ledger import Delivery, Ledger, open_ledger
from bot.model import Scope, State
from tests.acceptance.third_party import Seen, installed_in, seen_in
from tests.acceptance.worker import bot, environment, running_worker, stop, wait_until
from tests.world import write_campaign

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
GRACE = 15 * MINUTE
MANY = 200

FACTS = """
subject: Convention
sources:
  depositary: {title: Treaty Collection, publisher: United Nations, credit: UN Treaty Collection}
facts:
  adoption:
    claim: The Convention was adopted in Oslo.
    values: {place: Oslo}
    source: depositary
    as_of: 2020-01-01
    review_by: never
    status: post
    since: 2020-01-01
    confidence: high
  signature: {claim: It was signed in Ottawa., values: {place: Ottawa}, source: depositary, as_of: 2020-01-01,
              review_by: never, status: post, since: 2020-01-01, confidence: high}
"""
TEMPLATES = """
language: en
templates:
  adoption: {a: "States adopted it in {{ place }}.", b: "{{ place }} is where it was adopted.", c: "Adopted in {{ place }}."}
  signature: {a: "States signed it in {{ place }}.", b: "{{ place }} is where it was signed.", c: "Signed in {{ place }}."}
"""
CAMPAIGN = f"""
name: Test campaign
hashtags: [MineAction]
horizon_days: 2
grace_minutes: {GRACE // MINUTE}
cool_downs: {{fact_days: 0, group_days: 0, conflict_days: 0, account_minutes: 0}}
"""


@dataclass
class Stage:
    """A campaign on the slow network, planned an hour ago."""

    home: Path
    env: dict[str, str]
    ledger: Ledger
    log: Path

    def bot(self, *arguments: str) -> str:
        """What a command says; it succeeds."""
        done = bot(*arguments, env=self.env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def deliveries(self) -> list[Delivery]:
        """Those whose moment has come."""
        now = datetime.now(UTC)
        return [d for p in self.ledger.posts_between(now - 3 * HOUR, now) for d in p.deliveries]

    def states(self) -> set[State]:
        return {delivery.state for delivery in self.deliveries()}

    def seen(self) -> list[Seen]:
        return seen_in(self.home / "posts")

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        with running_worker(self.env, self.log) as process:
            yield Worker(self, process)
            assert stop(process) == 0


@dataclass
class Worker:
    """A worker that is running."""

    stage: Stage
    process: subprocess.Popen[bytes]

    def wait_until(self, done: Callable[[], bool]) -> None:
        wait_until(done, self.process, self.stage.log)

    def finish_ticks(self) -> None:
        """Until it has looked twice more at what is due, and is sending nothing."""
        for _ in range(2):
            self.wait_until(partial(self._had_a_tick_since, datetime.now(UTC)))
        assert State.SENDING not in self.stage.states()

    def _had_a_tick_since(self, moment: datetime) -> bool:
        return any(w.healthy_at is not None and w.healthy_at > moment for w in self.stage.ledger.workers())


def make_stage(
    tmp_path: Path, url: str, accounts: int, seconds: float, minutes_ago: tuple[int, ...]
) -> Stage:
    """A slot at each of these moments, for so many accounts, each of which takes so long to post."""
    now = datetime.now(UTC)
    moments = [now - ago * MINUTE for ago in minutes_ago] + [now + 6 * HOUR]
    slots = "".join(f'  s{n}: {{dates: [{m:%Y-%m-%d}], at: "{m:%H:%M}"}}\n' for n, m in enumerate(moments))
    names = "".join(
        f"  a{n:03d}: {{network: slow, options: {{seconds: '{seconds}'}}}}\n" for n in range(accounts)
    )
    home = write_campaign(
        tmp_path / "campaign",
        campaign=CAMPAIGN,
        accounts=f"accounts:\n{names}",
        slots=f"slots:\n{slots}observances: {{instead_of_slots: false}}\n",
        facts=FACTS,
        templates=TEMPLATES,
    )
    env = installed_in(tmp_path / "site", environment(home, url, {}))
    stage = Stage(home, env, open_ledger(url), tmp_path / "worker.log")
    stage.bot("plan", "--now", (now - HOUR).isoformat())
    assert len(stage.deliveries()) == accounts * len(minutes_ago)
    return stage


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bot.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_a_pause_takes_effect_within_a_second_also_for_what_is_claimed(tmp_path: Path, url: str) -> None:
    stage = make_stage(tmp_path, url, MANY, 0.2, (2,))
    with stage.worker() as worker:
        worker.wait_until(lambda: len(stage.seen()) >= 16)
        stage.bot("pause", "--why", "a mistake")
        paused = datetime.now(UTC)
        worker.finish_ticks()
        seen = stage.seen()
        assert 16 <= len(seen) < MANY
        assert max(post.began for post in seen) < paused + SECOND
        assert stage.states() == {State.SENT, State.DUE}

        stage.bot("resume", "--why", "mended")
        worker.wait_until(lambda: stage.states() == {State.SENT})
    assert sorted(post.id for post in stage.seen()) == sorted(d.id for d in stage.deliveries())


@pytest.mark.parametrize(
    ("option", "goes_out"),
    [("--account=a001", {"a000", "a002"}), ("--network=slow", set()), ("--fact={fact}", set())],
)
def test_a_pause_of_less_stops_only_that(tmp_path: Path, option: str, goes_out: set[str]) -> None:
    stage = make_stage(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", 3, 0, (2,))
    option = option.format(fact=stage.deliveries()[0].message.fact_id)
    stage.bot("pause", option, "--why", "a mistake")
    with stage.worker() as worker:
        worker.finish_ticks()
        assert {post.account for post in stage.seen()} == goes_out
        stage.bot("resume", option)
        worker.wait_until(lambda: stage.states() == {State.SENT})
    assert len(stage.seen()) == 3


@pytest.mark.parametrize(
    ("missed", "old", "young"),
    [
        ("skip", State.SKIPPED, State.SKIPPED),
        ("grace", State.SKIPPED, State.SENT),
        ("send", State.SENT, State.SENT),
    ],
)
def test_resuming_does_with_what_was_missed_what_it_says(
    tmp_path: Path, missed: str, old: State, young: State
) -> None:
    stage = make_stage(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", 2, 0, (30, 5))
    stage.ledger.pause(Scope.ALL, "", "Ada", "a mistake", datetime.now(UTC) - HOUR)
    first, second = sorted({delivery.slot_id for delivery in stage.deliveries()})
    with stage.worker() as worker:
        worker.finish_ticks()
        assert stage.seen() == []
        said = json.loads(stage.bot("resume", "--missed", missed, "--why", "mended", "--json"))
        assert (said["missed"], said["policy"]) == (4, missed)
        worker.wait_until(lambda: stage.states() <= {State.SENT, State.SKIPPED})
        worker.finish_ticks()

    found = {(d.slot_id, d.state) for d in stage.deliveries()}
    assert found == {(first, old), (second, young)}
    assert sorted(p.id for p in stage.seen()) == sorted(
        d.id for d in stage.deliveries() if d.state is State.SENT
    )
    reasons = {d.slot_id: d.reason or "" for d in stage.deliveries()}
    if missed == "skip":
        assert all("while everything was paused: mended" in reason for reason in reasons.values())
    if missed == "grace":
        assert "grace" in reasons[first]


def test_what_was_waiting_when_the_pause_began_was_kept_by_it_too(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", 2, 0, (5,))
    stage.bot("pause", "--why", "a mistake")
    with stage.worker() as worker:
        worker.finish_ticks()
        assert json.loads(stage.bot("resume", "--missed", "skip", "--json"))["missed"] == 2
        worker.finish_ticks()
    assert stage.states() == {State.SKIPPED}
    assert stage.seen() == []


def test_a_hold_takes_a_fact_out_of_everything_planned(tmp_path: Path, url: str) -> None:
    stage = make_stage(tmp_path, url, 2, 0, (5, 2))
    stage.bot("pause", "--why", "to look at it")
    held = stage.deliveries()[0].message.fact_id
    others = {d.id for d in stage.deliveries() if d.message.fact_id != held}
    with stage.worker() as worker:
        said = json.loads(stage.bot("hold", held, "--why", "doubts", "--json"))
        assert said["withdrawn"] >= 2
        stage.bot("resume", "--missed", "send")
        worker.wait_until(lambda: stage.states() <= {State.SENT, State.SKIPPED})
        worker.finish_ticks()

    assert held not in {post.fact for post in stage.seen()}
    assert {post.id for post in stage.seen()} == others
    withdrawn = [d for d in stage.deliveries() if d.message.fact_id == held]
    assert withdrawn
    assert all(f"{held} was put on hold: doubts" in (d.reason or "") for d in withdrawn)
    coming = json.loads(stage.bot("plan", "--json"))
    states = {d["state"] for post in coming if post["fact"] == held for d in post["deliveries"]}
    assert states <= {"skipped"}


def test_a_second_worker_on_sqlite_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    stage = make_stage(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", 2, 0, (2,))
    with stage.worker() as worker:
        worker.wait_until(lambda: stage.states() == {State.SENT})
        second = bot("run", env=stage.env)
        assert second.returncode == 1
        assert "Another worker is using this SQLite ledger already" in second.stderr
        assert "DATABASE_URL" in second.stderr
        assert "Traceback" not in second.stderr
        worker.finish_ticks()
    assert len(stage.seen()) == 2
