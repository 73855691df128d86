"""Gets each due delivery onto its network exactly once."""

from bot.delivery.baggage import Baggage
from bot.delivery.budgets import Rest, rest_of
from bot.delivery.connections import Connections
from bot.delivery.courier import Courier
from bot.delivery.decisions import Go, Skip, Wait, after_error, at_the_gate
from bot.delivery.presence import LEASE_SECONDS, Alone, Presence, Watch, lease_seconds

__all__ = [
    "LEASE_SECONDS",
    "Alone",
    "Baggage",
    "Connections",
    "Courier",
    "Go",
    "Presence",
    "Rest",
    "Skip",
    "Wait",
    "Watch",
    "after_error",
    "at_the_gate",
    "lease_seconds",
    "rest_of",
]
