"""Gets each due delivery onto its network exactly once."""

from bot.delivery.courier import Courier
from bot.delivery.decisions import Go, Skip, Wait, after_error, at_the_gate

__all__ = ["Courier", "Go", "Skip", "Wait", "after_error", "at_the_gate"]
