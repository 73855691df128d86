"""A campaign made for torture: every slot tells another fact, so that every text of an account is its own.

Of ten facts three are threads, three have a share card (one of them is a thread, too), and one has a link, of which
Bluesky shows the card with its picture. The others are plain posts.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from bot.ledger import Ledger, Media
from bot.model import LinkCard
from tests.world import write_campaign

FACTS = 400
THREADS, CARDS, LINKS = (1, 4, 7), (3, 6, 7), (5,)  # by the last digit of a fact's number
DISTINCT_CARDS = 4  # drawing takes its time
LINK = "https://example.org/torture"
THUMBNAIL = "thumbnail"
GRACE = timedelta(minutes=600)
BACK = timedelta(minutes=480)

CAMPAIGN = {
    "name": "Torture",
    "time_zone": "UTC",
    "hashtags": ["Torture"],
    "horizon_days": 1,
    "grace_minutes": int(GRACE.total_seconds() // 60),
    "cool_downs": {"fact_days": 60, "group_days": 0, "conflict_days": 0, "account_minutes": 0},
}


def facts_file(count: int) -> dict[str, Any]:
    """So many facts, all fit to be told."""
    source = {"title": "A book", "publisher": "Nobody", "credit": "A book"}
    one = {
        "source": "book",
        "as_of": "2026-01-01",
        "review_by": "never",
        "status": "post",
        "since": "2026-01-01",
        "confidence": "high",
    }
    facts = {
        f"fact-{n:03d}": {"claim": f"Fact {n} is so.", **one, **({"link": LINK} if n % 10 in LINKS else {})}
        for n in range(count)
    }
    return {"subject": "Torture", "sources": {"book": source}, "facts": facts}


def templates_file(count: int, wordings: int) -> dict[str, Any]:
    """As many wordings of each fact as there are accounts on a network that wants texts to differ."""
    letters = "abcdefgh"[: max(wordings, 2)]
    each = {f"fact-{n:03d}": {c: _said(n, c) for c in letters} for n in range(count)}
    cards = {
        f"fact-{n:03d}": {"text": f"Card {n // 10 % DISTINCT_CARDS} of {DISTINCT_CARDS}."}
        for n in range(count)
        if n % 10 in CARDS
    }
    return {"language": "en", "cards": cards, "templates": each}


def _said(number: int, letter: str) -> str:
    """One sentence, or four to six: two posts on Mastodon, three or four on X and Bluesky."""
    first = f"Fact {number} in wording {letter}."
    if number % 10 not in THREADS:
        return first
    further = (
        f"Of fact {number} in wording {letter} there is more to say, and this is sentence {n}, so long that two of them "
        "fill a post."
        for n in range(2, 7 + number // 10 % 3)
    )
    return " ".join((first, *further))


def keep_link_card(ledger: Ledger, now: datetime) -> None:
    """Put by the card of the link with its picture, so that nobody looks the page up. The workers draw share cards."""
    thumbnail = io.BytesIO()
    Image.new("RGB", (60, 40), (20, 60, 140)).save(thumbnail, "PNG")
    ledger.keep_media([Media(THUMBNAIL, "image/png", 60, 40, thumbnail.getvalue())], now)
    ledger.remember_link(LINK, LinkCard(LINK, "Torture", "What a page says of itself.", THUMBNAIL), None, now)


@dataclass
class Timetable:
    """The slots so far: some past but within their grace, some of the coming minutes, each at another minute."""

    begin: datetime
    past: list[datetime] = field(default_factory=list)
    future: list[datetime] = field(default_factory=list)

    def add(self, past: int, future: int, now: datetime) -> datetime:
        """More slots; the moment from which the plan has changed."""
        first = self.begin + timedelta(minutes=len(self.past))
        self.past += [first + timedelta(minutes=n) for n in range(past)]
        soon = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        minutes = (soon + timedelta(minutes=n) for n in itertools.count())
        free = (moment for moment in minutes if moment not in self.future)
        self.future += itertools.islice(free, future)
        return first

    def as_yaml(self) -> str:
        """As config/slots.yaml."""
        named = [(f"p{n:03d}", at) for n, at in enumerate(self.past)]
        named += [(f"f{n:03d}", at) for n, at in enumerate(self.future)]
        slots = {name: {"dates": [f"{at:%Y-%m-%d}"], "at": f"{at:%H:%M}"} for name, at in named}
        return _yaml({"slots": slots, "observances": {"instead_of_slots": False}})


def is_of_the_past(slot_id: str) -> bool:
    """Whether a slot was past already when it was written down: those go out in the order of their moments."""
    return slot_id.startswith("p")


def write(home: Path, accounts: Mapping[str, Mapping[str, Any]], timetable: Timetable) -> None:
    """The whole campaign folder."""
    wordings = max(_shares(account["network"] for account in accounts.values()))
    write_campaign(
        home,
        accounts=_yaml({"accounts": dict(accounts)}),
        campaign=_yaml(CAMPAIGN),
        slots=timetable.as_yaml(),
        facts=_yaml(facts_file(FACTS)),
        templates=_yaml(templates_file(FACTS, wordings)),
    )


def rewrite_slots(home: Path, timetable: Timetable) -> None:
    """Change the slots as an editor would: a new file takes the old one's place."""
    path = home / "config/slots.yaml"
    fresh = path.with_suffix(".new")
    fresh.write_text(timetable.as_yaml())
    fresh.replace(path)


def _shares(networks: Iterable[str]) -> list[int]:
    names = list(networks)
    return [names.count(name) for name in names]


def _yaml(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False)
