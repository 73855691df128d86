"""What was promised and what became of it: the only room that speaks SQL."""

from bot.ledger.acts import About, Act, WantedActs
from bot.ledger.database import migrate, open_ledger
from bot.ledger.following import LONGEST_WAIT
from bot.ledger.history import Cursor, Entry, Wanted
from bot.ledger.keeping import Media
from bot.ledger.ledger import Ledger
from bot.ledger.responding import ASK_AFTER, ASK_UNTIL, Answered, Measured, ToAsk
from bot.ledger.rows import (
    Alert,
    Confirmation,
    Delivery,
    FollowUp,
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
    "ASK_AFTER",
    "ASK_UNTIL",
    "IN_FLIGHT",
    "LONGEST_WAIT",
    "OPEN",
    "About",
    "Act",
    "Alert",
    "Answered",
    "Claim",
    "Confirmation",
    "Cursor",
    "Delivery",
    "Entry",
    "FollowUp",
    "Ledger",
    "Measured",
    "Media",
    "Outcome",
    "Post",
    "Review",
    "Spent",
    "ToAsk",
    "Wanted",
    "WantedActs",
    "WorkerRow",
    "delivery_id",
    "migrate",
    "open_ledger",
    "take_seat",
]
