"""`bot status`: what a person reads, what a machine reads, and the exit code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.status import as_lines
from bot.health import Health, Silent
from bot.ledger import Claim, Delivery, Ledger, Outcome, open_ledger
from bot.model import Scope, State
from tests.acceptance.worker import bot, environment
from tests.world import write_campaign

MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A campaign with a post on each of two accounts that was due a minute ago."""

    env: dict[str, str]
    ledger: Ledger
    now: datetime

    def status(self, exit_code: int) -> str:
        done = bot("status", env=self.env)
        assert done.returncode == exit_code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def data(self) -> Any:
        return json.loads(bot("status", "--json", env=self.env).stdout)

    def work(self) -> None:
        """A worker is at work."""
        self.ledger.beat("host:1:abc", self.now)
        self.ledger.report("host:1:abc", self.now, None, healthy=True)

    def end(self, state: State, why: str) -> list[Delivery]:
        """What became of the two deliveries."""
        waiting = [d.id for d in self.ledger.waiting_at_gate(self.now)]
        self.ledger.move(waiting, State.PLANNED, State.DUE, self.now, "worker", "due")
        claimed = self.ledger.claim_due("worker", self.now, Claim(10, self.now - 99 * MINUTE))
        outcomes = [Outcome(delivery.id, state, why) for delivery in claimed]
        self.ledger.record(State.SENDING, outcomes, self.now, "worker")
        return claimed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    now = datetime.now(UTC)
    slots = [now - MINUTE, now + 360 * MINUTE]
    lines = "".join(f'  s{n}: {{dates: [{m:%Y-%m-%d}], at: "{m:%H:%M}"}}\n' for n, m in enumerate(slots))
    campaign = (
        "name: T\nhashtags: [MineAction]\nhorizon_days: 2\ncool_downs: {fact_days: 0, account_minutes: 0}\n"
    )
    home = write_campaign(tmp_path / "campaign", slots=f"slots:\n{lines}", campaign=campaign)
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    env = environment(home, url, {})
    assert bot("plan", "--now", (now - 3 * MINUTE).isoformat(), env=env).returncode == 0
    return Desk(env, open_ledger(url), now)


def test_a_bot_that_works_is_well(desk: Desk) -> None:
    desk.work()
    said = desk.status(0)
    assert "The bot is well." in said
    assert "host:1:abc, last good tick" in said
    assert "4 planned" in said
    assert "next due   20" in said
    assert desk.data()["ok"] is True


def test_a_bot_without_a_worker_is_not(desk: Desk) -> None:
    assert "no worker is alive; `bot run` starts one" in desk.status(1)
    assert [ill["code"] for ill in desk.data()["ills"]] == ["no-worker"]


def test_what_failed_is_listed_with_the_id_that_retry_takes(desk: Desk) -> None:
    desk.work()
    for delivery in desk.end(State.FAILED, "the text is too long"):
        assert (
            f"{delivery.id}  {delivery.slot_id}  {delivery.account_id}: the text is too long"
            in desk.status(0)
        )
    ids = [failed["id"] for failed in desk.data()["failed"]]
    assert bot("retry", *ids, env=desk.env).returncode == 0
    assert desk.data()["failed"] == []


def test_what_is_unknown_is_listed_with_the_id_that_resolve_takes(desk: Desk) -> None:
    desk.work()
    delivery, other = desk.end(State.UNKNOWN, "the connection was cut")
    assert f"{delivery.id}  {delivery.slot_id}  {delivery.account_id}: the connection was cut" in desk.status(
        0
    )
    assert bot("resolve", delivery.id, "--sent", env=desk.env).returncode == 0
    assert [unknown["id"] for unknown in desk.data()["unknown"]] == [other.id]


def test_pauses_and_holds_are_listed_with_who_why_since_when_and_what_ends_them(desk: Desk) -> None:
    desk.work()
    desk.ledger.pause(Scope.ALL, "", "Ada", "a mistake", desk.now)
    desk.ledger.pause(Scope.ACCOUNT, "one", "Bo", "new keys", desk.now)
    desk.ledger.hold("oslo-adoption", "Cy", "doubts", desk.now)
    said, since = desk.status(0), f"{desk.now:%Y-%m-%d %H:%M:%S} UTC"
    assert f"everything, by Ada since {since}: a mistake  (`bot resume` ends it)" in said
    assert f"the account one, by Bo since {since}: new keys  (`bot resume --account one` ends it)" in said
    assert f"oslo-adoption, by Cy since {since}: doubts" in said
    data = desk.data()
    assert [(p["scope"], p["name"], p["who"], p["why"]) for p in data["pauses"]] == [
        ("all", "", "Ada", "a mistake"),
        ("account", "one", "Bo", "new keys"),
    ]
    assert [(h["fact_id"], h["who"]) for h in data["holds"]] == [("oslo-adoption", "Cy")]


def test_accounts_that_rest_are_listed_with_until_when(desk: Desk) -> None:
    desk.work()
    path = Path(desk.env["BOT_HOME"]) / "config/accounts.yaml"
    path.write_text("accounts:\n  one: {network: file, budgets: {day: 1}}\n  two: {network: file}\n")
    desk.end(State.SENT, "the network accepted it")
    assert "one until 20" in desk.status(0)
    (resting,) = desk.data()["resting"]
    assert resting["account_id"] == "one"
    assert "budget of 1 per day is used up" in resting["why"]


def test_an_empty_plan_is_said(desk: Desk) -> None:
    desk.work()
    for delivery in desk.ledger.deliveries_in([State.PLANNED]):
        desk.ledger.move([delivery.id], State.PLANNED, State.SKIPPED, desk.now, "Ada", "no")
    assert "the plan is empty" in desk.status(0)
    assert desk.data()["plan"]["empty"] is True


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////proc/no/such/folder/bot.db",
        "postgresql://bot:hunter22@127.0.0.1:1/none",
        "sqlite:///{garbage}",
    ],
)
def test_a_database_that_cannot_be_opened_is_one_clear_line(
    desk: Desk, tmp_path: Path, url: str, as_json: bool
) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"this is no database" * 1000)
    desk.env["DATABASE_URL"] = url.format(garbage=garbage)
    done = bot("status", *["--json"] * as_json, env=desk.env)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "hunter22" not in done.stdout
    if as_json:
        assert [ill["code"] for ill in json.loads(done.stdout)["ills"]] == ["database"]
    else:
        assert done.stdout.startswith("The bot does not do its work: the database does not answer: ")
        assert len(done.stdout.splitlines()) == 1


def test_files_that_need_mending_are_named(desk: Desk) -> None:
    path = Path(desk.env["BOT_HOME"]) / "config/accounts.yaml"
    path.write_text("accounts:\n  one: {netwrk: file}\n")
    said = desk.status(1)
    assert said.startswith("The bot cannot be looked at: ")
    assert "config/accounts.yaml:2:" in said
    assert [ill["code"] for ill in desk.data()["ills"]] == ["files"]


def test_accounts_that_wait_for_a_reader_are_listed_with_what_to_type() -> None:
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    silent = (Silent("fr", ("fr",), 0), Silent("two", ("fr", "es"), 2, at + MINUTE))
    lines = list(as_lines(Health(at, (), silent=silent)))
    start = lines.index(
        "\nSilent until somebody reviews a translation; `bot review LANGUAGE` lists what waits:"
    )
    assert lines[start + 1 : start + 3] == [
        "  fr: nothing that it could say is reviewed (fr)",
        "  two: 2 posts of the coming days (fr, es), from 2026-11-24 09:01:00 UTC on",
    ]
