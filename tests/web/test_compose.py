"""Composing: one text for several accounts, through the guard; nothing typed is ever lost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from bot.ledger import Post
from bot.model import State
from tests.web.team import Office, Visitor, hidden
from tests.world import HOUR, NOW, write_campaign

DAY = 24 * HOUR
OSLO = "The Convention was adopted in Oslo in 1997."
GIVEN = {"fact": "oslo-adoption", "when": "at", "day": "2026-11-29", "clock": "09:30", "text": OSLO}


def compose(visitor: Visitor, act: str, accounts: tuple[str, ...] = ("one", "two"), **fields: str) -> Any:
    """Send the form with one of its buttons."""
    sent: dict[str, Any] = {**GIVEN, **fields, "accounts": list(accounts)}
    return visitor.send(f"/compose/{act}", token=hidden(visitor.see("/compose")), **sent)


def own_posts(office: Office) -> list[Post]:
    return office.ledger.posts_between(NOW - DAY, NOW + 400 * DAY)


def kept(page: str) -> dict[str, str]:
    """What a browser would send again from a page."""
    boxes = re.findall(r'<textarea id="([^"]+)"[^>]*>\n?([^<]*)</textarea>', page)
    fields = re.findall(r'<input id="[^"]*" name="([^"]+)" type="[^"]+" value="([^"]*)"', page)
    ticked = re.findall(r'name="([^"]+)" value="([^"]+)" checked', page)
    return {name: html.unescape(value) for name, value in [*boxes, *fields, *ticked]}


# ── writing once ─────────────────────────────────────────────────────────────────────────────


def test_one_text_is_planned_for_several_accounts(office: Office) -> None:
    editor = office.colleague("editor")
    answer = compose(editor, "plan")
    assert answer.status_code == 303
    (post,) = own_posts(office)
    assert post.due_at == NOW + 5 * DAY + HOUR / 2
    assert [d.message.text.partition("\n\n")[0] for d in post.deliveries] == [OSLO, OSLO]
    assert post.edited_by == "editor (desk)"
    assert "It is planned." in editor.see(answer.headers["location"])


def test_an_account_may_have_words_of_its_own_or_the_librarys(office: Office) -> None:
    compose(office.colleague("editor"), "plan", text=" ", **{"body-two": OSLO})
    (post,) = own_posts(office)
    one, two = (d.message for d in post.deliveries)
    assert one.template_id == "oslo-adoption/en/a"
    assert two.text.startswith(OSLO)


def test_a_preview_is_what_will_be_planned_and_writes_nothing_down(office: Office) -> None:
    editor = office.colleague("editor")
    page = compose(editor, "preview", **{"body-two": "In Oslo the Convention was adopted."}).text
    assert own_posts(office) == []
    assert "Plan it" in page
    compose(editor, "plan", **{"body-two": "In Oslo the Convention was adopted."})
    (post,) = own_posts(office)
    cards = re.findall(r'<div class="words"[^>]*>(.*?)</div>', page, re.S)
    shown = [html.unescape(re.sub(r"<[^>]+>", "", card)) for card in cards]
    assert shown == [d.message.text for d in post.deliveries]
    for delivery in post.deliveries:
        assert f"{delivery.message.length} of {delivery.message.limit}" in page


def test_each_account_is_measured_by_its_own_network(office: Office) -> None:
    write_campaign(
        office.home,
        accounts="accounts:\n  one: {network: file, options: {like: x}}\n  two: {network: file}\n",
    )
    page = compose(office.colleague("editor"), "preview", text="Oslosawitadopted" * 15).text
    assert re.search(r"It measures \d+, and the limit is 280", page)
    assert "the limit is 500" not in page
    assert "Plan it" not in page


def test_other_pages_begin_it_with_a_fact_and_a_moment(office: Office) -> None:
    editor = office.colleague("editor")
    page = editor.see("/compose?fact=oslo-adoption&at=2026-12-01T14:15")
    for piece in ('value="oslo-adoption" checked', 'value="2026-12-01"', 'value="14:15"'):
        assert piece in page
    assert 'value="09:00"' in editor.see("/compose?at=2026-12-01")
    assert "names no moment" in editor.see("/compose?at=soon")


def test_a_fact_that_may_not_go_out_on_the_day_is_told_at_once_and_is_not_offered(office: Office) -> None:
    editor = office.colleague("editor")
    assert "is past its review date" in editor.see("/compose?fact=casualties-2024&at=2026-12-24")
    assert 'value="casualties-2024"' not in editor.see("/compose?at=2026-12-24")
    assert 'value="casualties-2024"' in editor.see("/compose?at=2026-11-26")
    assert 'value="parties-165"' not in editor.see("/compose")


def test_facts_are_searched_without_losing_what_was_typed(office: Office) -> None:
    page = compose(office.colleague("editor"), "find", fact="", words="killed").text
    assert 'value="casualties-2024"' in page
    assert 'value="oslo-adoption"' not in page
    assert kept(page)["text"] == OSLO


# ── what is refused ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"fact": ""}, "Choose a fact."),
        ({"fact": "nothing"}, "There is no fact called"),
        ({"fact": "parties-165"}, "is retired"),
        ({"day": "soon"}, "Write a day as"),
        ({"clock": ""}, "Write a time of day as"),
        ({"day": "2026-11-20"}, "has passed already"),
        ({"accounts": ()}, "Choose at least one account."),
        ({"text": "Mines hurt 7,000 people."}, "The number 7,000 is not one of"),
        ({"body-two": "Oslo <b>adopted</b> it."}, "HTML"),
        ({"text": "Oslosawitadopted" * 40}, "the limit is 500"),
    ],
)
@pytest.mark.parametrize("act", ["preview", "plan"])
def test_what_is_refused_says_why_and_loses_nothing_typed(
    office: Office, act: str, wrong: dict[str, Any], reason: str
) -> None:
    mine = {"body-one": "My own words.", **wrong}
    answer = compose(office.colleague("editor"), act, **mine)
    assert reason in html.unescape(answer.text)
    assert own_posts(office) == []
    still = kept(answer.text)
    wanted = {**GIVEN, **mine}
    for name in ("text", "body-one", "day", "clock", "when"):
        assert still[name] == wanted[name], name


def test_what_is_to_go_out_now_is_not_planned(office: Office) -> None:
    answer = compose(office.colleague("editor"), "plan", when="now")
    assert (answer.status_code, "To plan it, choose a moment." in answer.text) == (400, True)
    assert own_posts(office) == []


def test_markup_that_somebody_types_is_only_text(office: Office) -> None:
    evil = "</textarea><script>alert(1)</script>"
    page = compose(office.colleague("editor"), "preview", text=evil, **{"body-one": evil}, words=evil).text
    assert "<script>alert" not in page
    assert kept(page)["text"] == evil


# ── sending at once, and who may ─────────────────────────────────────────────────────────────


def test_an_approver_sends_it_at_once(office: Office) -> None:
    approver = office.colleague("approver")
    assert "Send now" in compose(approver, "preview", when="now").text
    assert compose(approver, "send", when="now").status_code == 303
    (post,) = own_posts(office)
    assert (post.due_at, {d.state for d in post.deliveries}) == (NOW, {State.APPROVED})


def test_what_is_for_another_moment_is_not_sent_at_once(office: Office) -> None:
    answer = compose(office.colleague("approver"), "send")
    assert (answer.status_code, "choose Now" in answer.text) == (400, True)
    assert own_posts(office) == []


def test_an_editor_plans_but_does_not_send_and_a_viewer_does_neither(office: Office) -> None:
    editor, viewer = office.colleague("editor"), office.colleague("viewer")
    assert "Send now" not in compose(editor, "preview", when="now").text
    assert compose(editor, "send", when="now").status_code == 403
    assert viewer.get("/compose").status_code == 403
    sent = {**GIVEN, "accounts": "one"}
    assert viewer.send("/compose/plan", token=hidden(viewer.see("/")), **sent).status_code == 403
    assert own_posts(office) == []


def test_where_a_second_person_is_asked_for_nobody_sends_their_own_words_at_once(office: Office) -> None:
    write_campaign(office.home, campaign="name: Test\nhashtags: [MineAction]\nsecond_person: [file]\n")
    answer = compose(office.colleague("approver"), "send", when="now")
    assert (answer.status_code, "asks for a second person" in answer.text) == (400, True)
    assert own_posts(office) == []
