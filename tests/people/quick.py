"""Passwords hashed by rules that cost next to nothing, so that a test may sign in a hundred times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from bot import people


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cheapest Argon2 there is, unless the test says `real_hashes`."""
    if request.node.get_closest_marker("real_hashes") is None:
        hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(people, "_hasher", lambda: hasher)
    yield
