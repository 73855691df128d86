"""The people of the desk are tested on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from tests.ledger.conftest import ledger
from tests.people.quick import quick_hashes

__all__ = ["ledger", "quick_hashes"]
