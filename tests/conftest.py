"""Real servers as fixtures: each starts when the first test asks for it, and stops with the session.

Where a server is not installed, the test is skipped; in CI (CI=true) it fails: no gap goes unseen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.servers import require
from tests.servers.bluesky import BlueskyAccount, BlueskyServer
from tests.servers.bluesky import bluesky_server as run_bluesky
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.servers.mastodon import mastodon_server as run_mastodon
from tests.servers.postgres import PostgresServer
from tests.servers.postgres import postgres_server as run_postgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def bluesky_server() -> Iterator[BlueskyServer]:
    """A Bluesky PDS, shared by all tests."""
    require("bluesky")
    with run_bluesky() as server:
        yield server


@pytest.fixture(scope="session")
def mastodon_server() -> Iterator[MastodonServer]:
    """A server with Mastodon's API, shared by all tests."""
    require("mastodon")
    with run_mastodon() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server, shared by all tests."""
    require("postgres")
    with run_postgres() as server:
        yield server


@pytest.fixture
def bluesky_account(bluesky_server: BlueskyServer) -> BlueskyAccount:
    """A new Bluesky account for this test alone."""
    return bluesky_server.create_account(f"tester{next(_numbers)}")


@pytest.fixture
def mastodon_account(mastodon_server: MastodonServer) -> MastodonAccount:
    """A new Mastodon account for this test alone."""
    return mastodon_server.create_account(f"tester{next(_numbers)}")


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The SQLAlchemy URL of a new, empty database for this test alone."""
    return postgres.fresh_database()
