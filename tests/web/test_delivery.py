"""One delivery: its text, receipt and trail; tried again, settled, deleted or corrected by those who may."""

from __future__ import annotations

import html

import pytest
from playwright.sync_api import Page
from sqlalchemy import text

from bot.model import State
from bot.networks import BadCredentials, Passing
from bot.networks.file import FileConnection
from tests.web.browser import LiveDesk, violations, widest
from tests.web.past import URL, deliver
from tests.web.team import Office
from tests.world import HOUR, NOW


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


def test_the_page_of_a_delivery_keeps_to_wcag_and_to_its_width(desk: LiveDesk, page: Page) -> None:
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
