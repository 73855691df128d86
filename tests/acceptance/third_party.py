"""Networks that an installed package would add, for what the shipped ones cannot be made to do.

`slow` takes the seconds that the account's option says, and writes down when each request began; `refusing` accepts
nothing. `installed_in` makes them known to the bot as pip does: by a folder with their entry points on its path.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.model import Account, Allowance, Counting, Dispatch, Receipt, Rules
from bot.networks import Check, Refused

RULES = Rules(Counting.CHARACTERS, 500)


@dataclass
class Connection:
    """One account's file of what followers see, a line each."""

    path: Path
    seconds: float
    refuses: bool

    def publish(self, dispatch: Dispatch) -> Receipt:
        if self.refuses:
            raise Refused("it does not like this text")
        began = datetime.now(UTC).isoformat()
        time.sleep(self.seconds)
        line = {"id": dispatch.delivery_id, "began": began, "fact": dispatch.message.fact_id}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        return Receipt(dispatch.delivery_id)

    def find(self, dispatch: Dispatch) -> Receipt | None:
        found = self.path.exists() and dispatch.delivery_id in self.path.read_text()
        return Receipt(dispatch.delivery_id) if found else None

    def allowances(self) -> tuple[Allowance, ...]:
        return ()

    def verify(self) -> list[Check]:
        return []

    def rules(self) -> Rules:
        return RULES

    def delete(self, receipt: Receipt) -> None: ...


@dataclass
class Network:
    name: str
    secrets: tuple[str, ...] = ()
    budgets: Mapping[str, int] = field(default_factory=dict)

    def default_rules(self, account: Account) -> Rules:
        return RULES

    def settle_seconds(self, account: Account) -> float:
        return 0.0

    def connect(self, account: Account, secrets: Mapping[str, str]) -> Connection:
        path = Path(os.environ["BOT_FILES"]) / f"{account.id}.jsonl"
        return Connection(path, float(account.options.get("seconds", 0)), self.name == "refusing")


SLOW = Network("slow")
REFUSING = Network("refusing")


def installed_in(folder: Path, env: dict[str, str]) -> dict[str, str]:
    """The environment of a bot beside which the package was installed."""
    package = folder / "third_party-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: third-party\nVersion: 1.0\n")
    offers = "".join(f"{name} = {__name__}:{name.upper()}\n" for name in ("slow", "refusing"))
    (package / "entry_points.txt").write_text(f"[bot.networks]\n{offers}")
    return env | {"PYTHONPATH": f"{env['PYTHONPATH']}{os.pathsep}{folder}"}


@dataclass(frozen=True)
class Seen:
    """A post as followers of the slow network see it."""

    id: str
    account: str
    fact: str
    began: datetime


def seen_in(folder: Path) -> list[Seen]:
    """Every post of every account."""
    return [
        Seen(line["id"], path.stem, line["fact"], datetime.fromisoformat(line["began"]))
        for path in sorted(folder.glob("*.jsonl"))
        for line in map(json.loads, path.read_text().splitlines())
    ]
