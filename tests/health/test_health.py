"""What a look sees, and when the bot is well."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from bot.health import FactDue, Silent, facts_due, judged, look, silent
from bot.ledger import Review, WorkerRow, open_ledger
from bot.model import Allowance, Scope, State, Translation
from bot.workspace import open_workspace
from tests.health.conftest import SECOND, Campaign
from tests.translated import translate
from tests.world import HOUR, MINUTE, NOW, write_campaign


def row(beat_at: datetime, healthy_at: datetime | None, trouble: str | None = None) -> WorkerRow:
    return WorkerRow("worker", 7, NOW - 9 * HOUR, beat_at, healthy_at, trouble)


@pytest.mark.parametrize(
    ("beat_ago", "healthy_ago", "took_up_ago", "lives", "works"),
    [
        (10, 5, None, True, True),
        (119, 179, None, True, True),
        (121, 5, None, False, False),  # silent for two leases
        (10, 181, None, True, False),  # its ticks hang
        (10, None, None, True, False),  # it has just begun
        (10, 9999, 20, True, True),  # a long tick that still sends
        (10, 9999, 181, True, False),  # a sending that hangs
    ],
)
def test_a_worker_is_judged_by_its_heart_and_its_last_good_tick(
    beat_ago: int, healthy_ago: int | None, took_up_ago: int | None, lives: bool, works: bool
) -> None:
    healthy_at = None if healthy_ago is None else NOW - healthy_ago * SECOND
    took_up = None if took_up_ago is None else NOW - took_up_ago * SECOND
    found = judged(row(NOW - beat_ago * SECOND, healthy_at), took_up, NOW, lease=60, tick=60)
    assert (found.lives, found.works) == (lives, works)


def test_a_worker_whose_leases_are_long_has_longer() -> None:
    found = judged(row(NOW - 10 * MINUTE, NOW - 10 * MINUTE), None, NOW, lease=600, tick=60)
    assert found.works


def test_a_workers_troubles_are_known_by_kind() -> None:
    found = judged(row(NOW, NOW, "clock: it has jumped: twice\nfiles: a.yaml:1 is broken"), None, NOW, 60, 60)
    assert found.troubles == {"clock": "it has jumped: twice", "files": "a.yaml:1 is broken"}


def test_the_bot_is_well_while_a_tick_of_any_worker_goes_well(campaign: Campaign) -> None:
    campaign.space.ledger.beat("hung", NOW)
    campaign.work("good")
    assert look(campaign.space, NOW).is_well
    assert [(w.id, w.works) for w in look(campaign.space, NOW).workers] == [("good", True), ("hung", False)]


def test_a_worker_that_answers_for_itself_is_not_well_because_another_is(campaign: Campaign) -> None:
    campaign.space.ledger.beat("hung", NOW)
    campaign.work("good")
    assert look(campaign.space, NOW, worker="good").is_well
    assert [ill.code for ill in look(campaign.space, NOW, worker="hung").ills] == ["no-healthy-tick"]


def test_without_a_worker_the_bot_is_not_well(campaign: Campaign) -> None:
    assert [ill.code for ill in look(campaign.space, NOW).ills] == ["no-worker"]
    campaign.work()
    assert [ill.code for ill in look(campaign.space, NOW + HOUR).ills] == ["no-worker"]


def test_ticks_that_hang_are_seen_by_the_time_since_the_last_good_one(campaign: Campaign) -> None:
    campaign.work()
    campaign.space.ledger.beat("worker", NOW + 4 * MINUTE)
    campaign.space.ledger.report("worker", NOW + 4 * MINUTE, "clock: it has jumped", healthy=False)
    (ill,) = look(campaign.space, NOW + 4 * MINUTE).ills
    assert ill.code == "no-healthy-tick"
    assert "2026-11-24 09:00:00" in ill.text
    assert "it has jumped" in ill.text


def test_a_broken_file_troubles_a_worker_and_does_not_make_the_bot_ill(campaign: Campaign) -> None:
    campaign.space.ledger.beat("worker", NOW)
    campaign.space.ledger.report("worker", NOW, "files: facts.yaml needs mending", healthy=True)
    health = look(campaign.space, NOW)
    assert health.is_well
    assert health.workers[0].troubles == {"files": "facts.yaml needs mending"}


def test_a_worker_that_fell_silent_long_ago_is_forgotten(campaign: Campaign) -> None:
    campaign.work()
    assert look(campaign.space, NOW + 23 * HOUR).workers
    assert not look(campaign.space, NOW + 25 * HOUR).workers


def test_what_failed_and_what_is_unknown_is_seen_and_leaves_the_bot_well(campaign: Campaign) -> None:
    campaign.plan()
    campaign.work()
    one, two = campaign.claim()
    campaign.end(one, State.FAILED, "too long")
    campaign.end(two, State.UNKNOWN, "cut off")
    health = look(campaign.space, NOW, counted=True)
    assert [(d.id, d.account_id, d.reason) for d in health.failed] == [(one.id, one.account_id, "too long")]
    assert [(d.id, d.reason) for d in health.unknown] == [(two.id, "cut off")]
    assert health.counts == {"failed": 1, "unknown": 1, "planned": 2}
    assert health.is_well


def test_a_failure_is_shown_for_a_week(campaign: Campaign) -> None:
    campaign.plan()
    campaign.end(campaign.claim()[0], State.FAILED, "too long")
    assert look(campaign.space, NOW + timedelta(days=7)).failed
    assert not look(campaign.space, NOW + timedelta(days=8)).failed


def test_what_waits_and_what_comes_next_is_seen(campaign: Campaign) -> None:
    campaign.plan()
    health = look(campaign.space, NOW + MINUTE)
    assert health.waiting_since == NOW
    assert health.next_due == NOW + 24 * HOUR
    assert not health.plan_is_empty


def test_a_plan_with_nothing_in_its_horizon_is_empty(campaign: Campaign) -> None:
    assert look(campaign.space, NOW).plan_is_empty
    campaign.plan()
    assert not look(campaign.space, NOW).plan_is_empty
    assert look(campaign.space, NOW + timedelta(days=2)).plan_is_empty


def test_pauses_holds_and_accounts_that_rest_are_seen(campaign: Campaign) -> None:
    ledger = campaign.space.ledger
    ledger.pause(Scope.ACCOUNT, "one", "Ada", "a mistake", NOW)
    ledger.hold("oslo-adoption", "Ada", "doubts", NOW)
    ledger.remember_allowances({"two": [Allowance("rate", 0, NOW + HOUR)]}, NOW)
    health = look(campaign.space, NOW)
    assert [(p.name, p.who, p.why) for p in health.pauses] == [("one", "Ada", "a mistake")]
    assert [(h.fact_id, h.who, h.why) for h in health.holds] == [("oslo-adoption", "Ada", "doubts")]
    assert [(r.account_id, r.until) for r in health.rests] == [("two", NOW + HOUR)]


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 16), []),
        (date(2026, 11, 17), [FactDue("casualties-2024", date(2026, 12, 1), "ICBL-CMC", False)]),
        (date(2026, 12, 1), [FactDue("casualties-2024", date(2026, 12, 1), "ICBL-CMC", False)]),
        (date(2026, 12, 2), [FactDue("casualties-2024", date(2026, 12, 1), "ICBL-CMC", True)]),
    ],
)
def test_a_fact_is_seen_two_weeks_before_it_falls_due_and_after(
    campaign: Campaign, today: date, expected: list[FactDue]
) -> None:
    assert list(facts_due(campaign.space.library, today)) == expected


def test_a_database_that_does_not_answer_is_an_illness_and_not_an_error(campaign: Campaign) -> None:
    campaign.work()
    with sqlite3.connect(campaign.space.ledger.engine.url.database or "") as database:
        database.execute("DROP TABLE workers")
    health = look(campaign.space, NOW)
    assert [ill.code for ill in health.ills] == ["database"]
    assert "no such table: workers" in health.ills[0].text
    assert health.facts_due  # these are read from files


def test_a_database_that_cannot_be_reached_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://bot:hunter22@127.0.0.1:1/none"
    monkeypatch.setenv("DATABASE_URL", url)
    space = open_workspace(
        write_campaign(tmp_path / "campaign"), open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    )
    space.ledger.engine = create_engine(url)
    (ill,) = look(space, NOW).ills
    assert ill.code == "database"
    assert "hunter22" not in ill.text
    assert "\n" not in ill.text


# Accounts that stay silent until somebody has read a translation


def test_an_account_whose_translations_nobody_has_reviewed_is_named_with_the_posts_it_misses(
    tmp_path: Path,
) -> None:
    accounts = "accounts:\n  one: {network: file}\n  two: {network: file, language: fr}\n"
    home = translate(write_campaign(tmp_path / "campaign", accounts=accounts))
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    space = open_workspace(home, ledger)
    (mute,) = look(space, NOW).silent
    assert mute == Silent("two", ("fr",), 0), "nothing that it could say is reviewed"
    block = space.library.block("casualties-2024", "fr")
    assert block is not None
    ledger.review(Review(block.name, "fr", block.fingerprint, True, "ada", NOW))
    space = open_workspace(home, ledger)
    assert list(silent(space, NOW)) == [], "it can speak, and nothing is planned yet"
    space.store_plan(NOW, "test", 3)
    missed = [p for p in ledger.posts_between(NOW, NOW + 72 * HOUR) if p.fact_id == "oslo-adoption"]
    assert list(silent(space, NOW)) == [Silent("two", ("fr",), 1, missed[0].due_at)]
    waits = space.library.block("oslo-adoption", "fr")
    assert waits is not None
    space.library.mark(waits, Translation.REVIEWED)
    assert list(silent(space, NOW)) == []


def test_nobody_is_silent_for_want_of_a_reader_where_no_account_speaks_a_language_that_waits(
    tmp_path: Path,
) -> None:
    home = translate(write_campaign(tmp_path / "campaign"))
    space = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    assert look(space, NOW).silent == ()
