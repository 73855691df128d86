"""The ledger of one database: every question and change the rest of the bot has for it, named by its intent.

A change of state and its audit row are one transaction; `WHERE state = …` makes sure that of two
workers only one makes it.
"""

from __future__ import annotations

from bot.ledger.acts import Acts
from bot.ledger.editing import Editing
from bot.ledger.feeds import Feeds
from bot.ledger.following import Following
from bot.ledger.history import History
from bot.ledger.keeping import Keeping
from bot.ledger.responding import Responding
from bot.ledger.reviewing import Reviewing
from bot.ledger.sending import Sending
from bot.ledger.standing import Standing
from bot.ledger.steering import Steering


class Ledger(
    Editing, Sending, Steering, Standing, Keeping, Reviewing, Responding, Following, Feeds, History, Acts
):
    """All of it behind one name; each part has its file."""
