"""What was promised and what became of it: the only room that speaks SQL."""

from bot.ledger.database import migrate, open_ledger
from bot.ledger.ledger import Delivery, Ledger, Outcome, Post

__all__ = ["Delivery", "Ledger", "Outcome", "Post", "migrate", "open_ledger"]
