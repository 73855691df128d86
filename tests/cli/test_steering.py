"""What people tell the running bot, through the real command line on a real ledger."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.ledger import Claim, Ledger, open_ledger
from bot.model import State
from tests.acceptance.worker import bot, environment
from tests.world import write_campaign

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(write_campaign(tmp_path / "campaign"), f"sqlite:///{tmp_path / 'bot.db'}", {})


def ledger_of(env: dict[str, str]) -> Ledger:
    return open_ledger(env["DATABASE_URL"])


def states(env: dict[str, str]) -> set[str]:
    return set(ledger_of(env).count_by_state())


def plan(env: dict[str, str]) -> list[dict]:
    return json.loads(bot("plan", "--days", "3", "--json", env=env).stdout)


def bring_to(env: dict[str, str], state: State) -> str:
    """One delivery that was claimed and then came to this state; its id."""
    plan(env)
    ledger, now = ledger_of(env), datetime.now(UTC) + timedelta(days=2)
    delivery = ledger.waiting_at_gate(now)[0]
    ledger.move([delivery.id], State.PLANNED, State.DUE, now, "test", "now")
    ledger.claim_due("test", now, Claim(1, LONG_AGO))
    ledger.move([delivery.id], State.SENDING, state, now, "test", "the network said no")
    return delivery.id


def test_a_pause_says_what_is_stopped_by_whom_and_why(env: dict[str, str]) -> None:
    said = bot("pause", "--account", "one", "--why", "the minister resigned", env=env)
    assert said.returncode == 0, said.stderr
    assert "the account one" in said.stdout
    (pause,) = ledger_of(env).pauses()
    assert pause.why == "the minister resigned"
    assert "bot pause" in pause.who


def test_a_pause_needs_a_reason_and_a_name_that_is_known(env: dict[str, str]) -> None:
    assert bot("pause", env=env).returncode == 2
    assert bot("pause", "--account", "one", "--fact", "two", "--why", "x", env=env).returncode == 2
    unknown = bot("pause", "--account", "nobody", "--why", "x", env=env)
    assert unknown.returncode == 1
    assert "Known: one, two" in unknown.stderr


def test_what_is_not_paused_cannot_be_resumed(env: dict[str, str]) -> None:
    refused = bot("resume", env=env)
    assert refused.returncode == 1
    assert "Everything is not paused" in refused.stderr


def test_a_pause_is_ended_with_a_word_on_what_was_missed(env: dict[str, str]) -> None:
    bot("pause", "--why", "a mistake", env=env)
    resumed = json.loads(bot("resume", "--missed", "skip", "--json", env=env).stdout)
    assert resumed == {"resumed": "everything", "missed": 0, "policy": "skip"}
    assert ledger_of(env).pauses() == []


def test_a_fact_on_hold_leaves_every_plan_and_comes_back_when_it_is_lifted(env: dict[str, str]) -> None:
    assert "oslo-adoption" in {post["fact"] for post in plan(env)}
    held = json.loads(bot("hold", "oslo-adoption", "--why", "a doubt", "--json", env=env).stdout)
    assert held["withdrawn"] == 2
    assert "a doubt" in bot("facts", "oslo-adoption", env=env).stdout
    assert "oslo-adoption" not in {post["fact"] for post in plan(env)}
    assert bot("hold", "oslo-adoption", "--lift", "checked", env=env).returncode == 0
    assert "it may go out" in bot("facts", "oslo-adoption", env=env).stdout


def test_what_failed_is_tried_again_by_hand(env: dict[str, str]) -> None:
    failed = bring_to(env, State.FAILED)
    assert bot("retry", failed, env=env).returncode == 0
    assert ledger_of(env).delivery(failed).state is State.DUE
    again = bot("retry", failed, env=env)
    assert again.returncode == 1
    assert "only what failed" in again.stderr


def test_what_is_unknown_is_never_tried_again_without_a_look(env: dict[str, str]) -> None:
    unknown = bring_to(env, State.UNKNOWN)
    refused = bot("retry", unknown, env=env)
    assert refused.returncode == 1
    assert "bot resolve" in refused.stderr


@pytest.mark.parametrize(("word", "state"), [("--sent", State.SENT), ("--not-sent", State.FAILED)])
def test_a_person_who_looked_settles_what_is_unknown(env: dict[str, str], word: str, state: State) -> None:
    unknown = bring_to(env, State.UNKNOWN)
    assert bot("resolve", unknown, word, env=env).returncode == 0
    ledger = ledger_of(env)
    assert ledger.delivery(unknown).state is state
    assert "a person looked" in ledger.history_of(unknown)[-1]["why"]
    assert bot("resolve", unknown, word, env=env).returncode == 1


def test_posts_are_approved_or_left_out_and_then_never_planned_anew(env: dict[str, str]) -> None:
    first, second = plan(env)[:2]
    assert bot("approve", first["slot"], env=env).returncode == 0
    assert bot("approve", second["slot"], "--skip", "--why", "not this week", env=env).returncode == 0
    after = {post["slot"]: post["deliveries"] for post in plan(env)}
    assert {d["state"] for d in after[first["slot"]]} == {"approved"}
    assert {d["reason"] for d in after[second["slot"]]} == {"not this week"}
    assert "approved" in states(env)
