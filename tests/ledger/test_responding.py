"""Which posts are asked about at which age, and what is kept of the answers."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event

from bot.ledger import Ledger, open_ledger
from bot.model import Metrics
from tests.answers import went_out
from tests.world import HOUR, MINUTE, NOW

DAY = timedelta(days=1)


def asked(ledger: Ledger, now=NOW, limit: int = 10, network: str = "mastodon") -> list[str]:
    return [post.delivery_id for post in ledger.to_be_asked("one", network, now, limit)]


def test_a_post_is_asked_about_after_an_hour_a_day_a_week_and_thirty_days_and_no_more(ledger: Ledger) -> None:
    id_ = went_out(ledger, NOW)
    times = []
    for hours in (0, 1, 2, 23, 24, 25, 167, 168, 200, 719, 720, 721, 743, 744, 900):
        now = NOW + hours * HOUR
        if asked(ledger, now):
            times.append(now - NOW)
            ledger.remember_responses({id_: Metrics(1)}, [], now)
    assert times == [HOUR, DAY, 7 * DAY, 30 * DAY]


def test_nobody_is_asked_twice_about_ages_that_passed_while_the_worker_was_down(ledger: Ledger) -> None:
    id_ = went_out(ledger, NOW - 9 * DAY)
    assert asked(ledger) == [id_]
    ledger.remember_responses({id_: Metrics(1)}, [], NOW)
    assert asked(ledger, NOW + DAY) == []
    assert asked(ledger, NOW + 21 * DAY) == [id_]


def test_the_newest_come_first_and_no_more_than_the_batch(ledger: Ledger) -> None:
    ids = [went_out(ledger, NOW - days * DAY) for days in (3, 2, 1)]
    went_out(ledger, NOW - 59 * MINUTE)
    went_out(ledger, NOW - 31 * DAY)
    assert asked(ledger) == ids[::-1]
    assert asked(ledger, limit=2) == ids[:0:-1]


def test_what_is_not_on_this_accounts_network_any_more_is_not_asked_about(ledger: Ledger) -> None:
    gone = went_out(ledger, NOW - DAY)
    ledger.note_deleted(gone, "test", "a mistake", NOW)
    went_out(ledger, NOW - DAY, account="two")
    went_out(ledger, NOW - 2 * DAY, network="file")
    assert asked(ledger) == []


def test_a_thread_is_asked_about_with_all_its_parts(ledger: Ledger) -> None:
    went_out(ledger, NOW - DAY, remote_id="1", parts=("1", "2", "3"))
    (thread,) = ledger.to_be_asked("one", "mastodon", NOW, 10)
    assert thread.parts == ("1", "2", "3")


def test_a_post_that_is_gone_keeps_what_was_told_of_it(ledger: Ledger) -> None:
    known = went_out(ledger, NOW - DAY, metrics=Metrics(3, 2, 1, 90))
    unknown = went_out(ledger, NOW - 2 * DAY)
    ledger.remember_responses({}, [known, unknown], NOW)
    found = {post.delivery_id: (post.metrics, post.asked_at) for post in ledger.answered(NOW - 3 * DAY, NOW)}
    assert found == {known: (Metrics(3, 2, 1, 90), NOW), unknown: (Metrics(), NOW)}


def test_a_month_has_what_went_out_in_it_though_it_was_due_before(ledger: Ledger) -> None:
    first, last = NOW - DAY, NOW + DAY
    inside = [went_out(ledger, first), went_out(ledger, last - MINUTE)]
    went_out(ledger, first - MINUTE)
    went_out(ledger, last)
    assert [post.delivery_id for post in ledger.answered(first, last)] == inside


def test_what_was_taken_down_before_that_day_does_not_count(ledger: Ledger) -> None:
    up, down = (went_out(ledger, NOW - days * DAY, metrics=Metrics(1, 0, 0)) for days in (40, 41))
    ledger.note_deleted(down, "test", "a mistake", NOW - 2 * DAY)
    assert len(ledger.measured(NOW - 50 * DAY, NOW - 31 * DAY, NOW - 3 * DAY)) == 2
    (left,) = ledger.measured(NOW - 50 * DAY, NOW - 31 * DAY, NOW)
    assert (left.sent_at, left.asked_at, left.metrics.likes) == (NOW - 40 * DAY, NOW - 40 * DAY + HOUR, 1)
    assert up


def test_only_the_accounts_last_month_is_gone_through(tmp_path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    plans: list[str] = []

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def explain(connection, cursor, statement, parameters, *_) -> None:
        if "LEFT OUTER JOIN responses" in statement:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    asked(ledger)
    assert any(
        "ix_deliveries_account_sent (account_id=? AND last_sent_at>? AND last_sent_at<?)" in p for p in plans
    )
    assert not any("TEMP B-TREE FOR ORDER BY" in plan for plan in plans)
    plans.clear()
    ledger.answered(NOW - DAY, NOW)
    assert any("ix_deliveries_settled (due_at>? AND due_at<?)" in plan for plan in plans)
