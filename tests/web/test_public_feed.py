"""The public page as it is sent: its feed, what proxies may keep, and how it reads in a browser."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

import pytest
from playwright.sync_api import Browser, expect

from bot.ledger import Ledger
from tests.web.browser import LiveDesk, new_page, violations, widest
from tests.web.public import ABOUT, ACCOUNTS, CASUALTIES, DAY, FEED, ON, OSLO, A, entries, sent, switch
from tests.web.team import Office
from tests.world import NOW


@pytest.fixture
def open_office(office: Office) -> Office:
    """A desk whose public page is on."""
    switch(office)
    return office


# ── the feed ─────────────────────────────────────────────────────────────────────────────────


def test_the_feed_has_what_atom_asks_for(open_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_WEB_URL", "https://facts.example.org/")
    sent(open_office.ledger, at=NOW - DAY)
    sent(open_office.ledger, "casualties-2024", url=None)
    answer = open_office.visitor().get(FEED)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = Tree.fromstring(answer.content)
    assert feed.tag == f"{A}feed"
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert feed.findtext(f"{A}author/{A}name") == "Test campaign"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{A}link")}
    assert links == {
        "self": "https://facts.example.org/about/feed.atom",
        "alternate": "https://facts.example.org/about",
    }
    found = feed.findall(f"{A}entry")
    assert [entry.findtext(f"{A}title") for entry in found] == [CASUALTIES, OSLO]
    for element in (feed, *found):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{A}{name}")) == 1
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", element.findtext(f"{A}id") or "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", element.findtext(f"{A}updated") or "")
        assert len([it for it in element.findall(f"{A}link") if it.get("rel") == "alternate"]) == 1
    assert len({element.findtext(f"{A}id") for element in (feed, *found)}) == 3
    assert feed.findtext(f"{A}updated") == max(e.findtext(f"{A}updated") or "" for e in found)
    assert found[1].find(f"{A}link").get("href") == "https://social.example.org/@campaign/1"


def test_an_entry_keeps_its_id_when_more_is_posted_and_when_the_desk_starts_again(
    open_office: Office,
) -> None:
    sent(open_office.ledger, at=NOW - DAY)
    (before,) = entries(open_office)
    sent(open_office.ledger)
    again = Office(open_office.home, open_office.ledger)
    _, after = entries(again)
    assert Tree.tostring(after) == Tree.tostring(before)


# ── how it is sent ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [ABOUT, FEED])
def test_it_may_be_kept_for_five_minutes_and_gives_nobody_a_cookie(open_office: Office, path: str) -> None:
    sent(open_office.ledger)
    visitor = open_office.visitor()
    answer = visitor.get(path)
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-security-policy"] == visitor.get("/sign-in").headers["content-security-policy"]  # fmt: skip
    tag = answer.headers["etag"]
    for had in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = visitor.get(path, headers={"if-none-match": had})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
    sent(open_office.ledger, "casualties-2024")
    open_office.wait(minutes=1)
    changed = visitor.get(path, headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_however_many_ask_the_database_is_asked_once_a_minute(
    open_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    ask = Ledger.whole_history
    monkeypatch.setattr(Ledger, "whole_history", lambda *given: asked.append(1) or ask(*given))
    visitor = open_office.visitor()
    for _ in range(5):
        visitor.see(ABOUT)
        visitor.see(FEED)
        open_office.wait(seconds=10)
    assert len(asked) == 1
    open_office.wait(seconds=10)
    visitor.see(ABOUT)
    assert len(asked) == 2


# ── in a browser ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def open_desk(desk: LiveDesk) -> LiveDesk:
    """`bot web` with its public page on and posts on it, one of them from right to left."""
    for number in range(21):
        sent(desk.ledger, f"gone-{number}", at=NOW - (number + 1) * DAY, text=f"Number {number}.")
    sent(desk.ledger, "casualties-2024")
    sent(desk.ledger, "oslo-adoption", text="في عام 1997 اعتُمدت الاتفاقية في أوسلو", url=None)
    sent(desk.ledger, "parties-165", url="https://social.example.org/" + "a" * 300, text="long" * 200)
    facts = desk.home / "messages/facts/casualties.yaml"
    address = "https://example.org/" + "report" * 30
    facts.write_text(facts.read_text().replace("credit: Landmine Monitor 2025}", f"credit: Landmine Monitor 2025, address: {address}}}"))  # fmt: skip
    (desk.home / "config/campaign.yaml").write_text(ON)
    (desk.home / "config/accounts.yaml").write_text(ACCOUNTS)
    return desk


def test_it_reads_well_for_everybody(open_desk: LiveDesk, browser: Browser) -> None:
    for options in (
        {"color_scheme": "light"},
        {"color_scheme": "dark"},
        {"viewport": {"width": 320, "height": 700}},
    ):
        page = new_page(browser, **options)
        for path in (ABOUT, f"{ABOUT}?page=2"):
            page.goto(open_desk.url + path)
            assert violations(page) == [], f"{path} {options}"
            assert widest(page) == 0, f"{path} {options}"
            page.evaluate("document.documentElement.dir = 'rtl'")
            assert widest(page) == 0, f"{path} {options} from right to left"
        assert page.context.cookies() == []
        page.context.close()


def test_it_needs_no_javascript_and_no_mouse(open_desk: LiveDesk, browser: Browser) -> None:
    page = new_page(browser, java_script_enabled=False)
    page.goto(open_desk.url + ABOUT)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_role("link", name="Older facts").press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text("page 2 of 2")
    page.get_by_role("link", name="Newer facts").press("Enter")
    expect(page.get_by_role("heading", name=CASUALTIES)).to_be_visible()
    page.context.close()
