"""The desk as people meet it: a real process, a real browser (Debian's Chromium), and axe-core in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bot.ledger import Ledger, open_ledger
from bot.roles import Role
from tests.acceptance.worker import environment
from tests.web.team import add_team, password_of
from tests.world import write_campaign

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STARTS_WITHIN = 60.0


def require_chromium() -> str:
    """The browser's path; without it the test is skipped, and in CI (CI=true) fails."""
    if CHROMIUM:
        return CHROMIUM
    reason = "needs a real browser: apt-get install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@dataclass(frozen=True)
class LiveDesk:
    """`bot web` in a process of its own, on a campaign with a person in each role."""

    url: str
    home: Path
    ledger: Ledger
    env: dict[str, str]

    def sign_in(self, page: Page, role: Role | str) -> Page:
        """Sign in as the person of this role, the way they would."""
        page.goto(f"{self.url}/sign-in")
        page.get_by_label("Name", exact=True).fill(str(role))
        page.get_by_label("Password").fill(password_of(role))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{self.url}/")
        return page


@contextmanager
def live_desk(folder: Path, database_url: str | None = None, **secrets: str) -> Iterator[LiveDesk]:
    """`bot web` on a new campaign."""
    home = write_campaign(folder / "campaign")
    env = environment(home, database_url or f"sqlite:///{folder / 'bot.db'}", secrets)
    with serving(env, folder / "web.log") as desk:
        yield desk


@contextmanager
def serving(env: dict[str, str], log: Path) -> Iterator[LiveDesk]:
    """`bot web` on the campaign that `env` names, with the team added; stopped at the end. Its log goes to a file."""
    ledger = open_ledger(env["DATABASE_URL"])
    add_team(ledger)
    port = _free_port()
    with log.open("wb") as sink:
        command = [sys.executable, "-m", "bot", "web", "--port", str(port), "--log", "json"]
        process = subprocess.Popen(command, env=env, stdout=sink, stderr=sink)
        try:
            _wait_for(f"http://127.0.0.1:{port}/sign-in", process, log)
            yield LiveDesk(f"http://127.0.0.1:{port}", Path(env["BOT_HOME"]), ledger, env)
        finally:
            process.terminate()
            process.wait(30)
            ledger.engine.dispose()
            print(log.read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while True:
        assert process.poll() is None, f"bot web stopped by itself:\n{log.read_text()}"
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (URLError, OSError):
            assert time.monotonic() < end, f"bot web does not answer:\n{log.read_text()}"
            time.sleep(0.1)
        else:
            return


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page by WCAG 2.2 AA and best practice: rule, and where."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{v['id']}: {v['help']} ({'; '.join(str(node['html']) + ' ' + str(node['failureSummary']) for node in v['nodes'])})"
        for v in found.response["violations"]
    ]


def widest(page: Page) -> int:
    """How many pixels a page is wider than its window; 0 where nobody has to scroll sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def new_page(browser: Browser, **options: object) -> Page:
    """A page in a browser of its own, without anybody's cookies."""
    page: Page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(15_000)
    return page
