"""A small campaign, planned for four days from a fixed moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.workspace import Workspace, open_workspace
from tests.world import CAMPAIGN, FACTS, NOW, write_campaign

ACCOUNTS = """
accounts:
  one: {network: file, options: {like: x}}
  two: {network: file}
"""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The campaign with its plan in a ledger of its own; posts on Mastodon ask for a second person."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    facts = FACTS.replace(
        "    as_of: 2025-12-01", "    conflicts: [parties-165]\n    as_of: 2025-12-01"
    ).replace("    as_of: 2025-06-16", "    conflicts: [casualties-2024]\n    as_of: 2025-06-16")
    campaign = CAMPAIGN + "cool_downs: {fact_days: 0, group_days: 0}\n"
    made = open_workspace(
        write_campaign(tmp_path / "campaign", accounts=ACCOUNTS, facts=facts, campaign=campaign)
    )
    made.store_plan(NOW, "test", 4)
    return made
