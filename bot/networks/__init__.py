"""The networks the bot speaks to: one file each, found by name; third parties add theirs by entry point.

A file whose name begins with an underscore is a part of the network it is named after.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from bot.model import Account, Misconfigured
from bot.networks.base import (
    BadCredentials,
    Check,
    Connection,
    Doubtful,
    Illustrating,
    Introducing,
    Measuring,
    Network,
    NetworkError,
    Passing,
    Refused,
    StaleUpload,
)

__all__ = [
    "BadCredentials",
    "Check",
    "Connection",
    "Doubtful",
    "Illustrating",
    "Introducing",
    "Measuring",
    "Network",
    "NetworkError",
    "Passing",
    "Refused",
    "StaleUpload",
    "budgets_of",
    "connect",
    "names",
    "network",
    "secrets_of",
]

ENTRY_POINTS = "bot.networks"
_SHARED = {"base", "transport"}


def names() -> list[str]:
    """Every network that can be configured: those of this folder and those of installed packages."""
    files = {module.name for module in pkgutil.iter_modules(__path__)} - _SHARED
    ours = {name for name in files if not name.startswith("_")}
    return sorted(ours | {e.name for e in entry_points(group=ENTRY_POINTS)})


@cache
def network(name: str) -> Network:
    """The network of this name; its heavy packages are imported only when it connects.

    Raises Misconfigured for a name nobody offers.
    """
    for entry in entry_points(group=ENTRY_POINTS, name=name):
        offered: Network = entry.load()
        return offered
    if name not in names():
        raise Misconfigured(f"There is no network called {name!r}. Known: {', '.join(names())}.")
    found: Network = importlib.import_module(f"{__name__}.{name}").NETWORK
    return found


def secrets_of(account: Account, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The account's secrets from the environment, by suffix. Raises BadCredentials naming what is missing."""
    wanted = {suffix: account.env_name(suffix) for suffix in network(account.network).secrets}
    missing = [name for name in wanted.values() if not environ.get(name, "").strip()]
    if missing:
        raise BadCredentials(f"{account.id}: set {', '.join(missing)} in the environment (see .env.example).")
    return {suffix: environ[name].strip() for suffix, name in wanted.items()}


def connect(account: Account) -> Connection:
    """A live connection for an account. Raises BadCredentials or Passing."""
    return network(account.network).connect(account, secrets_of(account))


def budgets_of(account: Account) -> dict[str, int]:
    """The most posts per span: the network's documented limits, and the account's own where it names them."""
    return {**network(account.network).budgets, **account.budgets}
