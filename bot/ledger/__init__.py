"""What was promised and what became of it: the only room that speaks SQL."""

from bot.ledger.acts import About, Act, WantedActs
from bot.ledger.database import migrate, open_ledger
from bot.ledger.history import Cursor, Entry, Wanted
from bot.ledger.keeping import Media
from bot.ledger.ledger import Ledger
from bot.ledger.rows import (
    Alert,
    Confirmation,
    Delivery,
    Outcome,
    Post,
    Review,
    WorkerRow,
    delivery_id,
)
from bot.ledger.seat import take_seat
from bot.ledger.sending import Claim
from bot.ledger.spending import Spent
from bot.ledger.states import IN_FLIGHT, OPEN

__all__ = [
    "IN_FLIGHT",
    "OPEN",
    "About",
    "Act",
    "Alert",
    "Claim",
    "Confirmation",
    "Cursor",
    "Delivery",
    "Entry",
    "Ledger",
    "Media",
    "Outcome",
    "Post",
    "Review",
    "Spent",
    "Wanted",
    "WantedActs",
    "WorkerRow",
    "delivery_id",
    "migrate",
    "open_ledger",
    "take_seat",
]
