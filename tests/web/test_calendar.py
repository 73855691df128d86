"""The calendar: what it shows, who may move what, and who reads it without signing in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect

from bot import editing, people, steering
from bot.ledger import Post
from bot.model import State
from bot.web.agenda import period_around
from tests.web.browser import LiveDesk, new_page
from tests.web.team import Office, hidden, ledger_at
from tests.world import CAMPAIGN, HOUR, NOW, message, write_campaign

DAY = 24 * HOUR
ACCOUNTS = """
accounts:
  one: {network: file, options: {like: x}}
  two: {network: file}
  bird: {network: x, enabled: false}
"""
OBSERVANCES = """
observances:
  disability: {title: A day for persons with disabilities, day: 12-03, fact: oslo-adoption, post: false}
  mines: {title: A day for mine awareness, day: 12-05, fact: oslo-adoption}
sensitive_days:
  withdrawal: {title: A withdrawal took effect, dates: [12-07], days_around: 1, groups: [party-count]}
reviews:
  monitor: {title: The yearly report, months: [11]}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A campaign in Geneva with a plan for ten days, and days that matter."""
    home = write_campaign(
        tmp_path / "campaign",
        accounts=ACCOUNTS,
        observances=OBSERVANCES,
        campaign=CAMPAIGN + "time_zone: Europe/Zurich\ncool_downs: {fact_days: 1, group_days: 0}\n",
    )
    office = Office(home, ledger_at(tmp_path))
    office.open().store_plan(NOW, "test", 20)
    yield office
    office.ledger.engine.dispose()


def posts(office: Office, spoken: bool = True) -> list[Post]:
    return [p for p in office.ledger.posts_between(NOW, NOW + 40 * DAY) if bool(p.deliveries) is spoken]


def change_page(post: Post) -> str:
    return f"/calendar/change?slot={quote(post.slot_id, safe='')}"


def move_fields(html: str, **typed: str) -> dict[str, str]:
    """The move form as the page shows it, filled in."""
    shown = {name: unescape(hidden(html, name)) for name in ("token", "slot", "mark", "view")}
    return {**shown, "day": "2026-11-28", "at": "10:30", "why": "", **typed}


def part_of(html: str, day: str) -> str:
    """What a page says about one day."""
    return unescape(html.split(f'id="day-{day}"')[1].split('id="day-', maxsplit=1)[0].split("<section", maxsplit=1)[0])


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def test_a_viewer_sees_time_account_language_and_state_but_no_way_to_move(office: Office) -> None:
    post = posts(office)[0]
    for view in ("month", "week"):
        said = part_of(office.colleague("viewer").see(f"/calendar?view={view}"), f"{post.day}")
        assert "09:00 CET" in said
        assert "one" in said and "(file, en)" in said and "planned" in said
        assert "Move or skip" not in said
        assert "Move or skip" in part_of(
            office.colleague("editor").see(f"/calendar?view={view}"), f"{post.day}"
        )


def test_a_viewer_may_not_move_or_skip(office: Office) -> None:
    viewer, post = office.colleague("viewer"), posts(office)[0]
    token = hidden(viewer.see("/calendar"))
    fields = {"token": token, "slot": post.slot_id, "day": "2026-11-28", "at": "10:30", "why": "because"}
    for action in ("/calendar/move", "/calendar/skip"):
        answer = viewer.send(action, **fields)
        assert (answer.status_code, "needs an editor" in answer.text) == (403, True)
    assert viewer.get(change_page(post)).status_code == 403
    assert office.ledger.post(post.slot_id) == post


def test_days_that_matter_are_marked_as_what_they_are(office: Office) -> None:
    month = office.colleague("viewer").see("/calendar?day=2026-12-01")
    assert 'Observance, not posted:</b> <span dir="auto">A day for persons' in part_of(month, "2026-12-03")
    assert 'Observance:</b> <span dir="auto">A day for mine awareness' in part_of(month, "2026-12-05")
    assert "Silent: party-count." in part_of(month, "2026-12-06")
    assert "The yearly report" not in month
    assert 'To be read again this month:</b> <span dir="auto">The yearly report' in office.colleague(
        "viewer"
    ).see("/calendar?day=2026-11-30")


def test_an_empty_slot_says_why(office: Office) -> None:
    empty = posts(office, spoken=False)[0]
    said = part_of(office.colleague("viewer").see(f"/calendar?day={empty.day}"), f"{empty.day}")
    assert f'Empty:</b> <span dir="auto">{empty.skip_reason}' in said


def test_the_month_has_a_caption_headers_and_ways_on(office: Office) -> None:
    page = office.colleague("viewer").see("/calendar?day=2026-12-15&network=file")
    assert "<h1>December 2026</h1>" in page and "Europe/Zurich" in page
    assert re.search(r"<caption[^>]*>Posts and days that matter in December 2026", page)
    assert page.count('scope="col"') == 7
    for where in ("day=2026-11-30", "day=2027-01-01", "day=2026-11-24"):
        assert f"/calendar?view=month&amp;{where}&amp;network=file" in page
    assert "Nothing is planned yet after" in page


def test_filters_leave_out_what_was_not_asked_for(office: Office) -> None:
    viewer, post = office.colleague("viewer"), posts(office)[0]
    steering.skip(office.open(), post, "ada", "a quiet day", NOW)
    day = f"{post.day}"

    def asked(**what: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in what.items())
        return part_of(viewer.see(f"/calendar?view=week&{query}"), day)

    assert "two" in asked() and "two <span" not in asked(account="one")
    assert "skipped" in asked(state="skipped") and "09:00" not in asked(state="planned")
    assert "09:00" in asked(network="file") and "09:00" not in asked(network="x")
    empty = posts(office, spoken=False)[0]
    only_empty = viewer.see(f"/calendar?state=empty&day={empty.day}")
    assert "Empty:" in only_empty and "planned</span>" not in only_empty
    assert "Empty:" not in viewer.see(f"/calendar?account=bird&day={empty.day}"), (
        "a disabled account has no slots"
    )
    assert "Nothing in this month fits" in viewer.see("/calendar?state=failed")


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_told_in_words(office: Office, day: str) -> None:
    answer = office.colleague("viewer").get(f"/calendar?day={day}")
    assert (answer.status_code, "no such day" in answer.text) == (404, True)


@pytest.mark.parametrize("day", ["1997-01-01", "2199-12-31"])
def test_the_first_and_the_last_month_have_pages(office: Office, day: str) -> None:
    for view in ("month", "week"):
        office.colleague("viewer").see(f"/calendar?view={view}&day={day}")


def test_months_and_weeks_follow_on_each_other_over_new_year_and_leap_days() -> None:
    december = period_around("month", date(2027, 12, 31))
    assert (december.first, december.last) == (date(2027, 12, 1), date(2027, 12, 31))
    assert (december.before, december.after) == (date(2027, 11, 30), date(2028, 1, 1))
    assert period_around("month", date(2028, 2, 10)).last == date(2028, 2, 29)
    week = period_around("week", date(2028, 1, 1))
    assert (week.first, week.last) == (date(2027, 12, 27), date(2028, 1, 2))
    assert all(len(days) == 7 for days in december.weeks)


def test_a_post_just_after_midnight_stands_on_the_campaigns_day(office: Office) -> None:
    at = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # half past midnight of 1 December in Zurich
    editing.add(office.open(), "oslo-adoption", ["one"], at, {}, "ada", NOW)
    viewer = office.colleague("viewer")
    assert "00:30 CET" in part_of(viewer.see("/calendar?day=2026-12-01"), "2026-12-01")
    assert "00:30 CET" not in part_of(viewer.see("/calendar?view=week&day=2026-11-30"), "2026-11-30")


# ── moving and skipping ──────────────────────────────────────────────────────────────────────


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
    from bot.shown import mark_of

    return {"token": hidden(html), "slot": post.slot_id, "mark": mark_of(post), "why": "once more"}


def test_a_post_that_is_gone_is_told_in_words(office: Office) -> None:
    answer = office.colleague("editor").get("/calendar/change?slot=nothing@2026")
    assert (answer.status_code, "no such post" in answer.text) == (400, True)


# ── the feed ─────────────────────────────────────────────────────────────────────────────────


def make_feed(office: Office, role: str = "viewer") -> str:
    """The path of a new feed of the person of this role."""
    answer = office.colleague(role).submit("/calendar", "/calendar/feed")
    assert answer.status_code == 200
    found = re.search(r'value="https://desk\.test(/calendar/feed/[\w-]{43}\.ics)"', answer.text)
    assert found, answer.text
    return found[1]


def test_a_calendar_reads_the_plan_at_its_secret_address_without_signing_in(office: Office) -> None:
    path, nobody = make_feed(office), office.visitor()
    answer = nobody.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"].startswith("private")
    assert "set-cookie" not in answer.headers
    events = list(Calendar.from_ical(answer.content).walk("VEVENT"))
    assert len(events) == len(posts(office))
    first = posts(office)[0]
    event = next(e for e in events if e["uid"].startswith(first.slot_id))
    assert event["dtstart"].dt == first.due_at
    assert event["url"] == f"https://desk.test/posts/{quote(first.slot_id, safe='')}"
    assert "[one, planned]" in event["description"]


def test_the_feed_follows_the_plan(office: Office) -> None:
    path, post = make_feed(office), posts(office)[0]
    moved = editing.move(office.open(), post, post.version, NOW + 3 * DAY, "ada", "", NOW)
    steering.skip(office.open(), moved, "ada", "a quiet day", NOW)
    events = Calendar.from_ical(office.visitor().get(path).content).walk("VEVENT")
    event = next(e for e in events if e["uid"].startswith(post.slot_id))
    assert (event["dtstart"].dt, event["status"]) == (moved.due_at, "CANCELLED")


def test_only_the_hash_of_a_feeds_address_is_kept_and_it_is_shown_once(
    office: Office, tmp_path: Path
) -> None:
    path = make_feed(office)
    token = path.split("/")[-1].removesuffix(".ics")
    assert token not in office.colleague("viewer").see("/calendar")
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("bot.db*"))
    assert token.encode() not in kept


def test_an_unknown_address_is_not_there(office: Office) -> None:
    for token in ("x", "x" * 43, "x" * 5000, "%E2%80%AE", "..%2f.."):
        answer = office.visitor().get(f"/calendar/feed/{token}.ics")
        assert answer.status_code == 404
        assert "BEGIN" not in answer.text


def test_a_feed_stops_when_it_is_revoked_replaced_or_its_person_shut_out(office: Office) -> None:
    nobody, revoked = office.visitor(), make_feed(office)
    office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    assert nobody.get(revoked).status_code == 404

    old, of_another = make_feed(office), make_feed(office, "editor")
    new = make_feed(office)
    assert [nobody.get(path).status_code for path in (old, new, of_another)] == [404, 200, 200]

    people.deactivate(office.ledger, "viewer", "admin", "left", NOW)
    assert [nobody.get(path).status_code for path in (new, of_another)] == [404, 200]
    people.activate(office.ledger, "viewer", "admin", "came back", NOW)
    assert nobody.get(new).status_code == 404, "an address that was dead stays dead"


def test_what_is_done_to_feeds_is_in_the_audit_log_without_their_address(office: Office) -> None:
    make_feed(office)
    make_feed(office)
    office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    rows = [r for r in office.ledger.history_of("user viewer") if "feed" in r["became"]]
    assert [(r["became"], r["who"]) for r in rows] == [
        ("feed made", "viewer (desk)"),
        ("feed made", "viewer (desk)"),
        ("feed revoked", "viewer (desk)"),
    ]
    again = office.colleague("viewer").submit("/calendar", "/calendar/feed/revoke")
    assert (again.status_code, "no address to revoke" in again.text) == (400, True)


# ── for real ─────────────────────────────────────────────────────────────────────────────────


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
    from bot.model import PlannedPost, Slot

    slot = Slot(at, f"morning@{at:%Y-%m-%dT%H:%M}", "morning", at.date())
    desk.ledger.add_post(
        PlannedPost(slot, "oslo-adoption", messages={"one": message()}), {"one": "file"}, "test", at
    )
