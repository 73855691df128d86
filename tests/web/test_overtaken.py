"""Two people at one post: who comes second is told, sees both versions, and overwrites nothing."""

from __future__ import annotations

import re

import pytest

from bot import editing
from bot.ledger import Post
from bot.model import State
from tests.web.team import Office, hidden
from tests.web.test_posts import OSLO, do, now, path, post_about, text_of
from tests.world import NOW, TEMPLATES, write_campaign


def test_who_comes_second_is_told_sees_both_versions_and_loses_nothing(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    mine, theirs = planned_office.colleague("editor"), planned_office.colleague("admin")
    mark = hidden(mine.see(path(post)), "mark")
    was = text_of(post).partition("\n\n")[0]
    do(theirs, post, "words", **{"body-one": OSLO})
    kept = now(planned_office, post)
    answer = do(mine, post, "words", mark, **{"body-one": "The Convention is of Oslo.", "was-one": was})
    assert answer.status_code == 409
    assert "changed by admin (desk) while you were at it" in answer.text
    assert "The Convention is of Oslo." in answer.text
    assert f'dir="auto">{OSLO}</blockquote>' in answer.text
    assert now(planned_office, post) == kept, "nothing of theirs is overwritten"
    mine.send(
        path(post, "words"), token=hidden(answer.text), mark=hidden(answer.text, "mark"),
        **{"body-one": "The Convention is of Oslo.", "was-one": OSLO},
    )  # fmt: skip
    assert text_of(now(planned_office, post)).startswith("The Convention is of Oslo.")


def test_what_i_did_not_touch_keeps_what_a_colleague_made_of_it(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    before = {d.account_id: d.message.text.partition("\n\n")[0] for d in post.deliveries}
    mark = hidden(editor.see(path(post)), "mark")
    do(planned_office.colleague("admin"), post, "words", **{"body-two": OSLO})
    shown = {f"body-{name}": body for name, body in before.items()}
    shown |= {f"was-{name}": body for name, body in before.items()}
    answer = do(editor, post, "words", mark, **{**shown, "body-one": "The Convention is of Oslo."})
    assert answer.status_code == 409
    two = re.search(r'name="body-two"[^>]*>\s*([^<]*)<', answer.text)
    assert two is not None
    assert two[1] == OSLO


@pytest.mark.parametrize("act", ["words", "wording", "fact", "move", "approve", "reject", "send", "check"])
def test_nothing_is_done_to_a_post_that_is_not_the_one_that_was_shown(
    planned_office: Office, act: str
) -> None:
    post = post_about(planned_office, "oslo-adoption")
    approver = planned_office.colleague("approver")
    mark = hidden(approver.see(path(post)), "mark")
    space = planned_office.open()
    kept = editing.edit(space, post, post.version, {"one": OSLO}, "ben", "", NOW)
    answer = do(approver, post, act, mark, why="a reason of mine", day="2026-11-30", clock="10:00")
    assert answer.status_code == 409
    assert "changed by ben while you were at it" in answer.text
    assert now(planned_office, post) == kept


def test_a_plan_made_anew_counts_as_another_version(planned_office: Office) -> None:
    post = post_about(planned_office, "oslo-adoption")
    approver = planned_office.colleague("approver")
    mark = hidden(approver.see(path(post)), "mark")
    other = TEMPLATES.replace("States adopted", "Governments adopted").replace("was adopted", "was made")
    write_campaign(planned_office.home, templates=other)
    planned_office.open().store_plan(NOW, "test", 3)
    anew = now(planned_office, post)
    assert (anew.version, anew == post) == (post.version, False)
    assert do(approver, post, "approve", mark).status_code == 409
    assert now(planned_office, post) == anew


def take_up(office: Office, post: Post, *accounts: str) -> None:
    """A worker takes up what the post has for these accounts."""
    ids = [d.id for d in post.deliveries if d.account_id in accounts]
    office.ledger.move(ids, State.PLANNED, State.DUE, NOW, "worker", "due")


@pytest.mark.parametrize("act", ["words", "check"])
def test_words_for_what_a_worker_has_taken_up_meanwhile_are_refused_and_shown(
    planned_office: Office, act: str
) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    mark = hidden(editor.see(path(post)), "mark")
    take_up(planned_office, post, "one")
    kept = now(planned_office, post)
    answer = do(
        editor,
        post,
        act,
        mark,
        **{"body-one": "Of <Oslo>.", "was-one": "x", "body-two": OSLO, "was-two": "y"},
    )
    assert '<blockquote dir="auto">Of &lt;Oslo&gt;.</blockquote>' in answer.text
    assert f"{OSLO}</textarea>" in answer.text
    if act == "words":
        assert answer.status_code == 400
        assert "one has nothing in this post that can be changed." in answer.text
    assert now(planned_office, post) == kept


def test_what_was_typed_for_a_post_that_a_worker_has_wholly_taken_up_is_shown_with_the_reason(
    planned_office: Office,
) -> None:
    post = post_about(planned_office, "oslo-adoption")
    editor = planned_office.colleague("editor")
    mark = hidden(editor.see(path(post)), "mark")
    take_up(planned_office, post, "one", "two")
    for act, typed in (
        ("words", {"body-one": "Of Oslo.", "was-one": "x"}),
        ("card", {"accounts": "one", "alt_text": "Of Oslo."}),
    ):
        answer = do(editor, post, act, mark, **typed)
        assert answer.status_code == 400
        assert "one has nothing in this post that can be changed." in answer.text
        assert '<blockquote dir="auto">Of Oslo.</blockquote>' in answer.text
