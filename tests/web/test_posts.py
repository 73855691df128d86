"""The page of a post: what it shows is what the ledger holds, and what is done there is done to what was shown."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from bot import editing
from bot.ledger import Post
from bot.model import State
from tests.web.team import Office, Visitor, hidden
from tests.world import HOUR, NOW, planned, write_campaign

DAY = 24 * HOUR
OSLO = "States adopted the Convention."


def post_about(office: Office, fact: str = "casualties-2024") -> Post:
    return next(p for p in office.ledger.posts_between(NOW, NOW + 4 * DAY) if p.fact_id == fact)


def path(post: Post, act: str = "") -> str:
    return f"/posts/{post.slot_id}{'/' + act if act else ''}"


def words_shown(page: str) -> list[str]:
    """The texts of the cards, as a browser would have them."""
    inside = re.findall(r'<div class="words"[^>]*>(.*?)</div>', page, re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", piece)) for piece in inside]


def do(visitor: Visitor, post: Post, act: str, mark: str | None = None, **fields: str) -> Any:
    """Send one of the page's forms, from the page as it is now or as it was at `mark`."""
    page = visitor.see(path(post))
    was = dict(re.findall(r'name="(was-[^"]+)" value="([^"]*)"', page))
    sent = {**{name: html.unescape(value) for name, value in was.items()}, **fields}
    return visitor.send(path(post, act), token=hidden(page), mark=mark or hidden(page, "mark"), **sent)


def now(office: Office, post: Post) -> Post:
    found = office.ledger.post(post.slot_id)
    assert found is not None
    return found


def text_of(post: Post, account: str = "one") -> str:
    return next(d.message.text for d in post.deliveries if d.account_id == account)


# ── what it shows ────────────────────────────────────────────────────────────────────────────


def test_what_is_shown_is_what_the_ledger_holds_byte_for_byte(planned_office: Office) -> None:
    viewer = planned_office.colleague("viewer")
    for post in planned_office.ledger.posts_between(NOW, NOW + 4 * DAY):
        assert words_shown(viewer.see(path(post))) == [d.message.text for d in post.deliveries]


def test_it_shows_the_fact_with_its_pedigree_and_the_measures(planned_office: Office) -> None:
    post = post_about(planned_office)
    page = planned_office.colleague("viewer").see(path(post))
    for piece in (
        "In 2024 at least 6,279 people were killed or injured.", "ICBL-CMC", "Landmine Monitor 2025",
        "Mon 1 December 2025", "Tue 1 December 2026", "/library/casualties-2024",
        f"{post.deliveries[0].message.length} of 500", "What happened to it",
    ):  # fmt: skip
        assert piece in page


def test_a_slot_id_with_a_slash_has_its_page(planned_office: Office) -> None:
    post = editing.add(planned_office.open(), "oslo-adoption", ["one"], NOW + DAY, {}, "ada", NOW)
    assert "/" in post.slot_id
    assert words_shown(planned_office.colleague("viewer").see(path(post))) == [text_of(post)]


def test_markup_in_texts_is_only_text(office: Office) -> None:
    evil = "<script>alert(1)</script> \"'& <img src=x onerror=alert(1)> #MineAction"
    post = planned("evil", NOW + HOUR, text=evil)
    office.ledger.store_plan([post], {"one": "file"}, NOW, NOW + DAY, NOW, "<b>test</b>")
    page = office.colleague("editor").see(f"/posts/{post.slot.id}")
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>test" not in page
    assert words_shown(page) == [evil]


def test_a_post_that_is_not_there_says_so_and_a_forms_address_leads_to_its_page(
    planned_office: Office,
) -> None:
    viewer = planned_office.colleague("viewer")
    assert viewer.get("/posts/nothing@2026-11-24T09:00").status_code == 404
    post = post_about(planned_office)
    assert viewer.get(path(post, "words")).headers["location"].startswith("/posts/morning")


def test_a_viewer_sees_no_forms_and_an_editor_none_to_decide(planned_office: Office) -> None:
    post = post_about(planned_office)
    seen = {role: planned_office.colleague(role).see(path(post)) for role in ("viewer", "editor", "approver")}
    assert "Save the words" not in seen["viewer"]
    assert "Save the words" in seen["editor"]
    assert "/approve" not in seen["editor"]
    assert "/approve" in seen["approver"]


# ── other words ──────────────────────────────────────────────────────────────────────────────


def test_an_editor_changes_the_words_of_one_account_and_nothing_else(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    answer = do(planned_office.colleague("editor"), post, "words", **{"body-one": OSLO}, why="plainer")
    assert answer.status_code == 303
    edited = now(planned_office, post)
    assert text_of(edited).startswith(f"{OSLO}\n\nSource: ")
    assert text_of(edited, "two") == text_of(post, "two")
    assert edited.edited_by == "editor (desk)"
    trail = planned_office.colleague("viewer").see(path(post))
    assert "plainer" in trail
    assert "<b>changed</b> by editor (desk)" in trail


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Mines hurt 7,000 people.", "The number 7,000 is not one of casualties-2024&#39;s"),
        ("Mines hurt people, " * 40, "and the limit is 500."),
        ("Mines hurt <b>people</b>.", "HTML"),
    ],
)
def test_words_that_may_not_go_out_are_refused_where_they_stand(
    planned_office: Office, body: str, reason: str
) -> None:
    post = post_about(planned_office)
    answer = do(planned_office.colleague("editor"), post, "words", **{"body-one": body})
    assert answer.status_code == 400
    assert reason in answer.text
    assert html.escape(body) in answer.text, "nothing typed is lost"
    assert now(planned_office, post) == post


