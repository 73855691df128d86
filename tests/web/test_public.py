"""The public page: off until the team switches it on; then what followers may know, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.model import PlannedPost, Scope, Slot, State
from tests.web.library import words
from tests.web.public import ABOUT, CASUALTIES, DAY, FEED, OSLO, RETIRED, A, entries, sent, switch
from tests.web.team import HTTPS, Office
from tests.world import CAMPAIGN, HOUR, NOW, message


@pytest.fixture
def open_office(office: Office) -> Office:
    """A desk whose public page is on."""
    switch(office)
    return office


# ── off, and on ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [ABOUT, FEED])
def test_it_is_off_by_default_just_as_if_there_were_no_such_page(office: Office, path: str) -> None:
    sent(office.ledger)
    for visitor in (office.visitor(), office.colleague("admin")):
        answer, nowhere = visitor.get(path), visitor.get("/nowhere")
        assert answer.status_code == 404
        assert answer.text == nowhere.text
        assert answer.headers == nowhere.headers
        assert "/about" not in visitor.see("/")


def test_switching_it_on_and_off_takes_a_minute_at_most_and_no_restart(office: Office) -> None:
    visitor = office.visitor()
    assert visitor.get(ABOUT).status_code == 404
    switch(office)
    office.wait(seconds=60)
    assert visitor.get(ABOUT).status_code == 200
    switch(office, CAMPAIGN)
    office.wait(seconds=60)
    assert visitor.get(ABOUT).status_code == 404


def test_it_says_who_posts_who_runs_it_by_which_rules_and_where(open_office: Office) -> None:
    html = open_office.visitor().see(ABOUT)
    text = words(html)
    for there in (
        "Test campaign are automated",
        "The secretariat, ask@example.org",
        "Every number has a source and a date.",
        "What is stale is not posted.",
        "Every post goes out exactly once.",
        "names the post that was wrong.",
        "Nothing was posted yet.",
    ):
        assert there in text
    for link in ("mailto:ask@example.org", "https://social.example.org/@campaign", "https://bsky.app/profile/campaign.example.org"):  # fmt: skip
        assert f'href="{link}"' in html
    assert "switched-off" not in html, "an account that is switched off is not shown"


# ── what is shown, and what never is ─────────────────────────────────────────────────────────


def test_each_posted_fact_is_shown_with_source_date_standing_and_its_posts_newest_first(
    open_office: Office,
) -> None:
    sent(open_office.ledger, "casualties-2024", at=NOW - 3 * DAY)
    sent(open_office.ledger, "oslo-adoption", at=NOW - 2 * DAY)
    sent(
        open_office.ledger,
        "casualties-2024",
        at=NOW - DAY,
        network="x",
        url="https://x.com/campaign/status/9",
    )
    html = open_office.visitor().see(ABOUT)
    assert re.findall(r'<h3 class="claim" lang="en" dir="auto">([^<]+)', html) == [CASUALTIES, OSLO]
    text = words(html)
    assert "Still valid. Source Landmine Monitor 2025, ICBL-CMC As of Mon 1 December 2025" in text
    assert text.index("X, Mon 23 November 2026") < text.index("Mastodon, Sat 21 November 2026")
    assert 'href="https://x.com/campaign/status/9" hreflang="en"' in html
    assert '<q lang="en" dir="auto">States adopted it.</q>' in html


def test_rehearsals_failures_old_posts_and_what_was_taken_down_are_not_shown(open_office: Office) -> None:
    ledger = open_office.ledger
    sent(ledger, "casualties-2024", network="file", account="inner-one")
    sent(ledger, "casualties-2024", state=State.FAILED)
    sent(ledger, "casualties-2024", at=NOW - timedelta(days=366))
    gone = sent(ledger, "casualties-2024", at=NOW - DAY)
    ledger.note_deleted(gone.id, "ada", "the inner reason", NOW)
    ledger.add_post(
        PlannedPost(Slot(NOW + DAY, "inner-slot@later", "inner-slot", NOW.date()), "casualties-2024",
                    messages={"inner-two": message("Later.")}),
        {"inner-two": "mastodon"}, "test", NOW,
    )  # fmt: skip
    assert "Nothing was posted yet." in open_office.visitor().see(ABOUT)
    assert entries(open_office) == []


def test_a_held_fact_is_under_review_without_a_word_why_or_by_whom(open_office: Office) -> None:
    sent(open_office.ledger, "casualties-2024", at=NOW - DAY)
    open_office.ledger.hold("casualties-2024", "ada the editor", "the inner reason", NOW - 2 * HOUR)
    html = open_office.visitor().see(ABOUT)
    assert "Under review since Tue 24 November 2026." in words(html)
    (entry,) = entries(open_office)
    assert "Under review since" in (entry.findtext(f"{A}content") or "")
    assert entry.findtext(f"{A}updated") == "2026-11-24T07:00:00Z", "feed readers are told that it changed"
    assert entry.findtext(f"{A}published") == "2026-11-23T09:00:00Z"


def test_a_fact_past_its_review_date_is_under_review_since_the_day_after(open_office: Office) -> None:
    sent(open_office.ledger, "casualties-2024", at=NOW)
    open_office.wait(days=10)
    assert "Under review since Wed 2 December 2026." in words(open_office.visitor().see(ABOUT))


def test_a_superseded_fact_names_what_took_its_place_once_that_was_posted(open_office: Office) -> None:
    facts = open_office.home / "messages/facts/casualties.yaml"
    facts.write_text(facts.read_text().replace("status: retired", "status: retired\n    superseded_by: oslo-adoption"))  # fmt: skip
    sent(open_office.ledger, "parties-165", at=NOW - 2 * DAY)
    text = words(open_office.visitor().see(ABOUT))
    assert f"{RETIRED} Superseded since Tue 24 November 2026." in text
    assert OSLO not in text, "what was never posted is not shown in its place either"
    sent(open_office.ledger, "oslo-adoption")
    open_office.wait(minutes=1)
    assert f"In its place: {OSLO}" in words(open_office.visitor().see(ABOUT))


def test_a_retired_fact_is_no_longer_posted_and_one_that_left_the_library_keeps_its_words(
    open_office: Office,
) -> None:
    sent(open_office.ledger, "parties-165", at=NOW - 2 * DAY)
    sent(open_office.ledger, "inner-gone", at=NOW - DAY, text="It was so.\nSource: somebody.")
    text = words(open_office.visitor().see(ABOUT))
    assert "It was so. No longer posted. Posts Mastodon, Mon 23 November 2026" in text
    assert f"{RETIRED} No longer posted since Tue 24 November 2026." in text
    assert "three months" not in text, "the reason stays inside"


def test_nothing_of_the_inside_leaks_into_page_or_feed(open_office: Office) -> None:
    facts = open_office.home / "messages/facts/casualties.yaml"
    facts.write_text(
        facts.read_text().replace("confidence: high", "confidence: high\n    notes: the inner note")
    )
    delivery = sent(open_office.ledger, "casualties-2024")
    sent(open_office.ledger, "parties-165")
    sent(open_office.ledger, "inner-gone", url=None)
    open_office.ledger.hold("casualties-2024", "ada the editor", "the inner reason", NOW)
    open_office.ledger.pause(Scope.ALL, "", "ada the editor", "the inner reason", NOW)
    admin = open_office.colleague("admin")
    for path in (ABOUT, FEED):
        shown = open_office.visitor().see(path)
        assert admin.see(path) == shown, "who is signed in gets what everybody gets"
        for hidden in ("inner", "ada", "casualties-2024", "parties-165", delivery.id, "remote-7", "STOPPED", "token", "<script", "depositary"):  # fmt: skip
            assert hidden not in shown, f"{hidden} on {path}"


def test_markup_is_only_text_and_only_web_addresses_are_links(open_office: Office) -> None:
    bad = '<script>alert("1")</script> & \x0b more'
    switch(open_office, CAMPAIGN + "public_page: true\noperator: '<b>bold</b> & javascript:alert(1)'\n")
    sent(open_office.ledger, "inner-gone", text=bad, url="javascript:alert(1)")
    html = open_office.visitor().see(ABOUT)
    assert "<script" not in html
    assert "<b>bold" not in html
    assert 'href="javascript' not in html
    assert "&lt;script&gt;alert" in html
    (entry,) = entries(open_office)
    assert entry.findtext(f"{A}title") == '<script>alert("1")</script> &  more'
    assert [link.get("href") for link in entry.findall(f"{A}link")] == [f"{HTTPS}/about"]


def test_twenty_facts_are_on_a_page_and_there_is_no_page_beyond_the_last(open_office: Office) -> None:
    for number in range(25):
        sent(open_office.ledger, f"gone-{number}", at=NOW - number * HOUR - HOUR, text=f"Number {number}.")
    visitor = open_office.visitor()
    first, second = visitor.see(ABOUT), visitor.see(f"{ABOUT}?page=2")
    claims = [re.findall(r'class="claim"[^>]*>Number (\d+)', html) for html in (first, second)]
    assert claims == [[str(n) for n in range(20)], [str(n) for n in range(20, 25)]]
    assert 'rel="next" href="/about?page=2"' in first
    assert 'rel="prev" href="/about"' in second
    for page in ("3", "0", "-1", "x", "99999999999"):
        assert visitor.get(f"{ABOUT}?page={page}").status_code == 404


def test_a_fact_that_was_posted_very_often_shows_its_newest_posts_and_counts_the_rest(
    open_office: Office,
) -> None:
    for number in range(33):
        sent(open_office.ledger, at=NOW - number * DAY, text=f"Number {number}.")
    html = open_office.visitor().see(ABOUT)
    assert re.findall(r"<q[^>]*>Number (\d+)", html) == [str(number) for number in range(30)]
    assert "And 3 earlier in this year." in html
    assert len(entries(open_office)) == 33
