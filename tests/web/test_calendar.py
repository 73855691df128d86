"""The calendar as somebody looks at it: what it shows, marks, leaves out, and where months end."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from bot import editing, steering
from bot.web.agenda import period_around
from tests.web import zurich
from tests.web.team import Office, hidden
from tests.web.zurich import change_page, part_of, posts
from tests.world import NOW

office = zurich.office


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

    assert "two" in asked() and "two (" not in asked(account="one")
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
