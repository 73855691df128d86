"""Looking back on both databases: every delivery once, newest first, by indexes, whatever happens meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text

from bot.ledger import About, Cursor, Ledger, Wanted, WantedActs, open_ledger
from bot.ledger.rows import audit_row
from bot.ledger.tables import audit
from bot.model import Scope, State
from tests.world import HOUR, NOW, planned

ALL = Wanted()
EVER = NOW + timedelta(days=400)


def deliver(ledger: Ledger, *names: str, at=NOW, accounts=("one", "two"), words: str = "Hello.") -> None:
    posts = [planned(name, at, accounts, words) for name in names]
    networks = {"one": "file", "two": "x"}
    ledger.store_plan(posts, networks, at, at + timedelta(minutes=1), at, "test")


def become(ledger: Ledger, state: State, **where: str) -> None:
    condition = " AND ".join(f"{name} = '{value}'" for name, value in where.items()) or "1 = 1"
    with ledger.engine.begin() as connection:
        connection.execute(text(f"UPDATE deliveries SET state = '{state}' WHERE {condition}"))


def all_pages(ledger: Ledger, wanted: Wanted = ALL, limit: int = 3, window: int = 1000, between=None):
    seen, before = [], None
    while True:
        found = ledger.history(wanted, before, limit, window)
        seen += found.entries
        if between:
            between(len(seen))
        if found.older is None:
            return seen
        assert before is None or found.older < before, "every page goes further back"
        before = found.older


def test_every_delivery_is_there_once_newest_first_whatever_its_state(ledger: Ledger) -> None:
    for hour in range(6):
        deliver(ledger, "slot", at=NOW + hour * HOUR)
    for state, account in ((State.SENT, "one"), (State.UNKNOWN, "two")):
        become(ledger, state, account_id=account)
    seen = all_pages(ledger)
    assert len(seen) == len({entry.id for entry in seen}) == 12
    assert [entry.cursor for entry in seen] == sorted((e.cursor for e in seen), reverse=True)
    assert {entry.state for entry in seen} == {State.SENT, State.UNKNOWN}


def test_nothing_is_skipped_or_repeated_while_new_deliveries_arrive_and_old_ones_settle(
    ledger: Ledger,
) -> None:
    for hour in range(6):
        deliver(ledger, "slot", at=NOW + hour * HOUR)
    there = {entry.id for entry in all_pages(ledger)}

    def meanwhile(number: int) -> None:
        deliver(ledger, "new", at=NOW + (100 + number) * HOUR)
        become(ledger, State.SENT, account_id="one" if number % 2 else "two")

    seen = [entry.id for entry in all_pages(ledger, between=meanwhile)]
    assert len(seen) == len(set(seen))
    assert set(seen) == there


def test_deliveries_of_the_same_moment_are_all_shown(ledger: Ledger) -> None:
    deliver(ledger, *"abcdefg")
    become(ledger, State.SENT)
    assert len({entry.id for entry in all_pages(ledger)}) == 14
    assert len({entry.id for entry in all_pages(ledger, Wanted(network="x"), window=4)}) == 7


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Wanted(state=State.FAILED), 1),
        (Wanted(account_id="one"), 3),
        (Wanted(account_id="one", state=State.SENT), 2),
        (Wanted(account_id="two", state=State.FAILED), 0),
        (Wanted(network="x"), 3),
        (Wanted(account_id="one", network="x"), 0),
        (Wanted(since=NOW + HOUR), 4),
        (Wanted(since=NOW + HOUR, until=NOW + 2 * HOUR), 2),
        (Wanted(words=("minefield",)), 2),
        (Wanted(words=("MINEFIELD", "two")), 1),
        (Wanted(words=("oslo-adoption",)), 6),
        (Wanted(words=("100%",)), 2),
        (Wanted(words=("1_0",)), 0),
        (Wanted(words=("ÉCOLE",)), 2),
        (Wanted(words=("nothing",)), 0),
    ],
)
@pytest.mark.parametrize("window", [1, 2, 1000])
def test_what_is_wanted_is_found(ledger: Ledger, wanted: Wanted, count: int, window: int) -> None:
    deliver(ledger, "a", words="A Minefield.")
    deliver(ledger, "b", at=NOW + HOUR, words="100% of it.")
    deliver(ledger, "c", at=NOW + 2 * HOUR, words="Une école.")
    become(ledger, State.SENT)
    become(ledger, State.FAILED, account_id="one", due_at=_as_stored(ledger, NOW))
    assert len(all_pages(ledger, wanted, window=window)) == count


def _as_stored(ledger: Ledger, moment) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S.%f}" + ("" if ledger.alone else "+00")


def test_a_search_that_has_not_ended_says_how_far_it_came(ledger: Ledger) -> None:
    for hour in range(5):
        deliver(ledger, "slot", at=NOW + hour * HOUR, accounts=("one",))
    become(ledger, State.SENT)
    found = ledger.history(Wanted(words=("nothing",)), window=2)
    assert (found.entries, found.searched_to) == ((), NOW + 3 * HOUR)
    assert found.older is not None


def test_a_cursor_comes_back_from_an_address() -> None:
    cursor = Cursor(NOW + timedelta(microseconds=7), "x~y")
    assert Cursor.parse(str(cursor)) == cursor
    for wrong in ("", "yesterday", "2026-11-24~x", "~"):
        with pytest.raises(ValueError):
            Cursor.parse(wrong)


def test_the_whole_history_is_read_in_steps(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ledger.history.AT_ONCE", 2)
    deliver(ledger, *"abcde")
    become(ledger, State.SENT)
    assert len({entry.id for entry in ledger.whole_history(Wanted(until=EVER))}) == 10


def test_no_page_reads_more_than_it_shows(ledger: Ledger) -> None:
    """The plans of SQLite, and PostgreSQL's where reading a whole table is out of the question."""
    deliver(ledger, "a")
    asked: list[tuple[str, object]] = []

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def _note(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith("SELECT deliv"):
            asked.append((statement, parameters))

    before = Cursor(NOW, "x")
    for wanted in (
        Wanted(),
        Wanted(until=NOW),
        Wanted(state=State.SENT),
        Wanted(account_id="one"),
        Wanted(account_id="one", state=State.SENT),
        Wanted(network="x"),
    ):
        ledger.history(wanted)
        ledger.history(wanted, before)
    event.remove(ledger.engine, "before_cursor_execute", _note)
    explain = "EXPLAIN QUERY PLAN" if ledger.alone else "EXPLAIN"
    with ledger.engine.connect() as connection:
        if not ledger.alone:
            connection.execute(text("SET enable_seqscan = off"))
        for statement, parameters in asked:
            rows = connection.exec_driver_sql(f"{explain} {statement}", parameters)  # type: ignore[arg-type]
            plan = "\n".join(str(row[-1]) for row in rows)
            assert "ix_deliveries_" in plan, f"{statement}\n{plan}"
            if ledger.alone and "NOT IN" in statement:
                assert "TEMP B-TREE" not in plan, plan


def test_claims_do_not_go_through_the_index_of_what_is_settled(tmp_path: Path) -> None:
    """SQLite, which knows nothing of what is in a table; PostgreSQL counts."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'bot.db'}")
    with ledger.engine.connect() as connection:
        for states in ("= 'due'", "IN ('planned', 'approved')", "= 'unknown'"):
            query = f"SELECT id FROM deliveries WHERE state {states} AND due_at <= '2030' ORDER BY due_at, id LIMIT 9"
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
            assert "ix_deliveries_state_due" in plan
    ledger.engine.dispose()


# ── who did what ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def busy(ledger: Ledger) -> Ledger:
    deliver(ledger, "a", accounts=("one",))
    ledger.pause(Scope.ALL, "", "ada", "an election", NOW)
    ledger.hold("oslo-adoption", "grace (desk)", "not sure", NOW)
    with ledger.engine.begin() as connection:
        connection.execute(insert(audit), audit_row(NOW, "ada", "user grace", None, "editor", "new"))
    return ledger


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        (WantedActs(), ["user grace", "fact oslo-adoption", "everything", "one"]),
        (WantedActs(who="ADA"), ["user grace", "everything"]),
        (WantedActs(who="grace"), ["fact oslo-adoption"]),
        (WantedActs(what="oslo"), ["fact oslo-adoption", "one"]),
        (WantedActs(what="paused"), ["everything"]),
        (WantedActs(about=About.POSTS), ["one"]),
        (WantedActs(about=About.FACTS), ["fact oslo-adoption"]),
        (WantedActs(about=About.PAUSES), ["everything"]),
        (WantedActs(about=About.PEOPLE), ["user grace"]),
        (WantedActs(what="%"), []),
    ],
)
def test_acts_are_found_by_who_and_what(busy: Ledger, wanted: WantedActs, what: list[str]) -> None:
    assert [act.account_id or act.what for act in busy.acts(wanted).acts] == what


@pytest.mark.parametrize("window", [1, 3, 1000])
def test_no_act_is_skipped_or_repeated_while_more_is_done(busy: Ledger, window: int) -> None:
    there = {act.id for act in busy.acts(WantedActs()).acts}
    seen: list[int] = []
    before = None
    while True:
        found = busy.acts(WantedActs(), before, 2, window)
        seen += [act.id for act in found.acts]
        busy.hold(f"fact-{len(seen)}", "ada", "meanwhile", NOW)
        if found.older is None:
            break
        before = found.older
    late = [id_ for id_ in seen if id_ not in there]
    assert sorted(seen) == sorted(there | set(late))
    assert late == []
