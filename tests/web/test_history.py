"""History: every delivery found again, what became of it, and what can still be done about it."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from bot.ledger import Claim, Delivery, Ledger, Outcome
from bot.model import PlannedPost, Receipt, Scope, Slot, State
from bot.networks import BadCredentials, Passing
from bot.networks.file import FileConnection
from bot.web.sheets import HEAD, harmless
from tests.web.browser import LiveDesk
from tests.web.team import Office, Visitor
from tests.world import HOUR, NOW, message

BAD = '<script>alert("1")</script> & =1+1'
URL = "https://social.example.org/@campaign/1"


def deliver(
    ledger: Ledger,
    state: State = State.SENT,
    *,
    account: str = "one",
    at=NOW - HOUR,
    words: str = "Hello.",
    fact: str = "oslo-adoption",
    url: str | None = URL,
    why: str = "accepted",
) -> Delivery:
    """A delivery as the worker leaves it."""
    slot = Slot(at, f"{state}-{account}@{at:%Y-%m-%dT%H:%M}", "morning", at.date())
    ledger.add_post(
        PlannedPost(slot, fact, messages={account: message(words, fact)}), {account: "file"}, "test", at
    )
    (delivery,) = ledger.post(slot.id).deliveries
    if state not in (State.PLANNED, State.SKIPPED):
        ledger.move([delivery.id], State.PLANNED, State.DUE, at, "worker", "its moment has come")
        ledger.claim_due("worker", at, Claim(1, at - HOUR, only=None))
        receipt = Receipt("1", url) if state is State.SENT else None
        ledger.record(State.SENDING, [Outcome(delivery.id, state, why, receipt)], at, "worker")
    elif state is State.SKIPPED:
        ledger.move([delivery.id], State.PLANNED, State.SKIPPED, at, "ada", why)
    found = ledger.delivery(delivery.id)
    assert found is not None
    assert found.state is state
    return found


def shown(page: str) -> list[str]:
    """The deliveries that a page of the history lists."""
    return re.findall(r'class="what"><a href="/history/([^"]+)"', page)


def older(page: str) -> str | None:
    found = re.search(r'href="([^"]*before=[^"]+)"', page)
    return html.unescape(found[1]) if found else None


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


# ── one delivery ─────────────────────────────────────────────────────────────────────────────


def test_a_delivery_shows_its_text_receipt_and_trail_in_words(office: Office) -> None:
    delivery = deliver(office.ledger, words="As sent.\nSecond line.")
    page = office.colleague("viewer").see(f"/history/{delivery.id}")
    for there in (
        "As sent.\nSecond line.",
        "The network calls it <code>1</code>",
        f'href="{URL}"',
        "oslo-adoption",
        "The Convention was adopted in Oslo",
        delivery.slot_id,
        "planned it",
        "began to send it",
        "sent it",
        "accepted",
    ):
        assert there in page, there


def test_a_delivery_that_is_not_known_is_told_in_words(office: Office) -> None:
    answer = office.colleague("viewer").get("/history/nothing")
    assert (answer.status_code, "There is no such delivery" in answer.text) == (404, True)


ACTIONS = {
    "retry": {"why": "x"},
    "sent": {"why": "x"},
    "not-sent": {"why": "x"},
    "delete": {"why": "x"},
    "correct": {"fact": "oslo-adoption", "body": "It was Oslo.", "at": "2026-11-24T12:00"},
}


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_approvers_and_admins_may_undo_anything(office: Office, role: str, action: str) -> None:
    state = {"retry": State.FAILED, "sent": State.UNKNOWN, "not-sent": State.UNKNOWN}.get(action, State.SENT)
    delivery = deliver(office.ledger, state)
    visitor = office.colleague(role)
    path = f"/history/{delivery.id}"
    assert f'action="{path}/{action}"' not in visitor.see(path)
    answer = visitor.submit("/", f"{path}/{action}", **ACTIONS[action])
    assert answer.status_code == 403
    assert office.ledger.delivery(delivery.id) == delivery


def test_what_failed_is_tried_again(office: Office) -> None:
    delivery = deliver(office.ledger, State.FAILED)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    assert approver.submit(path, f"{path}/retry", why="the server is back").status_code == 303
    after = office.ledger.delivery(delivery.id)
    assert (after.state, after.due_at) == (State.DUE, NOW)
    page = approver.see(path)
    assert "made it due once more" in page
    assert "the server is back" in page
    assert "approver (desk)" in page


def test_what_is_in_doubt_is_never_tried_again(office: Office) -> None:
    delivery = deliver(office.ledger, State.UNKNOWN)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    assert f'action="{path}/retry"' not in approver.see(path)
    answer = approver.submit(path, f"{path}/retry", why="I am in a hurry")
    assert answer.status_code == 400
    assert "it may be on the network already" in html.unescape(answer.text)
    assert "I am in a hurry" in answer.text
    assert office.ledger.delivery(delivery.id).state is State.UNKNOWN


def test_a_person_who_looked_says_that_it_was_sent_and_where(office: Office) -> None:
    delivery = deliver(office.ledger, State.UNKNOWN)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    approver.submit(path, f"{path}/sent", url=URL, why="I see it")
    after = office.ledger.delivery(delivery.id)
    assert (after.state, after.url) == (State.SENT, URL)
    page = approver.see(path)
    assert "found it on the network" in page
    assert "Delete it there." in page, "the bot does not know what the network calls it"
    again = approver.submit(path, f"{path}/not-sent", why="no, it is not")
    assert again.status_code == 400
    assert "not unknown" in again.text


def test_an_address_that_could_run_is_not_taken(office: Office) -> None:
    delivery = deliver(office.ledger, State.UNKNOWN)
    path = f"/history/{delivery.id}"
    answer = office.colleague("approver").submit(
        path, f"{path}/sent", url="javascript:alert(1)", why="I see it"
    )
    assert answer.status_code == 400
    assert "beginning with https://" in answer.text
    assert 'value="I see it"' in answer.text
    assert office.ledger.delivery(delivery.id).state is State.UNKNOWN


def test_what_a_person_did_not_find_can_be_tried_again(office: Office) -> None:
    delivery = deliver(office.ledger, State.UNKNOWN)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    approver.submit(path, f"{path}/not-sent", why="nothing there")
    assert office.ledger.delivery(delivery.id).state is State.FAILED
    assert f'action="{path}/retry"' in approver.see(path)


def test_a_post_is_deleted_from_its_network_with_a_reason(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(FileConnection, "delete", lambda _, receipt: gone.append(receipt.remote_id))
    delivery = deliver(office.ledger)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    assert approver.submit(path, f"{path}/delete", why="").status_code == 400
    assert gone == []
    assert approver.submit(path, f"{path}/delete", why="the figure was wrong").status_code == 303
    after = office.ledger.delivery(delivery.id)
    assert (gone, after.state, after.deleted_at) == (["1"], State.SENT, NOW)
    page = approver.see(path)
    assert "deleted it from the network" in page
    assert "the figure was wrong" in page
    assert f'href="{URL}"' not in page
    assert "already" in approver.submit(path, f"{path}/delete", why="again").text
    assert gone == ["1"]


@pytest.mark.parametrize(
    "error", [Passing("the server answered 503"), BadCredentials("one: the token is wrong")]
)
def test_a_network_that_does_not_delete_is_told_in_words_and_nothing_is_noted(
    office: Office, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(FileConnection, "delete", refuse)
    delivery = deliver(office.ledger)
    path = f"/history/{delivery.id}"
    answer = office.colleague("approver").submit(path, f"{path}/delete", why="the figure was wrong")
    assert answer.status_code == 400
    assert f"one could not delete it: {error}" in html.unescape(answer.text)
    assert 'value="the figure was wrong"' in answer.text
    assert office.ledger.delivery(delivery.id).deleted_at is None


def test_a_correction_names_the_old_post_and_waits_for_its_moment(office: Office) -> None:
    delivery = deliver(office.ledger)
    path = f"/history/{delivery.id}"
    approver = office.colleague("approver")
    page = approver.see(path)
    assert 'value="oslo-adoption" selected' in page
    assert 'value="2026-11-24T09:30"' in page
    body = "Correction: the Convention was adopted in Oslo."
    sent = approver.submit(path, f"{path}/correct", fact="oslo-adoption", body=body, at="2026-11-24T12:15")
    assert sent.status_code == 303, sent.text
    (post,) = office.ledger.posts_between(NOW, NOW + 24 * HOUR)
    (correction,) = post.deliveries
    assert post.due_at == NOW.replace(hour=12, minute=15)
    assert correction.account_id == "one"
    assert URL in correction.message.text
    assert body in correction.message.text
    assert post.slot_id in approver.see(path)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"body": "Correction: it was 99."}, "The number 99 is not one of"),
        ({"at": "2026-11-24T08:00"}, "The moment has passed already."),
        ({"at": "soon"}, "Write a moment as"),
        ({"body": ""}, "This is needed."),
        ({"fact": "parties-165"}, "retired"),
    ],
)
def test_what_is_against_a_correction_is_shown_and_nothing_typed_is_lost(
    office: Office, typed: dict[str, str], told: str
) -> None:
    delivery = deliver(office.ledger)
    path = f"/history/{delivery.id}"
    form = {"fact": "casualties-2024", "body": "Correction: see here.", "at": "2026-11-25T10:00", **typed}
    answer = office.colleague("approver").submit(path, f"{path}/correct", **form)
    assert answer.status_code == 400
    page = html.unescape(answer.text)
    assert told in page
    assert f">{form['body']}</textarea>" in page
    assert f'value="{form["at"]}"' in page
    if form["fact"] == "casualties-2024":
        assert 'value="casualties-2024" selected' in page
    assert office.ledger.posts_between(NOW, NOW + 48 * HOUR) == []


def test_the_fact_that_took_the_old_ones_place_is_proposed(office: Office) -> None:
    facts = office.home / "messages/facts/casualties.yaml"
    old = "    reason: it was true for three months only\n"
    facts.write_text(facts.read_text().replace(old, f"{old}    superseded_by: oslo-adoption\n"))
    delivery = deliver(office.ledger, fact="parties-165")
    page = office.colleague("approver").see(f"/history/{delivery.id}")
    assert 'value="oslo-adoption" selected' in page


# ── who did what ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", False), ("editor", False), ("approver", True), ("admin", True)]
)
def test_only_approvers_and_admins_read_the_audit_log(office: Office, role: str, may: bool) -> None:
    visitor = office.colleague(role)
    assert (visitor.get("/history/audit").status_code == 200) is may
    assert ("/history/audit" in visitor.see("/history")) is may


def test_the_audit_log_holds_every_kind_of_act_and_finds_it(office: Office) -> None:
    delivery = deliver(office.ledger, State.FAILED)
    office.ledger.pause(Scope.ALL, "", "ada (desk)", "an election", NOW)
    office.ledger.hold("casualties-2024", "grace (desk)", "the source changed", NOW)
    admin = office.colleague("admin")
    page = admin.see("/history/audit")
    for there in (
        "stopped it",
        "an election",
        "put it on hold",
        "gave it up",
        f"/history/{delivery.id}",
        "user editor",
    ):
        assert there in page, there
    page = admin.see("/history/audit?who=grace")
    assert "the source changed" in page
    assert "an election" not in page.partition("<main")[2]
    assert "gave it up" in admin.see("/history/audit?what=oslo-adoption")
    assert "Nobody did anything like that." in admin.see("/history/audit?what=nothing")
    assert admin.get("/history/audit?before=x").status_code == 400


def test_the_audit_log_goes_back_page_by_page(office: Office) -> None:
    for number in range(120):
        office.ledger.hold(f"fact-{number:03}", "ada", "because", NOW)
    admin = office.colleague("admin")
    path: str | None = "/history/audit?about=facts"
    seen: list[str] = []
    while path:
        page = admin.see(path)
        seen += re.findall(r"fact (fact-\d+)", page)
        office.ledger.hold(f"later-{len(seen)}", "ada", "meanwhile", NOW)
        path = older(page)
    assert seen == [f"fact-{number:03}" for number in reversed(range(120))]


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


def test_the_page_of_a_delivery_keeps_to_wcag_and_to_its_width(desk: LiveDesk, page: Page) -> None:
    from tests.web.browser import violations, widest

    desk.sign_in(page, "approver")
    page.set_viewport_size({"width": 320, "height": 800})
    long = "مرحبا " * 40 + "https://example.org/" + "x" * 120
    for state in (State.SENT, State.UNKNOWN, State.FAILED):
        delivery = deliver(desk.ledger, state, words=long, why="x" * 200, at=NOW - HOUR)
        for path in (f"/history/{delivery.id}", "/history?coming=1"):
            page.goto(desk.url + path)
            for summary in page.locator("summary").all():
                summary.click()
            assert violations(page) == [], path
            assert widest(page) == 0, path
        with desk.ledger.engine.begin() as connection:
            connection.execute(text("DELETE FROM posts"))
