"""History: every delivery found again, page by page and as a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from bot.model import State
from bot.web.sheets import HEAD, harmless
from tests.web.browser import LiveDesk
from tests.web.past import URL, deliver, older
from tests.web.team import Office, Visitor
from tests.world import HOUR, NOW

BAD = '<script>alert("1")</script> & =1+1'


def shown(page: str) -> list[str]:
    """The deliveries that a page of the history lists."""
    return re.findall(r'class="what"><a href="/history/([^"]+)"', page)


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def test_every_delivery_is_listed_newest_first_with_what_became_of_it(office: Office) -> None:
    old = deliver(office.ledger, at=NOW - 5 * HOUR, words="The first line.\nThe second.")
    new = deliver(office.ledger, State.FAILED, account="two", why="it was too long")
    page = office.colleague("viewer").see("/history")
    assert shown(page) == [new.id, old.id]
    for there in (
        "The first line.",
        "one on file",
        "oslo-adoption",
        f'href="{URL}"',
        "24 November 2026, 04:00 UTC",
    ):
        assert there in page
    assert "The second." not in page


def test_what_is_still_to_come_is_shown_only_when_asked_for(office: Office) -> None:
    coming = deliver(office.ledger, State.PLANNED, at=NOW + HOUR)
    viewer = office.colleague("viewer")
    assert shown(viewer.see("/history")) == []
    assert shown(viewer.see("/history?coming=1")) == [coming.id]
    assert shown(viewer.see("/history?state=planned")) == [coming.id]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=minefields", ["sent"]),
        ("q=MINEFIELDS+one", ["sent"]),
        ("q=minefields+two", []),
        ("q=casualties-2024", ["failed"]),
        ("q=two", ["failed"]),
        ("state=failed", ["failed"]),
        ("account=one", ["sent"]),
        ("account=gone", []),
        ("network=file", ["failed", "sent"]),
        ("network=x", []),
        ("since=2026-11-23", ["failed"]),
        ("until=2026-11-22", ["sent"]),
        ("since=2026-11-22&until=2026-11-22&state=sent&account=one", ["sent"]),
        ("q=%25", []),
    ],
)
def test_search_and_filters_find_what_they_say(office: Office, asked: str, found: list[str]) -> None:
    deliver(office.ledger, at=NOW - timedelta(days=2), words="Of minefields.")
    deliver(office.ledger, State.FAILED, account="two", fact="casualties-2024")
    page = office.colleague("viewer").see(f"/history?{asked}")
    states = {d: office.ledger.delivery(d).state.value for d in shown(page)}
    assert list(states.values()) == found
    assert ("Nothing is like that." in page) is (not found)


def test_a_day_is_the_campaigns_own(office: Office) -> None:
    campaign = office.home / "config/campaign.yaml"
    campaign.write_text(campaign.read_text() + "time_zone: Pacific/Auckland\n")
    late = deliver(
        office.ledger, at=NOW.replace(day=23, hour=12)
    )  # one in the morning of the 24th in Auckland
    viewer = office.colleague("viewer")
    assert shown(viewer.see("/history?since=2026-11-24&until=2026-11-24")) == [late.id]
    assert shown(viewer.see("/history?until=2026-11-23")) == []


def test_a_filter_that_is_not_understood_says_so_and_keeps_the_rest(office: Office) -> None:
    viewer = office.colleague("viewer")
    for wrong, told in (
        ("since=soon", "Write a day as 2027-04-04."),
        ("state=lost", "Nothing was looked for"),
        ("before=nowhere", "start from the newest"),
    ):
        answer = viewer.get(f"/history?q=minefields&{wrong}")
        assert answer.status_code == 400
        assert told in answer.text
        assert 'value="minefields"' in answer.text


def test_older_pages_never_skip_or_repeat_while_new_deliveries_arrive(office: Office) -> None:
    there = {deliver(office.ledger, at=NOW - n * HOUR).id for n in range(1, 120)}
    viewer = office.colleague("viewer")
    seen: list[str] = []
    path: str | None = "/history?account=one"
    while path:
        page = viewer.see(path)
        seen += shown(page)
        office.wait(minutes=10)
        deliver(office.ledger, at=office.now)
        path = older(page)
    assert len(seen) == len(set(seen)) == 119
    assert set(seen) == there


def test_markup_in_a_text_is_only_text(office: Office) -> None:
    delivery = deliver(office.ledger, State.FAILED, words=BAD, why=BAD)
    approver = office.colleague("approver")
    for path in ("/history", f"/history/{delivery.id}", "/history/audit", "/history?q=" + "%3Cscript%3E"):
        page = approver.see(path)
        assert "<script>alert" not in page, path
        assert "&lt;script&gt;alert" in page, path


def test_an_address_that_is_not_of_the_web_is_no_link(office: Office) -> None:
    delivery = deliver(office.ledger, url="javascript:alert(1)")
    viewer = office.colleague("viewer")
    for path in ("/history", f"/history/{delivery.id}"):
        assert 'href="javascript:' not in viewer.see(path)


# ── the file ─────────────────────────────────────────────────────────────────────────────────


def rows_of(visitor: Visitor, address: str = "/history.csv") -> list[dict[str, str]]:
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel needs the BOM"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_the_file_holds_the_whole_selection_line_for_line(office: Office) -> None:
    words = 'Zoë said "no",\nthen "yes".'
    many = [deliver(office.ledger, at=NOW - n * HOUR, words=words) for n in range(1, 131)]
    deliver(office.ledger, State.FAILED, account="two")
    viewer = office.colleague("viewer")
    rows = rows_of(viewer, "/history.csv?state=sent")
    assert [row["delivery"] for row in rows] == [delivery.id for delivery in many]
    assert tuple(rows[0]) == HEAD
    assert {row["text"] for row in rows} == {words}
    assert rows[0]["due_at"] == rows[0]["sent_at"] == "2026-11-24T08:00:00Z"
    assert len(rows_of(viewer)) == 131
    raw = viewer.get("/history.csv?state=failed").content
    assert raw.count(b"\r\n") == 2


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＋", "－", "＠"])
def test_no_cell_of_the_file_is_run_by_a_spreadsheet(office: Office, begins: str) -> None:
    formula = f'{begins}HYPERLINK("http://evil.example")'
    deliver(office.ledger, words=formula)
    (row,) = rows_of(office.colleague("viewer"))
    assert row["text"] == f"'{formula}"


def test_what_is_harmless_stays_as_it_is() -> None:
    assert [harmless(value) for value in (None, 3, "a = b", "6,279", "")] == ["", "3", "a = b", "6,279", ""]


# ── in a browser ─────────────────────────────────────────────────────────────────────────────


def test_somebody_finds_what_is_in_doubt_and_says_that_it_was_sent(desk: LiveDesk, page: Page) -> None:
    delivery = deliver(desk.ledger, State.UNKNOWN, words="Of minefields.")
    deliver(desk.ledger, account="two", words="Of something else.")
    desk.sign_in(page, "approver")
    page.get_by_role("link", name="History").click()
    page.get_by_label("Words in the text").fill("minefields")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Of something else.")).to_have_count(0)
    page.get_by_role("link", name="Of minefields.").click()
    expect(page).to_have_url(f"{desk.url}/history/{delivery.id}")
    found = page.locator("form", has=page.get_by_role("button", name="Mark as sent"))
    found.get_by_label("Its address").fill(URL)
    found.get_by_label("Reason").fill("I looked, and there it is")
    found.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("Marked as sent.")
    expect(page.get_by_text("found it on the network")).to_be_visible()
    after = desk.ledger.delivery(delivery.id)
    assert after is not None
    assert (after.state, after.url) == (State.SENT, URL)
