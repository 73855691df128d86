"""The feed for people's own calendars: who reads it, what is in it, and when it stops."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from icalendar import Calendar
from starlette.testclient import TestClient

from bot import editing, people, steering
from tests.web import zurich
from tests.web.team import Office
from tests.web.zurich import DAY, posts
from tests.world import NOW

office = zurich.office


def make_feed(office: Office, role: str = "viewer") -> str:
    """The path of a new feed of the person of this role."""
    answer = office.colleague(role).submit("/calendar", "/calendar/feed")
    assert answer.status_code == 200
    found = re.search(r'value="https://desk\.test(/calendar/feed/[\w-]{43}\.ics)"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_calendar_reads_the_plan_at_its_secret_address_without_signing_in(office: Office) -> None:
    path, nobody = make_feed(office), office.visitor()
    answer = nobody.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert "set-cookie" not in answer.headers
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert len(events) == len(posts(office))
    first = posts(office)[0]
    event = next(e for e in events if e["uid"].startswith(first.slot_id))
    assert event["dtstart"].dt == first.due_at
    assert event["url"] == f"https://desk.test/posts/{quote(first.slot_id, safe='')}"
    assert "[one, planned]" in event["description"]


def test_the_feed_follows_the_plan(office: Office) -> None:
    path, post = make_feed(office), posts(office)[0]
    moved = editing.move(office.open(), post, post.version, NOW + 3 * DAY, "ada", "", NOW)
    steering.skip(office.open(), moved, "ada", "a quiet day", NOW)
    events = Calendar.from_ical(office.visitor().get(path).content).walk("VEVENT")
    event = next(e for e in events if e["uid"].startswith(post.slot_id))
    assert (event["dtstart"].dt, event["status"]) == (moved.due_at, "CANCELLED")


def test_only_the_hash_of_a_feeds_address_is_kept_and_it_is_shown_once(
    office: Office, tmp_path: Path
) -> None:
    path = make_feed(office)
    token = path.split("/")[-1].removesuffix(".ics")
    assert token not in office.colleague("viewer").see("/calendar")
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("bot.db*"))
    assert token.encode() not in kept


def test_an_unknown_address_is_not_there(office: Office) -> None:
    for token in ("x", "x" * 43, "x" * 5000, "%E2%80%AE", "..%2f.."):
        answer = office.visitor().get(f"/calendar/feed/{token}.ics")
        assert answer.status_code == 404
        assert "BEGIN" not in answer.text


def test_a_feed_stops_when_it_is_revoked_replaced_or_its_person_shut_out(office: Office) -> None:
    nobody, revoked = office.visitor(), make_feed(office)
    office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    assert nobody.get(revoked).status_code == 404

    old, of_another = make_feed(office), make_feed(office, "editor")
    new = make_feed(office)
    assert [nobody.get(path).status_code for path in (old, new, of_another)] == [404, 200, 200]

    people.deactivate(office.ledger, "viewer", "admin", "left", NOW)
    assert [nobody.get(path).status_code for path in (new, of_another)] == [404, 200]
    people.activate(office.ledger, "viewer", "admin", "came back", NOW)
    assert nobody.get(new).status_code == 404, "an address that was dead stays dead"


def test_what_is_done_to_feeds_is_in_the_audit_log_without_their_address(office: Office) -> None:
    make_feed(office)
    make_feed(office)
    office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    rows = [r for r in office.ledger.history_of("user viewer") if "feed" in r["became"]]
    assert [(r["became"], r["who"]) for r in rows] == [
        ("feed made", "viewer (desk)"),
        ("feed made", "viewer (desk)"),
        ("feed revoked", "viewer (desk)"),
    ]
    again = office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    assert (again.status_code, "no address to revoke" in again.text) == (400, True)


def test_the_address_is_the_one_that_people_type_where_the_desk_was_told_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_WEB_URL", "https://desk.example.org/")
    answer = office.colleague("viewer").submit("/calendar", "/calendar/feed")
    assert 'value="https://desk.example.org/calendar/feed/' in answer.text


def test_a_bug_does_not_write_the_secret_into_the_log(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_feed(office)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("bot.feed.posts_of", fail)
    nobody = TestClient(office.app, office.base, raise_server_exceptions=False)
    assert nobody.get(path).status_code == 500
    told = "".join(capsys.readouterr())
    assert "/calendar/feed/{token}.ics" in told
    assert path.split("/")[-1].removesuffix(".ics") not in told
