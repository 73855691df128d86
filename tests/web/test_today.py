"""Today, and the button that stops everything."""

from __future__ import annotations

import re

import pytest

from bot import steering
from bot.ledger import Claim
from bot.model import Scope, State
from tests.web.team import Office
from tests.world import HOUR, MINUTE, NOW, planned


def words(html: str) -> str:
    """A page as it is read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))


def bring_to(office: Office, state: State) -> None:
    """One delivery that came to this state, an hour ago."""
    ledger, then = office.ledger, NOW - HOUR
    ledger.store_plan([planned("early", then)], {"one": "file"}, then - HOUR, then + MINUTE, then, "test")
    (delivery,) = ledger.waiting_at_gate(NOW)
    ledger.move([delivery.id], State.PLANNED, State.DUE, then, "test", "now")
    ledger.claim_due("test", then, Claim(1, then - HOUR))
    ledger.move([delivery.id], State.SENDING, state, then, "test", "the network said no")


def test_it_says_what_goes_out_next(office: Office) -> None:
    office.open().store_plan(NOW, "test")
    said = words(office.colleague("viewer").see("/"))
    assert "In 2024 at least 6,279 people were killed or injured." in said
    assert "one State: planned" in said


def test_it_says_whether_the_bot_does_its_work(office: Office) -> None:
    viewer = office.colleague("viewer")
    assert "The bot does not do its work: no worker is alive" in words(viewer.see("/"))
    office.ledger.beat("worker", NOW)
    office.ledger.report("worker", NOW, None, healthy=True)
    assert "The bot does its work." in words(viewer.see("/"))


@pytest.mark.parametrize(("state", "heading"), [(State.FAILED, "Failed in"), (State.UNKNOWN, "In doubt")])
def test_it_says_what_failed_and_what_is_in_doubt(office: Office, state: State, heading: str) -> None:
    bring_to(office, state)
    said = words(office.colleague("viewer").see("/"))
    assert heading in said
    assert "the network said no" in said


def test_it_says_which_facts_fall_due(office: Office) -> None:
    assert "casualties-2024 falls due Tue 1 December 2026" in words(office.colleague("viewer").see("/"))
    office.wait(days=8)
    assert "casualties-2024 fell due Tue 1 December 2026" in words(office.colleague("viewer").see("/"))


def test_an_editor_stops_everything_with_a_reason(office: Office) -> None:
    answer = office.colleague("editor").submit("/", "/stop", why="the minister resigned")
    assert answer.status_code == 303
    (pause,) = office.ledger.pauses()
    assert (pause.scope, pause.who, pause.why) == (Scope.ALL, "editor (desk)", "the minister resigned")
    page = office.colleague("viewer").see("/people")
    assert "<title>STOPPED: People" in page
    assert "the minister resigned" in page


def test_stopping_needs_a_reason(office: Office) -> None:
    answer = office.colleague("editor").submit("/", "/stop", why="  ")
    assert answer.status_code == 400
    assert "This is needed." in answer.text
    assert office.ledger.pauses() == []


def test_stopping_what_is_stopped_keeps_who_and_why(office: Office) -> None:
    editor = office.colleague("editor")
    editor.submit("/", "/stop", why="the first reason")
    office.wait(minutes=1)
    editor.submit("/people", "/stop", why="the second reason")
    assert "stopped already" in editor.see("/")
    assert [pause.why for pause in office.ledger.pauses()] == ["the first reason"]


def test_a_viewer_is_told_who_can_stop_the_bot(office: Office) -> None:
    html = office.colleague("viewer").see("/")
    assert 'action="/stop"' not in html
    assert "An editor, an approver or an admin can stop the bot" in html


def test_an_editor_stops_but_does_not_resume(office: Office) -> None:
    editor = office.colleague("editor")
    editor.submit("/", "/stop", why="x")
    assert 'action="/resume"' not in editor.see("/")
    assert editor.submit("/", "/resume", scope="all", missed="skip", why="x").status_code == 403


@pytest.mark.parametrize(
    ("missed", "state", "said"),
    [
        ("grace", State.PLANNED, "go out if within their grace"),
        ("skip", State.SKIPPED, "are skipped"),
        ("send", State.PLANNED, "go out now"),
    ],
)
def test_resuming_says_what_becomes_of_what_was_missed(
    office: Office, missed: str, state: State, said: str
) -> None:
    networks = {"one": "file"}
    office.ledger.store_plan(
        [planned("later", NOW + HOUR)], networks, NOW, NOW + 2 * HOUR, NOW - HOUR, "test"
    )
    approver = office.colleague("approver")
    approver.submit("/", "/stop", why="an election")
    office.wait(hours=2)
    answer = approver.submit("/", "/resume", scope="all", missed=missed, why="it is over")
    assert answer.status_code == 303
    page = approver.see("/")
    assert said in page
    assert "Resumed: everything. 1 delivery was missed" in page
    (post,) = office.ledger.posts_between(NOW, NOW + 12 * HOUR)
    assert post.deliveries[0].state is state
    assert office.ledger.pauses() == []


def test_a_notice_is_said_once(office: Office) -> None:
    approver = office.colleague("approver")
    approver.submit("/", "/stop", why="x")
    assert 'role="status"' in approver.see("/")
    assert 'role="status"' not in approver.see("/")


def test_a_pause_of_one_account_is_shown_and_can_be_resumed(office: Office) -> None:
    steering.pause(office.open(), Scope.ACCOUNT, "one", "the bot", "its key was refused", NOW)
    approver = office.colleague("approver")
    page = approver.see("/")
    assert "Everything is stopped" not in page
    assert "its key was refused" in page
    assert "STOPPED" not in page
    approver.submit("/", "/resume", scope="account", name="one", missed="grace", why="a new key")
    assert office.ledger.pauses() == []


def test_resuming_what_is_not_paused_says_what_is(office: Office) -> None:
    answer = office.colleague("approver").submit("/", "/resume", scope="all", missed="skip", why="x")
    assert answer.status_code == 400
    assert "Everything is not paused. Paused: nothing." in answer.text


@pytest.mark.parametrize("fields", [{"scope": "planet"}, {"missed": "burn"}, {"why": ""}])
def test_a_resume_that_makes_no_sense_changes_nothing(office: Office, fields: dict[str, str]) -> None:
    office.ledger.pause(Scope.ALL, "", "test", "x", NOW)
    given = {"scope": "all", "missed": "skip", "why": "x", **fields}
    assert office.colleague("approver").submit("/", "/resume", **given).status_code == 400
    assert len(office.ledger.pauses()) == 1
