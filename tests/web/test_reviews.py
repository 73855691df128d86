"""Translations read and reviewed on the desk, in this process and in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from bot.library import load
from bot.model import Translation
from bot.settings import load_settings
from tests.translated import FRENCH_FILE, reword, translate
from tests.web.browser import LiveDesk, new_page, violations, widest
from tests.web.library import words
from tests.web.team import Office, hidden
from tests.world import ACCOUNTS

SHEET = "/reviews/fr/casualties-2024"


@pytest.fixture
def translated(office: Office) -> Office:
    translate(office.home)
    return office


def waits(office: Office, name: str = "casualties-2024") -> bool:
    block = office.open().library.block(name, "fr")
    assert block is not None
    return block.translation is Translation.UNREVIEWED


def review(office: Office, role: str = "approver") -> None:
    answer = office.colleague(role).submit(SHEET, f"{SHEET}/reviewed", seen=seen(office))
    assert answer.status_code == 303, answer.text


def seen(office: Office) -> str:
    return hidden(office.colleague("approver").see(SHEET), "seen")


def test_the_languages_and_what_waits_in_each_are_shown(translated: Office) -> None:
    viewer = translated.colleague("viewer")
    assert "Translations: 4 wait to be reviewed." in words(viewer.see("/library"))
    said = words(viewer.see("/reviews"))
    assert "French 3 of 3 wait; no account that is enabled speaks it." in said
    assert "Arabic 1 of 1 waits" in said
    said = words(viewer.see("/reviews/fr"))
    assert "3 of 3 wait to be reviewed." in said
    assert f"Waiting in {FRENCH_FILE} (3)" in said
    assert "casualties-2024 In 2024 at least 6,279 people were killed or injured." in said
    assert "/reviews/fr/observance:mine-day" in viewer.see("/reviews/fr")


def test_a_campaign_without_translations_says_so(office: Office) -> None:
    assert "Nothing is translated." in words(office.colleague("viewer").see("/reviews"))


def test_a_sheet_shows_the_fact_beside_what_followers_read(translated: Office) -> None:
    viewer = translated.colleague("viewer")
    page = viewer.see(SHEET)
    said = words(page)
    for part in (
        "It waits to be reviewed.",
        "In 2024 at least 6,279 people were killed or injured.",
        "Landmine Monitor 2025, ICBL-CMC",
        "Observatoire des mines 2025",
        "casualties: at least 6,279 = au moins 6\u202f279".replace("\u202f", " "),
        "En 2024, au moins 6 279 personnes ont été tuées ou blessées par des mines.",
        "of 500",
        "Its share card",
        "An approver or an admin can say that it may be posted.",
    ):
        assert part in said.replace("\u202f", " ")
    assert '<blockquote class="reads" lang="fr" dir="ltr">' in page
    assert '<blockquote class="reads" lang="ar" dir="rtl">' in viewer.see("/reviews/ar/casualties-2024")


def test_an_approver_says_that_it_may_be_posted_and_the_audit_log_who_did(translated: Office) -> None:
    approver = translated.colleague("approver")
    answer = approver.submit(SHEET, f"{SHEET}/reviewed", seen=seen(translated))
    assert answer.headers["location"] == "/reviews/fr"
    said = words(approver.see("/reviews/fr"))
    assert "casualties-2024 in French may be posted." in said
    assert "2 of 3 wait" in said
    assert not waits(translated)
    assert "It may be posted. approver (desk) has reviewed it" in words(approver.see(SHEET))
    trail = words(approver.see("/history/audit?about=translations"))
    assert "approver (desk) reviewed it: translation casualties-2024 (fr)" in trail
    assert "Nobody did anything like that." in words(approver.see("/history/audit?about=posts"))


def test_a_text_that_was_changed_since_the_form_was_shown_is_not_marked(translated: Office) -> None:
    approver, read = translated.colleague("approver"), seen(translated)
    reword(translated.home, "ont tué ou blessé", "ont blessé ou tué")
    answer = approver.submit(SHEET, f"{SHEET}/reviewed", seen=read)
    assert answer.status_code == 409
    said = words(answer.text)
    assert "casualties-2024 (fr) is not what you read: it was changed meanwhile" in said
    assert "Les mines ont blessé ou tué" in said, "what stands now is shown to be read"
    assert hidden(answer.text, "seen") != read
    assert waits(translated)
    assert approver.submit(SHEET, f"{SHEET}/reviewed", seen="").status_code == 400


def test_a_word_is_taken_back_with_a_reason(translated: Office) -> None:
    review(translated)
    approver = translated.colleague("approver")
    read = hidden(approver.see(SHEET), "seen")
    answer = approver.submit(SHEET, f"{SHEET}/take-back", seen=read, why=" ")
    assert answer.status_code == 400
    assert "This is needed." in answer.text
    assert approver.submit(SHEET, f"{SHEET}/take-back", seen=read, why="a slip").status_code == 303
    said = words(approver.see(SHEET))
    assert "waits to be reviewed again, and is not posted until then." in said
    assert "It waits to be reviewed. approver (desk) took it back" in said
    assert waits(translated)
    assert "took its review back" in words(approver.see("/history/audit"))


def test_what_there_is_not_is_told(translated: Office) -> None:
    viewer = translated.colleague("viewer")
    for path in ("/reviews/xx", "/reviews/fr/nothing", "/reviews/fr/mine-day"):
        assert viewer.get(path).status_code == 404


def test_a_review_can_be_downloaded_for_the_files(translated: Office) -> None:
    review(translated)
    patch = translated.colleague("viewer").see("/library/export/confirmations.patch")
    assert '+  casualties-2024: {by: "approver (desk)", on: 2026-11-24' in patch


def test_today_names_an_account_that_stays_silent_until_somebody_has_read(translated: Office) -> None:
    viewer = translated.colleague("viewer")
    assert "Silent until" not in viewer.see("/")
    accounts = translated.home / "config/accounts.yaml"
    accounts.write_text(ACCOUNTS + "  drei: {network: file, language: fr}\n")
    said = words(viewer.see("/"))
    assert "drei: what waits in fr Nothing that it could say is reviewed." in said
    review(translated)
    translated.open().store_plan(translated.now, "test", 7)
    said = words(viewer.see("/"))
    assert "drei: what waits in fr 1 post of the coming days goes out without it" in said


def test_it_is_read_and_reviewed_in_a_browser_in_any_script(desk: LiveDesk, browser: Browser) -> None:
    translate(desk.home)
    page = desk.sign_in(
        new_page(browser, color_scheme="dark", viewport={"width": 390, "height": 800}), "approver"
    )
    page.get_by_role("link", name="Library").click()
    page.get_by_role("link", name="Translations").click()
    page.get_by_role("link", name="Arabic").click()
    assert violations(page) == []
    page.get_by_role("link", name="casualties-2024").click()
    quote = page.locator("blockquote").first
    assert quote.evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert violations(page) == []
    assert widest(page) == 0
    page.get_by_role("button", name="Reviewed: may be posted").click()
    expect(page.get_by_role("status")).to_contain_text("casualties-2024 in Arabic may be posted.")
    page.get_by_role("link", name="casualties-2024").click()
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    assert violations(page) == []
    (said,) = desk.ledger.reviews()
    library = load(desk.home / "messages", load_settings(desk.home / "config").observances)
    block = library.block("casualties-2024", "ar")
    assert block is not None
    assert (said.who, said.seen) == ("approver (desk)", block.fingerprint)
