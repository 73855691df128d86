"""Facts confirmed, held and lifted on the desk, and written back into the files."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from bot.library import load
from bot.model import Scope, State
from bot.worker import Worker
from tests.web.browser import LiveDesk
from tests.web.library import CONFIRMED, FACT, confirm, posts_about, words
from tests.web.team import Office
from tests.world import NOW

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
