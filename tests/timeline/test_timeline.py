"""The page shows what followers see and what it rests on, and nothing in a text can harm its reader."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from bot.composing import entities_of
from bot.ledger import Delivery, Post, open_ledger
from bot.model import Message, State
from bot.timeline import render, shown_posts
from bot.workspace import Workspace, open_workspace
from tests.picturing.illustrated import write_illustrated
from tests.world import HOUR, NOW, planned, write_campaign

ACCOUNTS = """
accounts:
  x-en: {network: x, handle: campaign, enabled: false}
  sky: {network: bluesky, handle: campaign.example.org, enabled: false}
  toot: {network: mastodon, handle: campaign, server: "https://social.example.org", enabled: false}
  trial: {network: file, options: {like: x}}
  plain: {network: file}
"""
LINK = "https://www.example.org/reports/landmine-monitor-2025/casualties"
VOID = {"meta", "br", "use", "path", "link", "img", "image"}


class Page(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def links(self) -> list[str | None]:
        return [attrs.get("href") for attrs in self.all("a")]

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The small campaign with an account on each network, and its own ledger."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    return open_workspace(write_campaign(tmp_path, accounts=ACCOUNTS))


def a_message(text: str, link: str | None = None, link_text: str | None = None) -> Message:
    entities = entities_of(text, link, link_text or link if link else None)
    size = len(text.encode())
    return Message(
        text, "en", entities, link, "casualties-2024", "v1", "casualties-2024/en/a", 212, 280, size
    )


def a_post(
    *deliveries: Delivery, at: datetime = NOW - 2 * HOUR, fact: str | None = "casualties-2024"
) -> Post:
    return Post(
        1, f"morning@{at:%Y-%m-%d}", "morning", at, at.date(), fact, None, None, None, False, deliveries
    )


def a_delivery(
    account: str = "x-en",
    network: str = "x",
    text: str = "Hello. #MineAction",
    message: Message | None = None,
) -> Delivery:
    return Delivery(
        id=f"id-{account}",
        post_id=1,
        slot_id="s",
        account_id=account,
        network=network,
        template_id="casualties-2024/en/a",
        message=message or a_message(text),
        state=State.SENT,
        due_at=NOW - 2 * HOUR,
    )


def page_of(space: Workspace, *deliveries: Delivery) -> Page:
    return Page(render(space, [a_post(*deliveries)], NOW))


def skins(page: Page) -> list[str]:
    return [
        (attrs.get("class") or "").split()[1]
        for attrs in page.all("div")
        if (attrs.get("class") or "").startswith("skin ")
    ]


# ── what it shows ────────────────────────────────────────────────────────────────────────────


def test_each_network_has_its_own_card_in_a_fixed_order(space: Workspace) -> None:
    cards = a_delivery("toot", "mastodon"), a_delivery("sky", "bluesky"), a_delivery("x-en", "x")
    page = page_of(space, *cards)
    assert skins(page) == ["x", "bluesky", "mastodon"]
    for handle in ("@campaign ", "@campaign.example.org", "@campaign@social.example.org"):
        assert handle in page.said


def test_a_rehearsal_is_drawn_as_the_network_it_is_like_and_says_so(space: Workspace) -> None:
    page = page_of(space, a_delivery("trial", "file"), a_delivery("plain", "file"), a_delivery("x-en", "x"))
    assert skins(page) == ["x", "x", "mastodon"]
    assert sum(attrs.get("class") == "badge" for attrs in page.all("span")) == 2


def test_an_account_or_network_of_long_ago_is_still_shown(space: Workspace) -> None:
    page = page_of(space, a_delivery("gone", "file"), a_delivery("other", "threads"))
    assert skins(page) == ["mastodon", "other"]
    assert "threads" in page.said


def test_a_row_says_what_the_post_rests_on(space: Workspace) -> None:
    said = page_of(space, a_delivery()).said
    assert "Tuesday 24 November 2026, 07:00 UTC" in said
    assert "In 2024 at least 6,279 people were killed or injured." in said
    assert "ICBL-CMC, Landmine Monitor 2025" in said
    assert re.search(r"As of ?1 December 2025", said)
    assert re.search(r"Review by ?1 December 2026", said)


def test_a_card_says_its_measure_wording_state_and_moment(space: Workspace) -> None:
    said = page_of(space, a_delivery()).said
    for piece in (
        "212 of 280",
        "casualties-2024/en/a",
        "State: sent",
        "2h",
        "2 hours ago, Tuesday 24 November",
    ):
        assert piece in said


def test_a_failure_and_an_override_are_said_in_words(space: Workspace) -> None:
    failed = replace(a_delivery(), state=State.FAILED, reason="the account is locked")
    forced = replace(a_delivery("sky", "bluesky"), override_reason="the minister asked")
    said = page_of(space, failed, forced).said
    assert "the account is locked" in said
    assert "overridden: the minister asked" in said


def test_a_fact_that_left_the_library_does_not_break_the_page(space: Workspace) -> None:
    page = Page(render(space, [a_post(a_delivery(), fact="gone")], NOW))
    assert "no longer in the library" in page.said


def test_tags_and_links_stand_out_where_the_entities_are(space: Workspace) -> None:
    text = f"😀 Mines kill. #MineAction\n{LINK}\n#ForwardNotFragmented"
    html = render(space, [a_post(a_delivery(message=a_message(text, LINK)))], NOW)
    assert '<span class="tag">#MineAction</span>' in html
    assert (
        f'<a href="{LINK}" title="{LINK}" rel="noopener noreferrer">example.org/reports/landmin…</a>' in html
    )


def test_a_host_link_shows_the_host_and_points_to_the_address(space: Workspace) -> None:
    message = a_message("Mines kill.\nexample.org", LINK, "example.org")
    html = render(space, [a_post(a_delivery("sky", "bluesky", message=message))], NOW)
    assert re.search(rf'<a href="{re.escape(LINK)}"[^>]*>example\.org</a>', html)


def test_a_language_written_from_the_right_is_marked(space: Workspace) -> None:
    message = replace(a_message("الألغام تقتل. #MineAction"), language="ar")
    page = page_of(space, a_delivery(message=message))
    assert any(attrs.get("lang") == "ar" and attrs.get("dir") == "auto" for attrs in page.all("div"))


def test_the_refusals_of_today_are_listed_with_what_lifts_them(space: Workspace) -> None:
    page = Page(render(space, [], NOW))
    assert len(page.all("details")) == 2  # retired, and past its review date
    for piece in ("Nothing has been posted yet", "parties-165", "it was true for three months only"):
        assert piece in page.said
    for piece in ("is past its review date, 2025-07-16", "17 July 2025", "read the count off the depositary"):
        assert piece in page.said


# ── what it must never do ────────────────────────────────────────────────────────────────────


def test_markup_in_a_text_is_only_text(space: Workspace) -> None:
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> \"'& #MineAction"
    page = page_of(
        space, replace(a_delivery(text=evil), template_id="<b>/en/a", reason="<i>", state=State.FAILED)
    )
    assert page.all("script") == page.all("img") == page.all("i") == []
    assert "<script>alert(1)</script>" in page.said


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[", "//x.org"]
)
def test_only_web_addresses_become_links(space: Workspace, address: str) -> None:
    message = a_message(f"Mines kill.\n{address}", address)
    page = page_of(space, replace(a_delivery(message=message), url=address))
    assert page.links == ["#posts", "#refused"]
    assert address in page.said


def test_a_web_address_of_the_live_post_is_a_link(space: Workspace) -> None:
    page = page_of(space, replace(a_delivery(), url="https://social.example.org/@campaign/1"))
    assert "https://social.example.org/@campaign/1" in page.links


def test_the_page_loads_nothing_and_runs_nothing(space: Workspace) -> None:
    html = render(space, [a_post(a_delivery(), a_delivery("sky", "bluesky"))], NOW)
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "embed"})
    assert not any(key == "src" or key.startswith("on") for _, attrs in page.tags for key in attrs)
    assert "url(" not in html
    assert "@import" not in html


def test_it_is_whole_html_with_landmarks_and_headings_in_order(space: Workspace) -> None:
    page = page_of(space, a_delivery(), a_delivery("sky", "bluesky"), a_delivery("toot", "mastodon"))
    assert page.open == []
    assert len(page.all("main")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs]
    assert set(named) <= set(ids)


def test_the_same_input_gives_the_same_page(space: Workspace) -> None:
    posts = [a_post(a_delivery("toot", "mastodon"), a_delivery())]
    turned = [a_post(*reversed(posts[0].deliveries))]
    assert render(space, posts, NOW) == render(space, posts, NOW) == render(space, turned, NOW)


# ── which posts ──────────────────────────────────────────────────────────────────────────────


def test_posts_that_came_to_something_are_shown_newest_first(space: Workspace) -> None:
    moments = [NOW - timedelta(days=days) for days in (401, 3, 1, -10)]
    plans = [planned(f"s{number}", at, ("plain",)) for number, at in enumerate(moments)]
    span = NOW - timedelta(days=500), NOW + timedelta(days=60)
    space.ledger.store_plan(plans, {"plain": "file"}, *span, NOW, "test")
    assert shown_posts(space, NOW, planned=False) == []
    past = [d.id for d in space.ledger.waiting_at_gate(NOW)]
    space.ledger.move(past, State.PLANNED, State.SKIPPED, NOW, "test", "too late")
    assert [post.slot_name for post in shown_posts(space, NOW, planned=False)] == ["s2", "s1"]
    assert [post.slot_name for post in shown_posts(space, NOW, planned=True)] == ["s3", "s2", "s1"]


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_in_the_page_once_and_shown_by_every_network_that_carries_it(tmp_path: Path) -> None:
    home = write_illustrated(tmp_path / "campaign")
    space = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    space.store_plan(NOW, "test", 1)
    page = render(space, shown_posts(space, NOW, planned=True), NOW)
    found = Page(page)
    (symbol,) = (tag for tag in found.all("symbol") if str(tag["id"]).startswith("picture-"))
    (image,) = found.all("image")
    assert str(image["href"]).startswith("data:image/png;base64,")
    assert [tag["href"] for tag in found.all("use")].count(f"#{symbol['id']}") == 2
    assert "".join(found.text).count("Described as:") == 2
    assert "img-src data:;" in page


def test_the_oldest_pictures_are_left_out_of_a_page_that_would_grow_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.timeline.MOST_BYTES", 100)
    home = write_illustrated(tmp_path / "campaign")
    space = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    space.store_plan(NOW, "test", 1)
    found = Page(render(space, shown_posts(space, NOW, planned=True), NOW))
    assert found.all("image") == []
    assert "This page holds the pictures of newer posts only." in "".join(found.text)


def test_pictures_that_find_no_room_are_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.timeline.READ_AT_ONCE", 1)
    home = write_illustrated(tmp_path / "campaign")
    space = open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))
    space.store_plan(NOW, "test", 3)
    posts = shown_posts(space, NOW, planned=True)
    whole = Page(render(space, posts, NOW)).all("image")
    assert len(whole) > 1
    monkeypatch.setattr("bot.timeline.MOST_BYTES", 100)
    read: list[str] = []
    media = space.ledger.media
    monkeypatch.setattr(type(space.ledger), "media", lambda _, keys: read.extend(keys) or media(keys))
    assert Page(render(space, posts, NOW)).all("image") == []
    assert len(read) == 1
