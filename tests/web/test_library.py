"""The library as it is looked at: what falls due, what is refused and why, and a fact's whole pedigree."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bot.ledger import Claim, Outcome
from bot.model import Receipt, State
from bot.web.shelves import due_words
from tests.web.library import CONFIRMED, DAY, FACT, words
from tests.web.team import Office, ledger_at
from tests.world import FACTS, HOUR, MINUTE, NOW, copy_real_campaign, planned, write_campaign


@pytest.fixture
def real(tmp_path: Path) -> Office:
    """The desk over the shipped messages."""
    home = tmp_path / "real"
    copy_real_campaign(home)
    return Office(home, ledger_at(tmp_path))


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def test_what_falls_due_first_stands_on_top(office: Office) -> None:
    said = words(office.colleague("viewer").see("/library"))
    headings = ["Falls due within 30 days", "May go out (", "Retired ("]
    places = [said.rindex(heading) for heading in headings]
    assert places == sorted(places)
    assert "ICBL-CMC, as of Mon 1 December 2025; falls due in 7 days, Tue 1 December 2026" in said
    office.wait(days=8)
    said = words(office.colleague("viewer").see("/library"))
    assert "fell due yesterday, Tue 1 December 2026" in said
    assert "May go out today: no, it is past its review date, 2026-12-01." in said


@pytest.mark.parametrize(
    ("review_by", "said"),
    [
        (None, "cannot go stale"),
        (date(2026, 11, 24), "falls due today"),
        (date(2026, 11, 25), "falls due tomorrow"),
        (date(2026, 12, 24), "falls due in 30 days"),
        (date(2026, 11, 23), "fell due yesterday"),
        (date(2025, 11, 24), "fell due 365 days ago"),
    ],
)
def test_a_review_date_is_told_in_words(review_by: date | None, said: str) -> None:
    assert due_words(review_by, NOW.date()) == said


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=6,279+KILLED", {"casualties-2024"}),
        ("q=oslo-ad", {"oslo-adoption"}),
        ("q=icbl", {"casualties-2024", "oslo-adoption", "parties-165"}),
        ("q=nothing+of+the+kind", set()),
        ("show=retired", {"parties-165"}),
        ("show=soon&q=people", {"casualties-2024"}),
        ("show=soon&q=oslo", set()),
        ("group=deaths", {"casualties-2024"}),
        ("show=yes&group=deaths", set()),
    ],
)
def test_facts_are_found_by_words_standing_and_group(tmp_path: Path, asked: str, found: set[str]) -> None:
    facts = FACTS.replace("    as_of: 2025-12-01", "    group: deaths\n    as_of: 2025-12-01")
    office = Office(write_campaign(tmp_path / "campaign", facts=facts), ledger_at(tmp_path))
    html = office.colleague("viewer").see(f"/library?{asked}")
    assert set(re.findall(r'<h3><a href="/library/([^"]+)"', html)) == found
    assert f"{len(found)} fact" in words(html)


def test_what_was_looked_for_stays_in_the_form(office: Office) -> None:
    html = office.colleague("viewer").see('/library?q="people"&show=soon')
    assert 'value="&#34;people&#34;"' in html
    assert '<option value="soon" selected>' in html


def test_the_seeds_165_parties_is_refused_with_why_since_when_and_what_would_lift_it(real: Office) -> None:
    viewer = real.colleague("viewer")
    assert "165 States are party" in words(viewer.see("/library?q=seed-165&show=retired"))
    said = words(viewer.see("/library/seed-165-parties"))
    assert "May go out today: no." in said
    assert "It is retired: The number was right by deposit only from 12 March 2025" in said
    assert "since Tue 24 November 2026. To lift it: Nothing brings this number back." in said
    assert "It is past its review date, 2025-07-16, since Thu 17 July 2025" in said


def test_a_facts_page_tells_its_whole_pedigree(real: Office) -> None:
    html = real.colleague("viewer").see("/library/seed-165-parties")
    said = words(html)
    for line in (
        "Source Guterres to launch life-saving campaign",
        "As of Mon 16 June 2025",
        "Review by Wed 16 July 2025: fell due 496 days ago",
        "Status retired since Tue 24 November 2026",
        "Scope States Parties by deposit",
        "states_parties: 165",
        "Group party-count",
        "The seed page said To date, 165 States are party to the treaty and 133 have signed it.",
        "Confidence high",
        "Checked on Tue 24 November 2026",
        "Notes TRAP:",
        "In the file messages/facts/membership.yaml:64",
    ):
        assert line in said
    assert '<a href="/library/apmbc-tonga-166">' in html
    assert '<a href="https://www.globalissues.org/amp/news/2025/06/16/40162" rel="noreferrer"' in html


def test_every_fact_of_the_shipped_library_has_a_page(real: Office) -> None:
    viewer = real.colleague("viewer")
    for fact_id, fact in real.open().library.facts.items():
        assert "In the file" in viewer.see(f"/library/{fact_id}"), fact.place


def test_each_wording_is_shown_filled_and_measured_for_each_network(office: Office) -> None:
    html = office.colleague("viewer").see(FACT)
    assert "In 2024, at least 6,279 people were killed or injured by mines.\n\nSource: Landmine" in html
    assert re.search(r"X: \d+ of 280", words(html))
    assert re.search(r"Bluesky: \d+ of 300", words(html))
    assert re.search(r"Mastodon: \d+ of 500", words(html))


def test_a_wording_that_is_too_long_for_a_network_says_so(tmp_path: Path) -> None:
    long = "mines hurt people, " * 14
    templates = f"language: en\ntemplates:\n  casualties-2024:\n    a: {long}in {{{{ year }}}}.\n"
    home = write_campaign(tmp_path / "campaign", templates=templates)
    said = words(Office(home, ledger_at(tmp_path)).colleague("viewer").see(FACT))
    assert re.search(r"Not on X: casualties-2024/en/a measures \d+, and the limit is 280\.", said)
    assert re.search(r"Mastodon: \d+ of 500", said)


def test_a_fact_nobody_has_written_is_told_in_words(office: Office) -> None:
    visitor = office.colleague("admin")
    assert visitor.get("/library/nobody").status_code == 404
    for action, fields in (("confirm", CONFIRMED), ("hold", {"why": "x"}), ("lift", {"why": "x"})):
        answer = visitor.submit("/library", f"/library/nobody/{action}", **fields)
        assert answer.status_code == 404
        assert "There is no fact called nobody" in answer.text


def test_markup_in_a_fact_is_only_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    facts = FACTS.replace("In 2024 at least", f"{bad} In 2024 at least").replace(
        "status: post\n    since: 2026-11-24\n    confidence: high\n  oslo",
        f"notes: {bad}\n    seed: {bad}\n    scope: {bad}\n    status: post\n    reason: {bad}\n"
        "    since: 2026-11-24\n    confidence: high\n  oslo",
    )
    facts = facts.replace("publisher: ICBL-CMC", f"publisher: {bad}")
    office = Office(write_campaign(tmp_path / "campaign", facts=facts), ledger_at(tmp_path))
    viewer = office.colleague("viewer")
    for path in ("/library", FACT, f"/library?q={bad}", f"/library?group={bad}&show={bad}"):
        assert "<script>alert" not in viewer.see(path), path
    assert viewer.see(FACT).count("&lt;script&gt;alert(1)") >= 5


# ── where it was posted ──────────────────────────────────────────────────────────────────────


def send(office: Office, number: int, url: str | None) -> str:
    """A delivery about Oslo that went out some days ago; its id."""
    ledger, then = office.ledger, NOW - number * DAY
    ledger.store_plan(
        [planned("early", then)], {"one": "file"}, then - HOUR, then + MINUTE, then - HOUR, "test"
    )
    (delivery,) = ledger.waiting_at_gate(then)
    ledger.move([delivery.id], State.PLANNED, State.DUE, then, "test", "now")
    ledger.claim_due("test", then, Claim(1, then - HOUR))
    sent = Outcome(delivery.id, State.SENT, "accepted", Receipt(str(number), url))
    ledger.record(State.SENDING, [sent], then, "test")
    return delivery.id


def test_it_says_where_a_fact_was_posted_and_where_it_is_planned(office: Office) -> None:
    send(office, 1, "https://social.example.org/@c/1")
    tomorrow = planned("later", NOW + DAY)
    office.ledger.store_plan([tomorrow], {"one": "file"}, NOW, NOW + 2 * DAY, NOW, "test")
    html = office.colleague("viewer").see("/library/oslo-adoption")
    past, coming = html.partition('id="past-title"')[2], html.partition('id="coming-title"')[2]
    assert '<a href="https://social.example.org/@c/1" rel="noreferrer"' in past
    assert "Mon 23 November 2026, 09:00 UTC" in words("<main" + past)
    assert "State: planned" in words("<main" + coming.partition('id="past-title"')[0])


def test_a_live_address_that_is_no_web_address_is_not_a_link(office: Office) -> None:
    send(office, 1, "javascript:alert(1)")
    assert "javascript:" not in office.colleague("viewer").see("/library/oslo-adoption")


def test_what_was_posted_long_ago_is_on_further_pages(office: Office) -> None:
    for number in range(1, 24):
        send(office, number, f"https://social.example.org/@c/{number}")
    viewer = office.colleague("viewer")
    first = viewer.see("/library/oslo-adoption")
    assert re.findall(r"@c/(\d+)", first) == [str(n) for n in range(1, 21)]
    earlier = re.search(r'href="(/library/oslo-adoption\?before=[^"#]+)', first)
    assert earlier
    second = viewer.see(earlier[1])
    assert re.findall(r"@c/(\d+)", second) == ["21", "22", "23"]
    assert "Earlier posts" not in second
