"""Every ledger test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ledger import Ledger, open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """A new, migrated ledger."""
    if request.param == "sqlite":
        return open_ledger(f"sqlite:///{tmp_path / 'a folder' / 'bot.db'}")
    return open_ledger(request.getfixturevalue("postgres_url"))
