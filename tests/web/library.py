"""What the tests of the library's pages share."""

from __future__ import annotations

import re

from bot.ledger import Post
from tests.web.team import Office
from tests.world import HOUR

FACT = "/library/casualties-2024"
CONFIRMED = {"as_of": "2026-11-24", "review_by": "2027-12-01", "seen": "Landmine Monitor 2026, p. 3"}
DAY = 24 * HOUR


def words(html: str) -> str:
    """A page as it is read."""
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2]))
    return re.sub(r" (?=[,.;:])", "", text)


def confirm(office: Office, role: str = "approver", **changed: str) -> str:
    """Confirm the fact on the desk; what the next page says."""
    visitor = office.colleague(role)
    answer = visitor.submit(FACT, f"{FACT}/confirm", **(CONFIRMED | changed))
    return words(visitor.see(FACT) if answer.status_code == 303 else answer.text)


def posts_about(office: Office, fact: str = "casualties-2024") -> list[Post]:
    return office.ledger.posts_about(fact, office.now, office.now + 40 * DAY, 50)
