"""What people may do to a post, what the guard still refuses them, and who wins when two are at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot import editing, steering
from bot.composing import body_of
from bot.drafting import Refused, draft
from bot.ledger import Post
from bot.model import Misconfigured, Observance, State
from bot.shown import mark_of
from bot.workspace import Workspace
from tests.world import HOUR, NOW

DAY = 24 * HOUR


def post_about(space: Workspace, fact: str) -> Post:
    return next(p for p in space.ledger.posts_between(NOW, NOW + 4 * DAY) if p.fact_id == fact)


def text_of(post: Post, account: str = "one") -> str:
    return next(d.message.text for d in post.deliveries if d.account_id == account)


def reasons_of(space: Workspace, body: str, fact: str = "casualties-2024") -> str:
    return " ".join(draft(space, space.settings.accounts["one"], fact, body, date(2026, 11, 25)).reasons)


def test_other_words_keep_the_credit_line_the_tags_and_every_guarantee(space: Workspace) -> None:
    post = post_about(space, "casualties-2024")
    edited = editing.edit(
        space, post, post.version, {"one": "Mines hurt at least 6,279 people."}, "ada", "plainer", NOW
    )
    assert text_of(edited) == (
        "Mines hurt at least 6,279 people.\n\nSource: Landmine Monitor 2025, as of 1 December 2025.\n"
        "#MineAction #ForwardNotFragmented"
    )
    assert text_of(edited, "two") == text_of(post, "two")
    assert (edited.version, edited.edited_by, edited.touched) == (2, "ada", True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("Mines hurt 7,000 people.", "The number 7,000 is not one of casualties-2024's"),
        ("Mines hurt people in 2023.", "The number 2023"),
        ("Mines hurt <b>people</b>.", "HTML"),
        ("Ask @unmas.", "mentions an account"),
        ("See www.example.org.", "is a link"),
        ("Mines\u202e hurt people.", "control character"),
        ("  ", "It says nothing"),
        ("Mines hurt people, " * 20, "the limit is 280"),
    ],
)
def test_a_persons_words_are_held_to_the_fact_and_the_house_style(
    space: Workspace, body: str, reason: str
) -> None:
    assert reason in reasons_of(space, body)


def test_the_facts_own_numbers_may_be_named(space: Workspace) -> None:
    assert reasons_of(space, "In 2024 mines killed or injured at least 6,279 people.") == ""


def test_words_about_a_fact_that_the_guard_refuses_are_refused(space: Workspace) -> None:
    assert "is retired" in reasons_of(space, "Many States are party.", "parties-165")


def test_what_is_refused_changes_nothing(space: Workspace) -> None:
    post = post_about(space, "casualties-2024")
    with pytest.raises(Refused):
        editing.edit(space, post, post.version, {"one": "Mines hurt 7,000 people."}, "ada", "", NOW)
    assert space.ledger.post(post.slot_id) == post


def test_of_two_people_who_edit_one_post_the_second_is_told_and_overwrites_nothing(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    editing.edit(space, post, post.version, {"one": "States adopted the Convention."}, "ada", "", NOW)
    with pytest.raises(editing.LostUpdate, match="by ada"):
        editing.edit(space, post, post.version, {"one": "The Convention was adopted."}, "ben", "", NOW)
    kept = space.ledger.post(post.slot_id)
    assert kept is not None
    assert text_of(kept).startswith("States adopted the Convention.")


def test_a_changed_post_is_never_planned_anew(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    edited = editing.edit(
        space, post, post.version, {"one": "States adopted the Convention."}, "ada", "", NOW
    )
    space.store_plan(NOW, "test", 3)
    assert space.ledger.post(post.slot_id) == edited


def test_another_fact_or_wording_is_composed_as_the_planner_would(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    other = editing.choose_fact(space, post, post.version, "casualties-2024", "ada", "", NOW)
    assert other.fact_id == "casualties-2024"
    assert "6,279" in text_of(other)
    worded = editing.choose_wording(space, other, other.version, "one", "casualties-2024/en/c", "ada", NOW)
    assert text_of(worded).startswith("Mines killed or injured at least 6,279")


def test_a_refused_fact_cannot_be_chosen(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    with pytest.raises(Refused, match="is retired"):
        editing.choose_fact(space, post, post.version, "parties-165", "ada", "", NOW)


def test_a_post_is_moved_and_its_years_are_counted_to_the_new_day(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    chosen = editing.choose_wording(space, post, post.version, "one", "oslo-adoption/en/a", "ada", NOW)
    moved = editing.move(space, chosen, chosen.version, NOW + 365 * DAY, "ada", "", NOW)
    assert (moved.due_at, moved.day) == (NOW + 365 * DAY, date(2027, 11, 24))
    assert "30 years ago" in text_of(moved)
    assert {d.due_at for d in moved.deliveries} == {moved.due_at}


def test_a_post_is_not_moved_past_its_facts_review_date_nor_into_the_past(space: Workspace) -> None:
    post = post_about(space, "casualties-2024")
    with pytest.raises(Refused, match="past its review date"):
        editing.move(space, post, post.version, NOW + 30 * DAY, "ada", "", NOW)
    with pytest.raises(Refused, match="has passed"):
        editing.move(space, post, post.version, NOW - HOUR, "ada", "", NOW)


def test_a_post_of_ones_own_goes_out_in_own_words_or_the_librarys(space: Workspace) -> None:
    bodies = {"one": "Oslo, 18 September 1997: the Convention is adopted."}
    post = editing.add(space, "oslo-adoption", ["one", "two"], NOW + 5 * DAY, bodies, "ada", NOW)
    assert text_of(post).startswith("Oslo, 18 September 1997")
    assert body_of(post.deliveries[1].message) != ""
    space.store_plan(NOW, "test", 10)
    assert space.ledger.post(post.slot_id) == post


def test_a_change_takes_an_approval_back(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    steering.approve(space, post, "ben", "fine", NOW)
    edited = editing.edit(
        space, post, post.version, {"one": "States adopted the Convention."}, "ada", "", NOW
    )
    assert {d.state for d in edited.deliveries} == {State.PLANNED}


def test_where_a_second_person_is_asked_for_the_editor_cannot_approve(space: Workspace) -> None:
    space.settings.campaign.second_person.append("file")
    post = post_about(space, "oslo-adoption")
    edited = editing.edit(
        space, post, post.version, {"one": "States adopted the Convention."}, "ada", "", NOW
    )
    for door in ("ada", "ada (bot approve)", "Ada (desk)"):
        with pytest.raises(Misconfigured, match="second person"):
            steering.approve(space, edited, door, "fine", NOW)
    with pytest.raises(Misconfigured, match="second person"):
        editing.bring_forward(space, edited, NOW, "ada")
    assert steering.approve(space, edited, "ben", "fine", NOW) == 2


def test_a_post_for_an_observance_is_neither_sent_nor_moved_to_another_day(space: Workspace) -> None:
    post = replace(post_about(space, "oslo-adoption"), observance_id="oslo")
    oslo = Observance("oslo", "Oslo", (12, 3), "oslo-adoption")
    space.settings = replace(space.settings, observances={"oslo": oslo})
    with pytest.raises(Refused, match="kept on 12-03"):
        editing.bring_forward(space, post, NOW, "ada")
    with pytest.raises(Refused, match="kept on 12-03"):
        editing.move(space, post, post.version, NOW + 3 * DAY, "ada", "", NOW)
    assert editing.bring_forward(space, post, NOW, "ada", "the day was moved by decree")


def test_what_went_out_is_not_moved(space: Workspace) -> None:
    post = post_about(space, "oslo-adoption")
    steering.skip(space, post, "ada", "a quiet day", NOW)
    skipped = space.ledger.post(post.slot_id)
    assert skipped is not None
    with pytest.raises(Refused, match="nothing left to move: it is skipped"):
        editing.move(space, skipped, skipped.version, NOW + 3 * DAY, "ada", "", NOW)
    assert space.ledger.post(post.slot_id) == skipped


def test_a_post_is_left_out_only_as_it_was_shown(space: Workspace) -> None:
    shown = post_about(space, "oslo-adoption")
    moved = editing.move(space, shown, shown.version, NOW + 3 * DAY, "ben", "", NOW)
    replanned = replace(moved, fact_id="casualties-2024")
    for seen in (shown, replanned):
        with pytest.raises(editing.LostUpdate, match="changed by ben"):
            steering.skip(space, moved, "ada", "a quiet day", NOW, mark_of(seen))
    assert space.ledger.post(moved.slot_id) == moved
    assert steering.skip(space, moved, "ada", "a quiet day", NOW, mark_of(moved)) == 2


def test_when_a_fact_is_put_on_hold_untouched_slots_get_another_and_touched_ones_fall_silent(
    space: Workspace,
) -> None:
    untouched, touched = (
        p for p in space.ledger.posts_between(NOW, NOW + 4 * DAY) if p.fact_id == "oslo-adoption"
    )
    steering.approve(space, touched, "ben", "fine", NOW)
    assert steering.hold(space, "oslo-adoption", "ada", "a doubt", NOW) == 4
    again, kept = space.ledger.post(untouched.slot_id), space.ledger.post(touched.slot_id)
    assert again is not None
    assert kept is not None
    assert again.fact_id == "casualties-2024"
    assert {(d.state, d.reason) for d in kept.deliveries} == {
        (State.SKIPPED, "oslo-adoption was put on hold: a doubt")
    }
