"""Makes the pictures of the README and the docs from the real app: the timeline, the pages of the desk, share cards.

    .venv/bin/python docs/make_pictures.py        # needs chromium, and ./dev test's .venv

Works on the shipped library, with a ledger of its own: four posts go out into files, while a worker and the desk run.
What the report shows went out nowhere: it is a month of the library's real words, in all its languages as if every
translation were reviewed, with answers that are made up. The cards, too, are drawn as if all were reviewed.
"""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageOps
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.composing import Beside, compose  # noqa: E402
from bot.drawing import draw_all  # noqa: E402
from bot.ledger import Ledger, open_ledger  # noqa: E402
from bot.library import load  # noqa: E402
from bot.model import Account, Card, Message, Metrics  # noqa: E402
from bot.networks import network  # noqa: E402
from bot.settings import load_settings  # noqa: E402
from bot.workspace import open_workspace  # noqa: E402
from tests.answers import went_out  # noqa: E402

DOCS = ROOT / "docs"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--hide-scrollbars",
]  # fmt: skip
NAME, PASSWORD = "amira", "a password for pictures"
WIDE, TALL, NARROW, MARGIN = 1200, 1000, 760, 24
PORT = 8765
COLOURS, MOST_BYTES = 192, 200_000
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
FACT = "lm2025-casualties-2024"  # has a series, so its card has a chart
SPEAKERS = """
accounts:
  x-en: {network: x, handle: name}
  bluesky-all: {network: bluesky, handle: name.bsky.social, languages: [en, fr, es, ru, zh, ar]}
  mastodon-ar: {network: mastodon, server: https://mastodon.social, handle: name, languages: [ar, en]}
"""


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
    """Prepare the campaigns, and photograph them."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Pictures need chromium: apt-get install chromium")
    draw_the_cards()
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
        shoot(page, "timeline", TALL + 250)
        with running(env, "run", "--every", "1"), running(env, "web", "--port", str(PORT)):
            photograph_the_desk(page, f"http://127.0.0.1:{PORT}")
        polyglot = env | {"DATABASE_URL": f"sqlite:///{work}/month.db", "BOT_HOME": f"{work}/polyglot"}
        month = a_month_in_every_language(Path(polyglot["BOT_HOME"]), polyglot["DATABASE_URL"])
        bot(polyglot, "user", "add", NAME, "--role", "viewer")
        with running(polyglot, "web", "--port", str(PORT + 1)):
            photograph_the_report(page, f"http://127.0.0.1:{PORT + 1}", month)
        browser.close()


# ── share cards ──────────────────────────────────────────────────────────────────────────────


def draw_the_cards() -> None:
    """Write docs/cards.png: the share card of one fact in every language, two beside each other."""
    cards = [card_in(language) for language in LANGUAGES]
    drawn = draw_all(cards)
    gap, width = 16, (WIDE - 16) // 2
    height = width * cards[0].height // cards[0].width
    sheet = Image.new("RGB", (WIDE, 3 * height + 2 * gap), "white")
    for place, card in enumerate(cards):
        data = drawn[card.key]
        if not isinstance(data, bytes):
            raise data
        small = Image.open(io.BytesIO(data)).convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(small, (place % 2 * (width + gap), place // 2 * (height + gap)))
    keep(sheet, "cards")


def card_in(language: str) -> Card:
    """The card that a post on X carries, reviewed or not."""
    settings = load_settings(ROOT / "config")
    library = load(ROOT / "messages", settings.observances)
    campaign, rules = settings.campaign, network("x").default_rules(Account("x", "x"))
    message = compose(
        library.templates[FACT, language][0], library.facts[FACT], library.styles[language], rules,
        tuple(campaign.hashtags), datetime.now(UTC).date(), None,
        Beside(campaign.name, library.cards[FACT, language]),
    )  # fmt: skip
    card = message.pictures[0].card
    assert card is not None
    return card


# ── a month for the report ───────────────────────────────────────────────────────────────────


def a_month_in_every_language(home: Path, database: str) -> str:
    """Make a campaign whose last month is over and answered; that month, as 2026-11."""
    for folder in ("config", "messages"):
        shutil.copytree(ROOT / folder, home / folder)
    (home / "config/accounts.yaml").write_text(SPEAKERS, encoding="utf-8")
    for path in (home / "messages/templates").rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("translation: unreviewed", "translation: reviewed"), encoding="utf-8")
    ledger = open_ledger(database)
    first = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).replace(day=1)
    fill(ledger, home, first)
    ledger.engine.dispose()
    return f"{first:%Y-%m}"


def fill(ledger: Ledger, home: Path, first: datetime) -> None:
    """What the plan has from today on, as if it had gone out from that day on, with made-up answers."""
    dice = random.Random(1997)  # noqa: S311 - made-up answers, the same each time
    now = datetime.now(UTC)
    days_back = timedelta(days=(now.date() - first.date()).days)
    os.environ.pop("BOT_REHEARSE", None)
    space = open_workspace(home, ledger)
    for planned in space.plan(now, 28):
        liked = dice.randint(2, 12)
        for account, message in planned.messages.items():
            at = planned.slot.at - days_back
            told = answers(dice, liked, message, account)
            went_out(
                ledger, at, account=account, network=space.settings.accounts[account].network,
                fact=message.fact_id, wording=message.template_id.rpartition("/")[2], language=message.language,
                words=message.text, metrics=told, asked_at=at + timedelta(days=1),
            )  # fmt: skip


def answers(dice: random.Random, liked: int, message: Message, account: str) -> Metrics:
    """What followers might have answered: more for some facts, and views only on X."""
    likes = dice.randint(liked, 4 * liked)
    views = likes * dice.randint(40, 90) if account.startswith("x-") else None
    return Metrics(likes, dice.randint(0, liked), dice.randint(0, 1 + len(message.text) // 150), views)


# ── photographs ──────────────────────────────────────────────────────────────────────────────


def photograph_the_desk(page: Page, address: str) -> None:
    """Each page of the desk, as somebody who has signed in sees it."""
    sign_in(page, address)
    shoot(page, "desk-today")
    page.goto(f"{address}/calendar")
    page.get_by_role("link", name="Next").click()
    shoot(page, "desk-calendar")
    page.locator("main a[href^='/posts/']").first.click()
    shoot(page, "desk-post")
    page.get_by_text("Add an image of your own").click()
    page.set_viewport_size({"width": NARROW, "height": TALL})
    keep(picture_of(page, "#picture"), "desk-picture")
    make_a_thread(page)
    keep(picture_of(page, "article[data-card=rehearsal-bluesky]"), "desk-thread")
    page.goto(f"{address}/library/seed-165-parties")
    shoot(page, "desk-fact")
    page.goto(f"{address}/reviews/ar/{FACT}")
    shoot(page, "desk-review", TALL + 600)
    page.goto(f"{address}/history")
    shoot(page, "desk-history")


def photograph_the_report(page: Page, address: str, month: str) -> None:
    """What worked in a month."""
    sign_in(page, address)
    page.goto(f"{address}/report?month={month}")
    shoot(page, "desk-report")
    languages = picture_of(page, "section[aria-labelledby=languages-title]")
    keep(ImageOps.expand(languages, MARGIN, languages.getpixel((0, 0))), "desk-report-languages")


def make_a_thread(page: Page) -> None:
    """Give Bluesky the words of all three accounts, which are too many for one post, and have them checked."""
    boxes = page.locator("#words textarea")
    words = " ".join(boxes.nth(place).input_value().strip() for place in range(boxes.count()))
    page.fill("#body-rehearsal-bluesky", words)
    page.get_by_role("button", name="Check").click()
    page.wait_for_load_state("networkidle")


def sign_in(page: Page, address: str) -> None:
    """Come to the first page of the desk."""
    wait_for(page, f"{address}/sign-in")
    page.fill("input[name=name]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"{address}/")


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


def shoot(page: Page, name: str, height: int = TALL) -> None:
    """Write docs/NAME.png: so many pixels of the page, from its top."""
    page.set_viewport_size({"width": WIDE, "height": height})
    page.wait_for_load_state("networkidle")
    keep(Image.open(io.BytesIO(page.screenshot())), name)


def picture_of(page: Page, selector: str) -> Image.Image:
    """A piece of the page."""
    return Image.open(io.BytesIO(page.locator(selector).screenshot())).convert("RGB")


def keep(image: Image.Image, name: str) -> None:
    """Write docs/NAME.png, small: a page has few colours."""
    path = DOCS / f"{name}.png"
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"docs/{name}.png  {size:,} bytes{'  TOO LARGE' if size > MOST_BYTES else ''}")


if __name__ == "__main__":
    main()
