"""Moving and skipping posts from the calendar: by whom, when, and what becomes of those who come second."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from bot import editing, steering
from bot.ledger import Post
from bot.model import PlannedPost, Slot, State
from bot.shown import mark_of
from tests.web import zurich
from tests.web.browser import LiveDesk, new_page
from tests.web.team import Office, hidden
from tests.web.zurich import DAY, change_page, move_fields, posts
from tests.world import NOW, message

office = zurich.office


def test_an_editor_moves_a_post_in_the_campaigns_time_zone(office: Office) -> None:
    editor, post = office.colleague("editor"), posts(office)[0]
    answer = editor.send("/calendar/move", **move_fields(editor.see(change_page(post)), why="a holiday"))
    assert answer.headers["location"] == "/calendar?view=week&day=2026-11-28"
    assert "Moved to Sat 28 November 2026, 10:30 CET." in editor.see(answer.headers["location"])
    moved = office.ledger.post(post.slot_id)
    assert moved is not None
    assert moved.due_at == datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    assert (moved.edited_by, moved.touched) == ("editor (desk)", True)
    history = office.ledger.history_of(moved.deliveries[0].id)
    assert history[-1]["why"] == "a holiday"


def test_a_post_with_slashes_in_its_name_is_moved_too(office: Office) -> None:
    made = editing.add(office.open(), "oslo-adoption", ["one"], NOW + 3 * DAY, {}, "ada", NOW)
    assert "/" in made.slot_id
    editor = office.colleague("editor")
    assert quote(made.slot_id, safe="") in editor.see("/calendar?day=2026-11-27")
    answer = editor.send("/calendar/move", **move_fields(editor.see(change_page(made))))
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("day", "typed", "becomes", "said"),
    [
        ("2027-03-28", "02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "03:30 CEST"),  # it does not exist
        ("2027-10-31", "02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "02:30 CEST"),  # the first of two
    ],
)
def test_where_clocks_change_the_page_says_which_moment_was_taken(
    office: Office, day: str, typed: str, becomes: datetime, said: str
) -> None:
    editor = office.colleague("editor")
    post = next(p for p in posts(office) if p.fact_id == "oslo-adoption")
    answer = editor.send("/calendar/move", **move_fields(editor.see(change_page(post)), day=day, at=typed))
    assert said in editor.see(answer.headers["location"])
    moved = office.ledger.post(post.slot_id)
    assert moved is not None and moved.due_at == becomes


def test_of_two_who_move_one_post_the_second_is_told_and_loses_nothing(office: Office) -> None:
    first, second, post = office.colleague("editor"), office.colleague("approver"), posts(office)[0]
    pages = [colleague.see(change_page(post)) for colleague in (first, second)]
    first.send("/calendar/move", **move_fields(pages[0]))
    mine = move_fields(pages[1], day="2026-11-29", at="16:45", why="a <better> day")
    answer = second.send("/calendar/move", **mine)
    assert answer.status_code == 409
    assert "changed by editor (desk) while you were at it" in answer.text
    assert "Sat 28 November 2026, 10:30 CET" in answer.text, "what it is now"
    assert all(kept in answer.text for kept in ("2026-11-29", "16:45", "a &lt;better&gt; day"))
    kept = office.ledger.post(post.slot_id)
    assert kept is not None and kept.edited_by == "editor (desk)"

    again = second.send("/calendar/move", **{**mine, "mark": hidden(answer.text, "mark")})
    assert again.status_code == 303, "whoever has looked may still do it"


def test_a_post_that_a_new_plan_gave_another_fact_is_not_moved_unseen(office: Office) -> None:
    editor, post = office.colleague("editor"), posts(office)[0]
    fields = move_fields(editor.see(change_page(post)))
    steering.hold(office.open(), str(post.fact_id), "ada", "the source is gone", NOW)
    other = next(p for p in posts(office) if p.fact_id != post.fact_id)
    with office.ledger.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE posts SET fact_id = ? WHERE slot_id = ?", (other.fact_id, post.slot_id)
        )
    answer = editor.send("/calendar/move", **fields)
    assert (answer.status_code, "was changed" in answer.text) == (409, True)


def test_what_the_guard_refuses_is_told_and_nothing_typed_is_lost(office: Office) -> None:
    editor = office.colleague("editor")
    post = next(p for p in posts(office) if p.fact_id == "casualties-2024")
    late = move_fields(editor.see(change_page(post)), day="2027-05-01", at="11:11", why="spring")
    answer = editor.send("/calendar/move", **late)
    assert answer.status_code == 409
    assert "It was not moved." in answer.text and "past its review date" in answer.text
    assert all(kept in answer.text for kept in ("2027-05-01", "11:11", "spring"))
    past = editor.send("/calendar/move", **{**late, "day": "2026-11-01"})
    assert "has passed already" in past.text
    assert office.ledger.post(post.slot_id) == post


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "soon"}, "Write a day as 2027-04-04."),
        ({"day": "0001-01-01"}, "goes from 1997 to 2199"),
        ({"at": "nine"}, "Write a time of day as 09:30."),
        ({"why": "x" * 501}, "at most 500 characters"),
    ],
)
def test_a_mistake_is_told_beside_its_field(office: Office, typed: dict[str, str], said: str) -> None:
    editor, post = office.colleague("editor"), posts(office)[0]
    answer = editor.send("/calendar/move", **move_fields(editor.see(change_page(post)), **typed))
    assert (answer.status_code, said in answer.text, 'aria-invalid="true"' in answer.text) == (
        400,
        True,
        True,
    )
    assert office.ledger.post(post.slot_id) == post


def test_a_post_is_skipped_with_a_reason_and_only_as_it_was_shown(office: Office) -> None:
    editor, post = office.colleague("editor"), posts(office)[0]
    fields = move_fields(editor.see(change_page(post)))
    without = editor.send("/calendar/skip", **{**fields, "why": " "})
    assert (without.status_code, "This is needed." in without.text) == (400, True)
    editing.move(office.open(), post, post.version, NOW + 3 * DAY, "ada", "", NOW)
    stale = editor.send("/calendar/skip", **{**fields, "why": "a day of mourning"})
    assert (stale.status_code, "changed by ada" in stale.text) == (409, True)
    assert "a day of mourning" in stale.text
    done = editor.send(
        "/calendar/skip", **{**fields, "why": "a day of mourning", "mark": hidden(stale.text, "mark")}
    )
    assert "2 messages will not go out" in editor.see(done.headers["location"])
    skipped = office.ledger.post(post.slot_id)
    assert skipped is not None and {d.state for d in skipped.deliveries} == {State.SKIPPED}
    assert "Nothing of this post is left" in editor.see(change_page(post))
    again = editor.send("/calendar/skip", **move_fields_of(editor.see("/calendar"), skipped))
    assert again.status_code == 400


def move_fields_of(html: str, post: Post) -> dict[str, str]:
    return {"token": hidden(html), "slot": post.slot_id, "mark": mark_of(post), "why": "once more"}


def test_a_post_that_is_gone_is_told_in_words(office: Office) -> None:
    answer = office.colleague("editor").get("/calendar/change?slot=nothing@2026")
    assert (answer.status_code, "no such post" in answer.text) == (400, True)


def test_two_people_move_the_same_post_and_the_second_is_told(desk: LiveDesk, browser: Browser) -> None:
    at = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + 3 * DAY
    add_planned(desk, at)
    pages = [desk.sign_in(new_page(browser), role) for role in ("editor", "approver")]
    for page in pages:
        page.goto(f"{desk.url}/calendar?view=week&day={at:%Y-%m-%d}")
        page.get_by_role("link", name="Move or skip").first.click()
    for page, clock in zip(pages, ("13:15", "14:45"), strict=True):
        page.get_by_label("Time").fill(clock)
        page.get_by_role("button", name="Move the post").click()
    expect(pages[0].get_by_role("status")).to_contain_text("Moved to")
    expect(pages[0].get_by_role("main")).to_contain_text("13:15 UTC")
    expect(pages[1].get_by_role("alert")).to_contain_text("changed by editor (desk) while you were at it")
    expect(pages[1].get_by_label("Time")).to_have_value("14:45")
    expect(pages[1].get_by_role("heading", name="13:15 UTC")).to_be_visible()
    pages[1].get_by_role("button", name="Move the post").click()
    expect(pages[1].get_by_role("status")).to_contain_text("14:45 UTC")
    for page in pages:
        page.context.close()


def add_planned(desk: LiveDesk, at: datetime) -> None:
    slot = Slot(at, f"morning@{at:%Y-%m-%dT%H:%M}", "morning", at.date())
    desk.ledger.add_post(
        PlannedPost(slot, "oslo-adoption", messages={"one": message()}), {"one": "file"}, "test", at
    )
