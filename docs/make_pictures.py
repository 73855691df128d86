"""Makes the pictures of the README and the docs from the real app: the timeline, and the pages of the desk.

    .venv/bin/python docs/make_pictures.py        # needs chromium, and ./dev test's .venv

Works on the shipped library, with a ledger of its own: four posts go out into files, while a worker and the desk run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--hide-scrollbars",
]  # fmt: skip
NAME, PASSWORD = "amira", "a password for pictures"
WIDE, TALL, PORT = 1200, 1000, 8765


def bot(env: dict[str, str], *arguments: str) -> str:
    """Run one command of the bot to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=env,
        text=True,
        capture_output=True,
        check=True,
    )
    return done.stdout


@contextmanager
def running(env: dict[str, str], *arguments: str) -> Iterator[None]:
    """A command of the bot that goes on while the block runs."""
    command = [sys.executable, "-m", "bot", *arguments]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def main() -> None:
    """Prepare the campaign, and photograph it."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Pictures need chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        env = os.environ | {
            "DATABASE_URL": f"sqlite:///{work}/bot.db", "BOT_FILES": f"{work}/posts", "BOT_REHEARSE": "1",
            "BOT_HOME": str(ROOT), "BOT_USER_PASSWORD": PASSWORD,
        }  # fmt: skip
        bot(env, "plan")
        bot(env, "post", "next", "--count", "4")
        bot(env, "timeline", "--out", f"{work}/timeline.html")
        bot(env, "user", "add", NAME, "--role", "admin")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": WIDE, "height": TALL})
        page.goto(f"file://{work}/timeline.html")
        shoot(page, "timeline")
        with running(env, "run", "--every", "1"), running(env, "web", "--port", str(PORT)):
            photograph_the_desk(page, f"http://127.0.0.1:{PORT}")
        browser.close()


def photograph_the_desk(page: Page, address: str) -> None:
    """Each page of the desk, as somebody who has signed in sees it."""
    wait_for(page, f"{address}/sign-in")
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"{address}/")
    shoot(page, "desk-today")
    page.goto(f"{address}/calendar")
    page.get_by_role("link", name="Next").click()
    shoot(page, "desk-calendar")
    page.locator("main a[href^='/posts/']").first.click()
    shoot(page, "desk-post")
    page.goto(f"{address}/library/seed-165-parties")
    shoot(page, "desk-fact")
    page.goto(f"{address}/history")
    shoot(page, "desk-history")


def wait_for(page: Page, url: str) -> None:
    """Open a page once its server answers."""
    for attempt in range(100):
        try:
            page.goto(url)
            return
        except Exception:
            if attempt == 99:
                raise
            page.wait_for_timeout(200)


def shoot(page: Page, name: str) -> None:
    """Write docs/NAME.png."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=DOCS / f"{name}.png")
    print(f"docs/{name}.png")


if __name__ == "__main__":
    main()
