"""Editing and composing in a real browser: two people at one post, with scripts and without, on a phone, and as axe-core sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from bot import editing
from bot.ledger import Post
from bot.web.app import utc_now
from bot.workspace import open_workspace
from tests.web.browser import LiveDesk, new_page, violations, widest
from tests.web.test_posts import OSLO, path
from tests.world import HOUR

DAY = 24 * HOUR


def live_post(desk: LiveDesk) -> Post:
    """A post two days from now on the real desk, in the library's words."""
    space, at = open_workspace(desk.home, desk.ledger), utc_now()
    return editing.add(space, "oslo-adoption", ["one", "two"], at + 2 * DAY, {}, "ada", at)


def test_of_two_people_who_edit_one_post_the_second_is_told_and_sees_both(
    desk: LiveDesk, browser: Browser
) -> None:
    post = live_post(desk)
    ada = desk.sign_in(new_page(browser), "editor")
    ben = desk.sign_in(new_page(browser), "approver")
    for page in (ada, ben):
        page.goto(desk.url + path(post))
    ada.locator("#body-one").fill("Ada wrote this.")
    ada.get_by_role("button", name="Save the words").click()
    expect(ada.get_by_role("status")).to_contain_text("The words were changed.")
    ben.locator("#body-one").fill("Ben wrote that.")
    ben.get_by_role("button", name="Save the words").click()
    expect(ben.locator("#lost")).to_contain_text("changed by editor (desk)")
    expect(ben.locator("#body-one")).to_have_value("Ben wrote that.")
    expect(ben.locator("#theirs-one blockquote")).to_have_text("Ada wrote this.")
    expect(ben.locator("[data-card=one] .words")).to_contain_text("Ada wrote this.")
    ben.get_by_role("button", name="Save the words").click()
    expect(ben.locator("[data-card=one] .words")).to_contain_text("Ben wrote that.")


def test_words_are_edited_with_javascript_off(desk: LiveDesk, browser: Browser) -> None:
    post = live_post(desk)
    page = desk.sign_in(new_page(browser, java_script_enabled=False), "editor")
    page.goto(desk.url + path(post))
    page.locator("#body-one").fill("Mines hurt 7,000 people.")
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#measure-one")).to_contain_text("The number 7,000 is not one of")
    expect(page.locator("#body-one")).to_have_value("Mines hurt 7,000 people.")
    page.locator("#body-one").fill(OSLO)
    page.get_by_role("button", name="Save the words").click()
    expect(page.locator("[data-card=one] .words")).to_contain_text(OSLO)


def test_words_are_measured_as_one_types(desk: LiveDesk, page: Page) -> None:
    post = live_post(desk)
    desk.sign_in(page, "editor")
    page.goto(desk.url + path(post))
    before = page.locator("#measure-one .count").inner_text()
    page.locator("#body-one").fill("Mines hurt <b>7,000</b> people.")
    expect(page.locator("#measure-one .against")).to_contain_text("The number 7,000 is not one of")
    assert page.locator("#measure-one .count").inner_text() != before
    expect(page.locator("#body-one")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-card=one] .words")).to_contain_text("Mines hurt <b>7,000</b> people.")
    assert page.locator("[data-card=one] .words b").count() == 0, "markup is only text"
    page.locator("#body-one").fill("The Convention was adopted in Oslo.")
    expect(page.locator("#measure-one .against li")).to_have_count(0)
    page.route("**/posts/measure", lambda route: route.abort())
    page.locator("#body-one").fill("The Convention.")
    expect(page.locator("#measure-one .count")).to_contain_text("Not measured")
    expect(page.locator("#body-one")).to_have_value("The Convention.")


