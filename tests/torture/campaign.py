"""A campaign made for torture: every slot tells another fact, so that every text of an account is its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.world import write_campaign

FACTS = 400
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
    facts = {f"fact-{n:03d}": {"claim": f"Fact {n} is so.", **one} for n in range(count)}
    return {"subject": "Torture", "sources": {"book": source}, "facts": facts}


def templates_file(count: int, wordings: int) -> dict[str, Any]:
    """As many wordings of each fact as there are accounts on a network that wants texts to differ."""
    letters = "abcdefgh"[: max(wordings, 2)]
    each = {f"fact-{n:03d}": {c: f"Fact {n} in wording {c}." for c in letters} for n in range(count)}
    return {"language": "en", "templates": each}


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
