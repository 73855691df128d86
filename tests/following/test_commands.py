"""`bot withdrawn` and `bot correct`, through the real command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import steering
from bot.withdrawn import withdrawn
from tests.acceptance.worker import bot, environment
from tests.following.conftest import Campaign

LINE = 'correction: "On {{ on }} we said {{ was }}; it is {{ now }}."\n'


def test_withdrawn_posts_are_listed_left_with_a_reason_and_corrected(
    campaign: Campaign, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    wrong = campaign.out("one", "casualties-2024", now - timedelta(hours=1))
    other = campaign.out("one", "casualties-2024", now - timedelta(hours=2))
    steering.hold(campaign.space, "casualties-2024", "ada", "the figure is in doubt", now)
    style = campaign.home / "messages/style/en.yaml"
    style.write_text(style.read_text() + LINE)
    env = environment(campaign.home, f"sqlite:///{tmp_path / 'bot.db'}", {})

    said = bot("withdrawn", env=env)
    assert said.returncode == 0, said.stderr
    assert wrong.id in said.stdout
    assert "casualties-2024 is on hold: the figure is in doubt (ada)" in said.stdout
    assert "2 posts are withdrawn and out." in said.stdout
    status = bot("status", env=env).stdout
    assert "Out, but withdrawn" in status
    assert "2 about casualties-2024 is on hold" in status

    left = bot("withdrawn", "--leave", other.id, "--why", "nobody reads it", "--json", env=env)
    (entry,) = json.loads(left.stdout)
    assert (entry["delivery"], entry["because"], entry["deleted_by_worker"]) == (wrong.id, "hold", False)

    dry = bot("correct", wrong.id, "--dry-run", env=env)
    assert dry.returncode == 1
    assert "we said […]; it is at least 6,279." in dry.stdout
    assert "Against it: Write what is to stand in place of […]." in dry.stdout
    assert "is on hold" in dry.stdout, "the guard is asked, as for every post"
    right = ("--fact", "oslo-adoption", "--who", "ada", "--text", "Oslo was the place.")
    done = bot("correct", wrong.id, *right, "--json", env=env)
    planned = json.loads(done.stdout)
    assert wrong.url in planned["text"]
    assert campaign.space.ledger.history_of(wrong.id)[-1]["who"] == "ada (bot correct)"
    assert campaign.space.ledger.history_of(planned["delivery"])[0]["who"] == "ada (bot correct)"
    assert withdrawn(campaign.read(), now) == []
