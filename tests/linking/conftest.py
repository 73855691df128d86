"""A site, and looking things up on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.linking.site import Site, site


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as running:
        yield running