def test_a_post_is_composed_with_javascript_off(desk: LiveDesk, browser: Browser) -> None:
    page = desk.sign_in(new_page(browser, java_script_enabled=False), "editor")
    page.goto(f"{desk.url}/compose")
    page.get_by_label("Find a fact").fill("oslo")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("The Convention was adopted in Oslo").check()
    page.get_by_label("two").first.uncheck()
    page.get_by_label("For every account").fill(OSLO)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-card=one] .words")).to_contain_text(OSLO)
    expect(page.locator("[data-card=two]")).to_have_count(0)
    page.get_by_role("button", name="Plan it").click()
    expect(page.get_by_role("status")).to_contain_text("It is planned.")
    expect(page.locator("[data-card=one] .words")).to_contain_text(OSLO)


def test_every_account_is_measured_as_one_types(desk: LiveDesk, page: Page) -> None:
    desk.sign_in(page, "editor")
    page.goto(f"{desk.url}/compose?fact=oslo-adoption")
    page.get_by_label("For every account").fill("Oslo, 1999.")
    for name in ("one", "two"):
        expect(page.locator(f"#measure-{name} .against")).to_contain_text("The number 1999 is not one of")
        expect(page.locator(f"#measure-{name} .count")).to_have_text(re.compile(r"^\d+ of 500$"))
    page.get_by_text("Other words for two").click()
    page.get_by_label("Words for two only").fill("Oslo, 1997.")
    expect(page.locator("#measure-two .against li")).to_have_count(0)
    expect(page.locator("#measure-one .against li")).to_have_count(1)
    page.get_by_label("For every account").fill("")
    expect(page.locator("#measure-one .count")).to_have_text("The library's own wording")


# ── for everybody ────────────────────────────────────────────────────────────────────────────


def states_of_the_pages(desk: LiveDesk, page: Page, post: Post) -> list[str]:
    """Walk through the pages' states; axe's findings, and pages that are wider than their window."""
    found: list[str] = []

    def look(what: str) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((it) => (it.open = true))")
        found.extend(f"{what}: {problem}" for problem in violations(page))
        found.extend([f"{what}: scrolls sideways"] if widest(page) else [])
        for target in page.locator("button:visible, input:visible, textarea:visible, summary").all():
            box, kind = target.bounding_box(), target.get_attribute("type")
            if not box or (box["height"] < 44 and kind not in ("radio", "checkbox")):
                found.append(f"{what}: too small: {target.evaluate('it => it.outerHTML')}")

    page.goto(f"{desk.url}/posts/{post.slot_id}?q=")
    look("a post")
    page.locator("#body-one").fill("Mines hurt 7,000 people.")
    page.get_by_role("button", name="Save the words").click()
    look("a post whose words were refused")
    page.goto(f"{desk.url}/compose?fact=oslo-adoption")
    page.get_by_label("For every account").fill("Oslo, 1999, at last: " + "adopted" * 9)
    page.get_by_role("button", name="Preview").click()
    look("a preview that is refused")
    page.get_by_label("For every account").fill(OSLO)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("button", name="Plan it")).to_be_visible()
    look("a preview")
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 320)])
def test_posts_and_composing_are_for_everybody(
    desk: LiveDesk, browser: Browser, scheme: str, width: int
) -> None:
    page = new_page(browser, color_scheme=scheme, viewport={"width": width, "height": 800})
    desk.sign_in(page, "admin")
    assert states_of_the_pages(desk, page, live_post(desk)) == []


def test_a_post_keeps_its_shape_from_right_to_left(desk: LiveDesk, page: Page) -> None:
    desk.sign_in(page, "admin")
    page.goto(f"{desk.url}/posts/{live_post(desk).slot_id}")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert widest(page) == 0
    words = page.locator("[data-card=one] .words")
    assert words.evaluate("it => getComputedStyle(it).direction") == "ltr", "an English text stays one"
    assert words.evaluate("it => it.lang") == "en"


def test_a_post_is_approved_by_keyboard_alone(desk: LiveDesk, page: Page) -> None:
    post = live_post(desk)
    desk.sign_in(page, "approver")
    page.goto(f"{desk.url}/posts/{post.slot_id}")
    button = page.get_by_role("button", name="Approve")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Approved.")
