"""An account in French, from silence to its first post and back, through the real command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from bot.cli import bot as command
from bot.ledger import Delivery, open_ledger
from bot.model import State
from tests.acceptance.worker import bot, environment
from tests.translated import reword, translate
from tests.world import write_campaign

MINUTE = timedelta(minutes=1)
CAMPAIGN = """
name: Test campaign
hashtags: [MineAction]
horizon_days: 2
cool_downs: {fact_days: 0, group_days: 0, conflict_days: 0, account_minutes: 0}
"""


class Stage:
    """The campaign, at the moment at which the test began."""

    def __init__(self, folder: Path) -> None:
        self.start = datetime.now(UTC).replace(second=0, microsecond=0) - 10 * MINUTE
        accounts = "accounts:\n  francais: {network: file, language: fr}\n"
        self.home = translate(write_campaign(folder / "campaign", accounts=accounts, campaign=CAMPAIGN))
        self.env = environment(self.home, f"sqlite:///{folder / 'bot.db'}", {})

    def say(self, *arguments: str) -> Any:
        done = CliRunner().invoke(command, [*arguments, "--json"], env=self.env)
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    def plan_slot(self, minutes: int) -> Any:
        """Plan a slot that was due so many minutes after the start; as `bot plan` says it."""
        at = self.start + minutes * MINUTE
        slots = f'slots:\n  s{minutes}: {{dates: [{at:%Y-%m-%d}], at: "{at:%H:%M}", accounts: [francais]}}\n'
        (self.home / "config/slots.yaml").write_text(slots)
        posts = self.say("plan", "--now", self.start.isoformat())
        return next(post for post in posts if post["slot"].startswith(f"s{minutes}@"))

    def work(self) -> None:
        done = bot("run", "--once", env=self.env)
        assert done.returncode == 0, done.stderr

    def posted(self) -> list[str]:
        file = self.home / "posts/francais.jsonl"
        return [json.loads(line)["text"] for line in file.read_text().splitlines()] if file.exists() else []

    def deliveries(self) -> list[Delivery]:
        ledger = open_ledger(self.env["DATABASE_URL"])
        return [d for p in ledger.posts_between(self.start, self.start + 60 * MINUTE) for d in p.deliveries]


def test_an_account_speaks_only_what_a_person_has_reviewed_as_it_stands(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    (stage.home / "config/observances.yaml").write_text(
        "observances:\n  mine-day: {title: Mine day, day: 04-04, fact: oslo-adoption, post: no}\n"
    )
    silent = stage.plan_slot(1)
    assert silent["deliveries"] == []
    assert "nobody has reviewed what there is in fr: `bot review fr`" in json.dumps(silent)
    (needed,) = _status(stage)["silent"]
    assert (needed["account_id"], needed["languages"]) == ("francais", ["fr"])
    stage.work()
    assert stage.posted() == []

    seen = stage.say("review", "fr", "oslo-adoption")["seen"]
    stage.say("review", "fr", "oslo-adoption", "--seen", seen, "--who", "ada")
    stage.plan_slot(2)
    stage.work()
    (text,) = stage.posted()
    assert text.startswith(
        "La Convention a été adoptée à Oslo le 18 septembre 1997.\n\nSource : Observatoire"
    )

    stage.plan_slot(3)
    reword(stage.home, "a été adoptée", "fut adoptée")
    stage.work()
    assert stage.posted() == [text]
    sent, skipped = stage.deliveries()
    assert (sent.state, skipped.state) == (State.SENT, State.SKIPPED)
    assert skipped.reason == "nobody has reviewed this translation as it stands now"


def _status(stage: Stage) -> Any:
    """`bot status` exits with 1 while no worker is alive."""
    return json.loads(CliRunner().invoke(command, ["status", "--json"], env=stage.env).output)