def test_words_are_checked_without_saving_them(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    answer = do(planned_office.colleague("editor"), post, "check", **{"body-one": OSLO})
    assert answer.status_code == 200
    assert "Your words, not saved yet" in answer.text
    assert words_shown(answer.text)[0].startswith(OSLO)
    assert now(planned_office, post) == post


def test_saving_what_nobody_changed_changes_nothing(planned_office: Office) -> None:
    post = post_about(planned_office)
    editor = planned_office.colleague("editor")
    do(editor, post, "words", **{"body-one": text_of(post).partition("\n\n")[0]})
    assert "Nothing was changed." in editor.see(path(post))
    assert now(planned_office, post) == post


def test_a_script_measures_words_as_the_desk_would(planned_office: Office) -> None:
    editor = planned_office.colleague("editor")
    sent = {
        "token": hidden(editor.see("/")),
        "account": "one",
        "fact": "casualties-2024",
        "day": "2026-11-25",
    }
    told = editor.send("/posts/measure", **sent, body="Mines hurt 7,000 people.").json()
    assert told["limit"] == 500
    assert told["length"] == sum(len(piece["text"]) for piece in told["pieces"])
    assert "The number 7,000" in told["reasons"][0]
    assert editor.send("/posts/measure", **{**sent, "fact": ""}).json() == {"problem": "Choose a fact first."}
    assert editor.send("/posts/measure", **{**sent, "account": "x"}).status_code == 400
    assert editor.send("/posts/measure", **{**sent, "day": "soon"}).status_code == 400


# ── another wording, fact or moment ──────────────────────────────────────────────────────────


def test_another_wording_is_chosen_by_its_preview(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    assert editor.see(path(post)).count("The Convention was adopted in Oslo on 18 September 1997.") >= 2
    do(editor, post, "wording", wording="two oslo-adoption/en/b")
    assert text_of(now(planned_office, post), "two").startswith("The Convention was adopted in Oslo on")
    assert do(editor, post, "wording").status_code == 400


def test_only_facts_that_may_go_out_are_offered_and_none_other_is_taken(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    listed = editor.see(f"{path(post)}?q=casualties")
    assert 'value="casualties-2024"' in listed
    assert 'value="parties-165"' not in listed
    refused = do(editor, post, "fact", fact="parties-165")
    assert (refused.status_code, "is retired" in refused.text) == (400, True)
    do(editor, post, "fact", fact="casualties-2024")
    assert now(planned_office, post).fact_id == "casualties-2024"


def test_a_post_is_moved_by_the_campaigns_clocks(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    refused = do(editor, post, "move", day="2026-11-20", clock="10:00")
    assert "has passed already" in refused.text
    assert 'value="2026-11-20"' in refused.text
    assert "Write a day as" in do(editor, post, "move", day="soon", clock="10:00").text
    do(editor, post, "move", day="2026-11-30", clock="10:15")
    assert now(planned_office, post).due_at == NOW + 6 * DAY + 1.25 * HOUR


# ── decisions ────────────────────────────────────────────────────────────────────────────────


def test_an_approver_approves_rejects_with_a_reason_and_sends_now(planned_office: Office) -> None:
    approver = planned_office.colleague("approver")
    first, second = planned_office.ledger.posts_between(NOW, NOW + 4 * DAY)[:2]
    do(approver, first, "approve", why="read it twice")
    assert {d.state for d in now(planned_office, first).deliveries} == {State.APPROVED}
    assert "read it twice" in approver.see(path(first))
    assert "This is needed." in do(approver, first, "reject", why=" ").text
    do(approver, first, "reject", why="a day of mourning")
    assert {d.state for d in now(planned_office, first).deliveries} == {State.SKIPPED}
    do(approver, second, "send")
    assert "the worker sends it" in approver.see(path(second))
    assert now(planned_office, second).due_at == NOW
    assert {d.state for d in now(planned_office, second).deliveries} == {State.APPROVED}


@pytest.mark.parametrize("act", ["approve", "reject", "send"])
def test_an_editor_decides_nothing(planned_office: Office, act: str) -> None:
    post = post_about(planned_office)
    answer = do(planned_office.colleague("editor"), post, act, why="because")
    assert answer.status_code == 403
    assert now(planned_office, post) == post


def test_where_a_second_person_is_asked_for_its_editor_neither_approves_nor_sends(office: Office) -> None:
    campaign = "name: Test\nhashtags: [MineAction]\nsecond_person: [file]\n"
    write_campaign(office.home, campaign=campaign)
    office.open().store_plan(NOW, "test", 3)
    post = post_about(office, "oslo-adoption")
    approver = office.colleague("approver")
    do(approver, post, "words", **{"body-one": OSLO})
    page = approver.see(path(post))
    assert "asks for a second person" in page
    for act in ("approve", "send"):
        answer = do(approver, post, act)
        assert (answer.status_code, "second person" in answer.text) == (400, True)
    assert {d.state for d in now(office, post).deliveries} == {State.PLANNED}
    assert do(office.colleague("admin"), post, "approve").status_code == 303
