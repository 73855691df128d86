"""The library: what falls due, what is refused and why; a fact confirmed, held, lifted, and written back."""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.ledger import Claim, Outcome, Post
from bot.library import load
from bot.model import Receipt, Scope, State
from bot.web.shelves import due_words
from bot.worker import Worker
from tests.web.browser import LiveDesk
from tests.web.team import Office, ledger_at
from tests.world import FACTS, HOUR, MINUTE, NOW, copy_real_campaign, planned, write_campaign

FACT = "/library/casualties-2024"
CONFIRMED = {"as_of": "2026-11-24", "review_by": "2027-12-01", "seen": "Landmine Monitor 2026, p. 3"}
DAY = 24 * HOUR


def words(html: str) -> str:
    """A page as it is read."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))
    return re.sub(r" (?=[,.;:])", "", text)


def confirm(office: Office, role: str = "approver", **changed: str) -> str:
    """Confirm the fact on the desk; what the next page says."""
    visitor = office.colleague(role)
    answer = visitor.submit(FACT, f"{FACT}/confirm", **(CONFIRMED | changed))
    return words(visitor.see(FACT) if answer.status_code == 303 else answer.text)


def posts_about(office: Office, fact: str = "casualties-2024") -> list[Post]:
    return office.ledger.posts_about(fact, office.now, office.now + 40 * DAY, 50)


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
        "Source To date, 165 States are party",
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
        assert line in said or line.startswith("Source"), line
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


# ── confirming ───────────────────────────────────────────────────────────────────────────────


def test_a_confirmed_fact_may_go_out_again_and_says_who_saw_what(office: Office) -> None:
    office.wait(days=8)
    assert "May go out today: no." in words(office.colleague("viewer").see(FACT))
    said = confirm(office)
    assert "casualties-2024 holds as of 2026-11-24 and is to be confirmed again by 2027-12-01." in said
    assert "May go out today: yes." in said
    assert "approver (desk) confirmed it" in said
    assert "as of 2026-11-24, until 2027-12-01: Landmine Monitor 2026, p. 3" in said


def test_a_running_worker_plans_a_confirmed_fact_at_its_next_tick(office: Office) -> None:
    office.wait(days=8, hours=1)
    worker = Worker(office.open(), lambda: office.now)
    worker.plan()
    assert posts_about(office) == []
    confirm(office)
    worker.deliver()
    planned = posts_about(office)
    assert planned
    assert all("as of 24 November 2026" in d.message.text for p in planned for d in p.deliveries)


def test_posts_that_keep_the_words_of_before_are_pointed_out(office: Office) -> None:
    space = office.open()
    space.store_plan(NOW, "test")
    (post, *_) = posts_about(office)
    for delivery in post.deliveries:
        office.ledger.move([delivery.id], State.PLANNED, State.APPROVED, NOW, "ada", "fine")
    assert "Written before the fact was changed" not in words(office.colleague("viewer").see(FACT))
    said = confirm(office)
    assert "Written before the fact was changed or confirmed. The guard refuses such words" in said


@pytest.mark.parametrize(
    ("changed", "field", "problem"),
    [
        ({"review_by": ""}, "review_by", "Write a day as 2027-04-04."),
        ({"review_by": "next year"}, "review_by", "Write a day as 2027-04-04."),
        ({"review_by": "2026-12-01"}, "review_by", "The new review date must be later than today and than"),
        ({"as_of": "2026-11-25"}, "as_of", "2026-11-25 has not come yet"),
        ({"as_of": "2020-01-01"}, "as_of", "a confirmation cannot be older"),
        ({"seen": "  "}, "seen", "This is needed."),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_nothing_typed_is_lost(
    office: Office, changed: dict[str, str], field: str, problem: str
) -> None:
    typed = CONFIRMED | changed
    answer = office.colleague("approver").submit(FACT, f"{FACT}/confirm", **typed)
    assert answer.status_code == 400
    error = answer.text.partition(f'id="field-{field}-error"')[2].partition("</p>")[0]
    assert problem in error
    for name, value in typed.items():
        assert f'name="{name}"' in answer.text
        assert f'value="{value}"' in answer.text, name
    assert office.ledger.confirmations() == []


def test_a_fact_that_cannot_go_stale_offers_nothing_to_confirm(office: Office) -> None:
    approver = office.colleague("approver")
    assert "Confirm it" not in approver.see("/library/oslo-adoption")
    answer = approver.submit("/library", "/library/oslo-adoption/confirm", **CONFIRMED)
    assert answer.status_code == 400
    assert "cannot go stale; there is nothing to confirm" in answer.text


def test_a_confirmation_does_not_bring_a_retired_fact_back(office: Office) -> None:
    approver = office.colleague("approver")
    path = "/library/parties-165"
    assert "it stays retired" in words(approver.see(path))
    assert approver.submit(path, f"{path}/confirm", **CONFIRMED).status_code == 303
    assert "May go out today: no." in words(approver.see(path))


# ── holding ──────────────────────────────────────────────────────────────────────────────────


def test_a_hold_withdraws_what_is_planned_and_says_how_much(office: Office) -> None:
    office.open().store_plan(NOW, "test")
    planned = posts_about(office)
    count = sum(len(post.deliveries) for post in planned)
    approved = [delivery.id for delivery in planned[0].deliveries]
    office.ledger.move(approved, State.PLANNED, State.APPROVED, NOW, "ada", "fine")
    editor = office.colleague("editor")
    answer = editor.submit(FACT, f"{FACT}/hold", why="the ministry disputes it")
    assert answer.status_code == 303
    said = words(editor.see(FACT))
    assert f"casualties-2024 is on hold. {count} deliveries were withdrawn." in said
    assert "It is on hold: the ministry disputes it (editor (desk))" in said
    assert "editor (desk) put it on hold" in said
    assert {d.state for p in posts_about(office) for d in p.deliveries} == {State.SKIPPED}, "the approved one"
    assert "it is on hold: the ministry disputes it" in words(editor.see("/library?show=hold"))


def test_a_worker_plans_nothing_about_a_held_fact_until_the_hold_is_lifted(office: Office) -> None:
    office.wait(hours=1)
    worker = Worker(office.open(), lambda: office.now)
    office.colleague("editor").submit(FACT, f"{FACT}/hold", why="disputed")
    worker.deliver()
    assert posts_about(office) == []
    approver = office.colleague("approver")
    approver.submit(FACT, f"{FACT}/lift", why="the ministry agrees")
    said = words(approver.see(FACT))
    assert "The hold on casualties-2024 is lifted." in said
    assert "approver (desk) lifted the hold" in said
    worker.deliver()
    assert posts_about(office)


def test_a_second_hold_says_that_there_was_one_and_keeps_the_first_reason(office: Office) -> None:
    editor = office.colleague("editor")
    editor.submit(FACT, f"{FACT}/hold", why="disputed")
    editor.submit(FACT, f"{FACT}/hold", why="again")
    assert "was on hold already. No deliveries were withdrawn." in words(editor.see(FACT))
    assert [hold.why for hold in office.ledger.holds()] == ["disputed"]


def test_a_hold_and_its_end_need_a_reason(office: Office) -> None:
    approver = office.colleague("approver")
    answer = approver.submit(FACT, f"{FACT}/hold", why=" ")
    assert (answer.status_code, "hold-why-error" in answer.text) == (400, True)
    approver.submit(FACT, f"{FACT}/hold", why="disputed")
    answer = approver.submit(FACT, f"{FACT}/lift", why="")
    assert (answer.status_code, "lift-why-error" in answer.text) == (400, True)
    assert len(office.ledger.holds()) == 1


def test_a_hold_that_is_not_there_cannot_be_lifted(office: Office) -> None:
    answer = office.colleague("approver").submit(FACT, f"{FACT}/lift", why="it is fine")
    assert answer.status_code == 400
    assert "was not put on hold by" in answer.text


def test_a_paused_fact_says_so(office: Office) -> None:
    office.ledger.pause(Scope.FACT, "casualties-2024", "ada", "we ask the ministry", NOW)
    said = words(office.colleague("viewer").see(FACT))
    assert "It is paused by ada" in said
    assert "ada paused it" in said


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", set()),
        ("editor", {"hold"}),
        ("approver", {"hold", "confirm", "lift"}),
        ("admin", {"hold", "confirm", "lift"}),
    ],
)
def test_each_role_sees_and_does_what_it_may(office: Office, role: str, may: set[str]) -> None:
    visitor = office.colleague(role)
    before = visitor.see(FACT)
    office.ledger.hold("oslo-adoption", "ada", "disputed", NOW)
    held = visitor.see("/library/oslo-adoption")
    shown = {name for name in ("hold", "confirm", "lift") if f'/{name}">' in before + held}
    assert shown == may
    for name, path in (("hold", FACT), ("confirm", FACT), ("lift", "/library/oslo-adoption")):
        answer = visitor.submit(FACT, f"{path}/{name}", why="because", **CONFIRMED)
        assert answer.status_code == (303 if name in may else 403), name


# ── back into the files ──────────────────────────────────────────────────────────────────────


def test_what_was_confirmed_comes_back_as_a_patch_that_applies(office: Office) -> None:
    viewer = office.colleague("viewer")
    assert "The files say it all already." in viewer.see("/library/export")
    confirm(office)
    said = viewer.see("/library/export")
    assert "+    review_by: 2027-12-01" in said
    assert "git apply confirmations.patch" in words(said)
    answer = viewer.get("/library/export/confirmations.patch")
    assert answer.headers["content-type"].startswith("text/x-patch")
    assert 'filename="confirmations.patch"' in answer.headers["content-disposition"]
    subprocess.run(["git", "apply", "-"], cwd=office.home, input=answer.text, text=True, check=True)
    written = load(office.home / "messages").facts["casualties-2024"]
    assert (written.as_of, written.review_by) == (date(2026, 11, 24), date(2027, 12, 1))
    assert "The files say it all already." in viewer.see("/library/export")


def test_while_a_file_is_broken_there_is_no_patch_from_older_ones(office: Office) -> None:
    confirm(office)
    (office.home / "messages/facts/casualties.yaml").write_text("facts: [", encoding="utf-8")
    viewer = office.colleague("viewer")
    assert "There is no patch while a file needs mending" in viewer.see("/library/export")
    assert viewer.get("/library/export/confirmations.patch").status_code == 400


# ── in a real browser ────────────────────────────────────────────────────────────────────────


def tab_to(page: Page, name: str) -> None:
    """Press Tab until a field or button of this name has the focus."""
    target = page.locator("main").get_by_label(name, exact=True)
    target = target.or_(page.get_by_role("button", name=name, exact=True))
    target = target.or_(page.get_by_role("link", name=name, exact=True)).first
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("it => it.contains(document.activeElement)"):
            return
    pytest.fail(f"{name} cannot be reached by keyboard")


def test_a_fact_is_found_and_confirmed_by_keyboard_alone(desk: LiveDesk, page: Page) -> None:
    desk.sign_in(page, "approver")
    tab_to(page, "Library")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.url}/library")
    tab_to(page, "Words in the id, the claim or the publisher")
    page.keyboard.type("6,279")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 fact matches.")
    tab_to(page, "casualties-2024")
    page.keyboard.press("Enter")
    page.wait_for_url(desk.url + FACT)
    tab_to(page, "Look again by")
    page.keyboard.type("12312099")
    tab_to(page, "Source seen")
    page.keyboard.type("Landmine Monitor 2026, p. 3")
    tab_to(page, "Confirm casualties-2024")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is to be confirmed again by 2099-12-31.")
    (confirmed,) = desk.ledger.confirmations()
    assert (confirmed.who, confirmed.review_by) == ("approver (desk)", date(2099, 12, 31))
    assert confirmed.seen == "Landmine Monitor 2026, p. 3"
