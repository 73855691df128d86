"""A small campaign with translations that nobody has reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.workspace import Workspace, open_workspace
from tests.translated import translate
from tests.world import write_campaign

ACCOUNTS = """
accounts:
  one: {network: file, options: {like: x}}
  two: {network: file, language: fr, options: {like: bluesky}}
"""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The campaign, with an account in English and one in French."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    return open_workspace(translate(write_campaign(tmp_path / "campaign", accounts=ACCOUNTS)))


def again(space: Workspace) -> Workspace:
    """The campaign as its files stand now, with what was said of it."""
    return open_workspace(space.home, space.ledger)
