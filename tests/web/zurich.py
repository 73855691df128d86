"""A campaign for tests of the calendar: in Zurich, where clocks change, with days that matter."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.ledger import Post
from tests.web.team import Office, hidden, ledger_at
from tests.world import CAMPAIGN, HOUR, NOW, write_campaign

DAY = 24 * HOUR
ACCOUNTS = """
accounts:
  one: {network: file, options: {like: x}}
  two: {network: file}
  bird: {network: x, enabled: false}
"""
OBSERVANCES = """
observances:
  disability: {title: A day for persons with disabilities, day: 12-03, fact: oslo-adoption, post: false}
  mines: {title: A day for mine awareness, day: 12-05, fact: oslo-adoption}
sensitive_days:
  withdrawal: {title: A withdrawal took effect, dates: [12-07], days_around: 1, groups: [party-count]}
reviews:
  monitor: {title: The yearly report, months: [11]}
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The application over this campaign, planned for twenty days."""
    home = write_campaign(
        tmp_path / "campaign",
        accounts=ACCOUNTS,
        observances=OBSERVANCES,
        campaign=CAMPAIGN + "time_zone: Europe/Zurich\ncool_downs: {fact_days: 1, group_days: 0}\n",
    )
    office = Office(home, ledger_at(tmp_path))
    office.open().store_plan(NOW, "test", 20)
    yield office
    office.ledger.engine.dispose()


def posts(office: Office, spoken: bool = True) -> list[Post]:
    """The coming posts; or the slots that have nothing to say."""
    return [p for p in office.ledger.posts_between(NOW, NOW + 40 * DAY) if bool(p.deliveries) is spoken]


def change_page(post: Post) -> str:
    """The page on which a post is moved or skipped."""
    return f"/calendar/change?slot={quote(post.slot_id, safe='')}"


def move_fields(html: str, **typed: str) -> dict[str, str]:
    """The move form as the page shows it, filled in."""
    shown = {name: unescape(hidden(html, name)) for name in ("token", "slot", "mark", "view")}
    return {**shown, "day": "2026-11-28", "at": "10:30", "why": "", **typed}


def part_of(html: str, day: str) -> str:
    """What a page says about one day."""
    return unescape(
        html.split(f'id="day-{day}"')[1].split('id="day-', maxsplit=1)[0].split("<section", maxsplit=1)[0]
    )
