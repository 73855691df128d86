"""Fixtures for tests that post to X: `from tests.xfake.fixtures import x_account, x_server`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.xfake.oauth import XAccount
from tests.xfake.server import XServer


@pytest.fixture
def x_server() -> Iterator[XServer]:
    """A fake X; the test fails when anything said to it, or by it, is not as X describes its API."""
    with XServer() as server:
        yield server
    assert not server.violations, "\n".join(server.violations)


@pytest.fixture
def x_account(x_server: XServer) -> XAccount:
    """An account on the fake X."""
    return x_server.create_account("facts")
