"""What worked, on the desk and as a page of its own: for everybody who is signed in, and readable for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.report import Month, read
from bot.report_page import render
from bot.roles import Role
from bot.workspace import open_workspace
from tests.timeline.test_timeline import Page
from tests.web.browser import LiveDesk, new_page, violations, widest
from tests.web.team import Office, Visitor
from tests.what_works.november import FORMULA, fill
from tests.world import NOW

GOLDEN = Path(__file__).parent.parent / "what_works/november.csv"


@pytest.fixture
def viewer(office: Office) -> Visitor:
    fill(office.ledger)
    return office.colleague(Role.VIEWER)


def test_everybody_on_the_desk_sees_the_month_and_history_leads_there(viewer: Visitor) -> None:
    assert 'href="/report"' in viewer.see("/history")
    said = Page(viewer.see("/report?month=2026-11").partition("<main")[2].partition("</main>")[0]).said
    for words in (
        "What worked in November 2026",
        "1,000 (2 of",
        "casualties-2024/en/a",
        FORMULA,
        "By hour of day (UTC)",
    ):
        assert words in said


def test_nobody_else_does(office: Office) -> None:
    for path in ("/report", "/report.csv"):
        assert office.visitor().get(path).headers["location"].startswith("/sign-in")


def test_this_month_is_shown_unless_another_is_chosen(viewer: Visitor) -> None:
    assert "What worked in November 2026" in viewer.see("/report")
    august = viewer.see("/report?month=2019-08")
    assert "What worked in August 2019" in august
    assert '<option value="2019-08" selected>August 2019</option>' in august
    assert '<option value="2024-12">December 2024</option>' in august
    wrong = viewer.get("/report?month=soon")
    assert wrong.status_code == 400
    assert "is not a month; write it as 2026-11" in wrong.text


def test_a_month_is_a_file_for_spreadsheets(viewer: Visitor) -> None:
    """In Zurich the last post of the golden file's month is one of December; this campaign's days are UTC's."""
    answer = viewer.get("/report.csv?month=2026-11")
    assert answer.headers["content-disposition"] == 'attachment; filename="report-2026-11.csv"'
    golden = GOLDEN.read_bytes()
    assert answer.content.startswith(golden)
    assert b"2026-11-30T23:59:00Z" in answer.content.removeprefix(golden)


def test_the_report_is_for_every_reader_on_the_desk_and_as_a_page_of_its_own(
    desk: LiveDesk, browser: Browser, tmp_path: Path
) -> None:
    fill(desk.ledger)
    page = new_page(browser, viewport={"width": 360, "height": 800})
    desk.sign_in(page, Role.VIEWER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    space = open_workspace(desk.home, desk.ledger)
    november = read(space, Month(2026, 11), NOW)
    own = tmp_path / "november.html"
    own.write_text(render(november), encoding="utf-8")
    for address in (f"{desk.url}/report?month=2026-11", own.as_uri()):
        page.goto(address)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], f"{address}, {scheme}"
        assert widest(page) == 0, address
        assert page.locator("svg[role=img]").count() == 3
    assert [url for url in asked if url.startswith("file:")] == [own.as_uri()]
    assert all(url.startswith((desk.url, "file:")) for url in asked)
    page.emulate_media(media="print")
    assert page.locator("table").count() == 7
