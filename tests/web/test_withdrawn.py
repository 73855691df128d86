"""Withdrawn posts on the desk: listed, linked from Today, and left as they are by those who may."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from bot import steering
from bot.ledger import Delivery
from bot.web import withdrawn
from tests.web.browser import LiveDesk, violations, widest
from tests.web.past import deliver
from tests.web.team import Office
from tests.world import HOUR, NOW


@pytest.fixture
def held(office: Office) -> Delivery:
    """A post that is out, whose fact was put on hold afterwards."""
    delivery = deliver(office.ledger)
    steering.hold(office.open(), "oslo-adoption", "ada", "the place is in doubt", NOW)
    return delivery


def test_a_withdrawn_post_is_listed_with_its_reason_and_what_can_be_done(
    office: Office, held: Delivery
) -> None:
    deliver(office.ledger, fact="casualties-2024", at=NOW - 2 * HOUR)
    page = office.colleague("approver").see("/withdrawn")
    assert page.count("Correct it") == 1
    for there in (
        "is on hold: the place is in doubt (ada)",
        f'href="/history/{held.id}?do=correct#undo-title"',
        f'href="/history/{held.id}?do=delete#undo-title"',
        f'action="/withdrawn/{held.id}"',
    ):
        assert there in page, there


def test_today_counts_them_and_leads_there(office: Office, held: Delivery) -> None:
    page = office.colleague("viewer").see("/")
    assert '<a href="/withdrawn">1 post needs somebody</a>: about oslo-adoption' in page
    assert held.id not in page


def test_the_forms_are_open_when_one_comes_from_there(office: Office, held: Delivery) -> None:
    approver = office.colleague("approver")
    for wish in ("correct", "delete"):
        assert approver.see(f"/history/{held.id}?do={wish}").count('<details class="panel" open>') == 1
    assert '<details class="panel" open>' not in approver.see(f"/history/{held.id}")


def test_a_post_is_left_as_it_is_with_a_reason_and_needs_nobody_then(office: Office, held: Delivery) -> None:
    approver = office.colleague("approver")
    nothing = approver.submit("/withdrawn", f"/withdrawn/{held.id}", why="")
    assert (nothing.status_code, "This is needed." in nothing.text) == (400, True)
    done = approver.submit("/withdrawn", f"/withdrawn/{held.id}", why="it will be confirmed tomorrow")
    assert done.status_code == 303
    page = approver.see("/withdrawn")
    assert "It stays as it is" in page
    assert "None: no post" in page
    assert "/withdrawn" not in approver.see("/").partition("<main")[2]
    trail = approver.see(f"/history/{held.id}")
    assert "left it as it is" in trail
    assert "it will be confirmed tomorrow" in trail


def test_what_is_not_withdrawn_cannot_be_left_and_what_was_typed_is_not_lost(office: Office) -> None:
    delivery = deliver(office.ledger)
    answer = office.colleague("approver").submit(
        "/withdrawn", f"/withdrawn/{delivery.id}", why="it was <true>"
    )
    assert answer.status_code == 400
    assert "may be posted" in html.unescape(answer.text)
    assert '<q dir="auto">it was &lt;true&gt;</q>' in answer.text


def test_a_reason_that_is_too_long_is_still_there_to_be_shortened(office: Office, held: Delivery) -> None:
    long = "because " * 200
    answer = office.colleague("approver").submit("/withdrawn", f"/withdrawn/{held.id}", why=long)
    assert answer.status_code == 400
    assert long.strip() in answer.text


def test_a_page_of_them_holds_the_newest_and_counts_the_others(
    office: Office, held: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawn, "SHOWN", 1)
    older = deliver(office.ledger, at=NOW - 2 * HOUR)
    page = office.colleague("viewer").see("/withdrawn")
    assert f"/history/{held.id}" in page
    assert f"/history/{older.id}" not in page
    assert "And 1 older one" in page


@pytest.mark.parametrize("role", ["viewer", "editor"])
def test_others_may_look_and_no_more(office: Office, held: Delivery, role: str) -> None:
    visitor = office.colleague(role)
    page = visitor.see("/withdrawn")
    assert "is on hold" in page
    assert f'action="/withdrawn/{held.id}"' not in page
    assert visitor.submit("/", f"/withdrawn/{held.id}", why="x").status_code == 403


def test_the_correction_begins_with_what_the_files_say_and_a_blank_is_not_taken(office: Office) -> None:
    style = office.home / "messages/style/en.yaml"
    style.write_text(style.read_text() + 'correction: "On {{ on }} we said {{ was }}; it is {{ now }}."\n')
    delivery = deliver(office.ledger, fact="casualties-2024")
    path, approver = f"/history/{delivery.id}", office.colleague("approver")
    body = "On 24 November 2026 we said […]; it is at least 6,279."
    assert f">{body}</textarea>" in approver.see(path)
    form = {"fact": "casualties-2024", "at": "2026-11-25T10:00"}
    answer = approver.submit(path, f"{path}/correct", body=body, **form)
    assert answer.status_code == 400
    assert "Write what is to stand in place of […]." in answer.text
    whole = body.replace("[…]", "fewer")
    assert approver.submit(path, f"{path}/correct", body=whole, **form).status_code == 303


def test_the_page_keeps_to_wcag_and_to_its_width(desk: LiveDesk, page: Page) -> None:
    delivery = deliver(desk.ledger, words="مرحبا " * 40 + "x" * 120, at=datetime.now(UTC) - HOUR)
    desk.ledger.hold("oslo-adoption", "ada", "y" * 150, NOW)
    desk.ledger.note_trouble(delivery.id, "Refused: " + "z" * 150, NOW)
    desk.sign_in(page, "approver")
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(desk.url + "/withdrawn")
    page.locator("summary").click()
    assert page.get_by_text("It could not be deleted").is_visible()
    assert violations(page) == []
    assert widest(page) == 0
