"""The desk in a real browser: by mouse, by keyboard, on a phone, without JavaScript, and as axe-core sees it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.model import Scope
from tests.web.browser import LiveDesk, new_page, violations, widest

PATHS = [
    "/",
    "/calendar",
    "/calendar?view=week",
    "/compose?fact=oslo-adoption",
    "/library",
    "/library/casualties-2024",
    "/library/export",
    "/reviews",
    "/history",
    "/history/audit",
    "/people",
    "/me",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_violates_wcag_22_aa(desk: LiveDesk, browser: Browser, scheme: str) -> None:
    page = new_page(browser, color_scheme=scheme)
    page.goto(f"{desk.url}/sign-in")
    assert violations(page) == []
    desk.sign_in(page, "admin")
    for path in PATHS:
        page.goto(desk.url + path)
        for summary in page.locator("summary").all():
            summary.click()
        assert violations(page) == [], path
    page.goto(desk.url)
    page.get_by_role("button", name="Stop everything").click()
    for path in PATHS:
        page.goto(desk.url + path)
        assert violations(page) == [], f"{path} while everything is stopped"


def test_one_button_stops_everything_and_says_so_on_every_page(desk: LiveDesk, page: Page) -> None:
    desk.sign_in(page, "editor")
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_role("status")).to_contain_text("Everything is stopped.")
    for path in PATHS:
        page.goto(desk.url + path)
        expect(page.get_by_text("Everything is stopped", exact=True)).to_be_visible()
        expect(page).to_have_title(re.compile("^STOPPED: "))
    (pause,) = desk.ledger.pauses()
    assert (pause.scope, pause.who) == (Scope.ALL, "editor (desk)")


def test_the_team_stops_and_resumes_without_javascript(desk: LiveDesk, browser: Browser) -> None:
    page = desk.sign_in(new_page(browser, java_script_enabled=False), "approver")
    page.get_by_label("Reason").fill("the minister resigned")
    page.get_by_role("button", name="Stop everything").click()
    expect(page.get_by_text("the minister resigned").first).to_be_visible()
    page.get_by_label("Skip all of it").check()
    page.get_by_role("button", name="Resume everything").click()
    expect(page.get_by_role("status")).to_contain_text("Resumed: everything.")
    assert desk.ledger.pauses() == []


def test_everything_can_be_reached_by_keyboard(desk: LiveDesk, page: Page) -> None:
    page.goto(f"{desk.url}/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    for typed in ("editor", "the long password of an editor"):
        page.keyboard.press("Tab")
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{desk.url}/")
    button = page.get_by_role("button", name="Stop everything")
    for _ in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("it => it === document.activeElement"):
            break
    outline = button.evaluate("it => getComputedStyle(it).outlineStyle")
    assert outline == "solid", "where one is on the page can be seen"
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Everything is stopped.")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nobody_scrolls_sideways_and_every_target_can_be_hit(
    desk: LiveDesk, browser: Browser, width: int
) -> None:
    page = desk.sign_in(new_page(browser, viewport={"width": width, "height": 800}), "admin")
    for path in PATHS:
        page.goto(desk.url + path)
        assert widest(page) == 0, path
        for target in page.locator("button:visible, nav a, input:visible, select:visible, summary").all():
            box = target.bounding_box()
            kind = target.get_attribute("type")
            assert box and (box["height"] >= 44 or kind in ("radio", "checkbox")), target.evaluate(
                "it => it.outerHTML"
            )


def test_a_page_from_right_to_left_keeps_its_shape(desk: LiveDesk, page: Page) -> None:
    desk.sign_in(page, "admin")
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert widest(page) == 0
    name, sign_out = page.locator(".name").bounding_box(), page.locator(".me").bounding_box()
    assert name and sign_out and name["x"] > sign_out["x"]
