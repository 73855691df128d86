"""The desk as fixtures: `office` in this process with a clock of its own, `desk` and `page` for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.people.quick import quick_hashes
from tests.web.browser import LiveDesk, live_desk, new_page, require_chromium
from tests.web.team import Office, ledger_at
from tests.world import NOW, write_campaign

__all__ = ["quick_hashes"]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The application over a new campaign with a person in each role, at tests.world.NOW."""
    office = Office(write_campaign(tmp_path / "campaign"), ledger_at(tmp_path))
    yield office
    office.ledger.engine.dispose()


@pytest.fixture
def planned_office(office: Office) -> Office:
    """The desk with three days planned."""
    office.open().store_plan(NOW, "test", 3)
    return office


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one process for all tests of the desk."""
    path = require_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LiveDesk]:
    """`bot web` in a process of its own."""
    require_chromium()
    with live_desk(tmp_path) as desk:
        yield desk


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new browser window, in which nobody is signed in."""
    page = new_page(browser)
    yield page
    page.context.close()
