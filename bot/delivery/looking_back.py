"""Looks at the network for each delivery in doubt: found is *sent*, certainly absent is *due* again."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery.connections import Connections
from bot.delivery.decisions import believable_after, found, telling_how_far, wait_before_retry
from bot.ledger import Delivery, Ledger, Outcome
from bot.logs import get_logger
from bot.model import Account, Dispatch, State
from bot.networks import NetworkError, Passing, network
from bot.settings import Settings

BATCH, AT_ONCE = 100, 8
KNOWN_SINCE = timedelta(days=4)
NOBODY_CAN_LOOK = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=30)

log = get_logger("bot.delivery")


@dataclass(slots=True)
class LookingBack:
    """One worker's eyes."""

    settings: Settings
    ledger: Ledger
    connections: Connections
    clock: Callable[[], datetime]
    who: str
    born: float = field(default_factory=time.monotonic)
    _first_seen: dict[str, float] = field(default_factory=dict)

    def look(self) -> list[tuple[Delivery, Outcome]]:
        """Look for every delivery whose time for a look has come, and write down what was found."""
        doubtful = self.ledger.claim_doubtful(self.who, self.clock(), BATCH)
        if not doubtful:
            return []
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look") as pool:
            outcomes = list(map(telling_how_far, pool.map(self._look, doubtful), doubtful))
        self.ledger.record(State.UNKNOWN, outcomes, self.clock(), self.who)
        return list(zip(doubtful, outcomes, strict=True))

    def _look(self, delivery: Delivery) -> Outcome:
        now = self.clock()
        account = self.settings.accounts.get(delivery.account_id)
        if account is None or delivery.first_sent_at is None:
            why = "its account is gone; a person must look"
            return Outcome(delivery.id, State.UNKNOWN, why, not_before=now + NOBODY_CAN_LOOK)
        settle = network(delivery.network).settle_seconds(account)
        if (believable := self._believable_after(delivery, settle, now)) is not None:
            return Outcome(delivery.id, State.UNKNOWN, "too early to be sure", not_before=believable)
        try:
            return self._find(delivery, account, delivery.first_sent_at, now)
        except NetworkError as error:
            wait = wait_before_retry(delivery, error.retry_after if isinstance(error, Passing) else None)
            return Outcome(
                delivery.id,
                State.UNKNOWN,
                f"could not look: {error}",
                not_before=now + min(wait, LONGEST_WAIT),
            )
        except Exception as error:
            log.exception("look failed", delivery=delivery.id, network=delivery.network)
            why = f"could not look: {type(error).__name__}"
            return Outcome(delivery.id, State.UNKNOWN, why, not_before=now + NOBODY_CAN_LOOK)

    def _believable_after(self, delivery: Delivery, settle: float, now: datetime) -> datetime | None:
        """A worker that has just begun waits by its own clock too: the wall clock may have been moved meanwhile.

        Where the attempt lies in the future, it waits from when it first saw the doubt.
        """
        since = self.born
        if delivery.last_sent_at is not None and delivery.last_sent_at > now:
            since = self._first_seen.setdefault(delivery.id, time.monotonic())
        patience = timedelta(seconds=settle - (time.monotonic() - since))
        patient_until = now + patience if patience > timedelta() else None
        known = [m for m in (believable_after(delivery, settle, now), patient_until) if m is not None]
        return max(known, default=None)

    def _find(self, delivery: Delivery, account: Account, first_sent_at: datetime, now: datetime) -> Outcome:
        known = self.ledger.known_remote_ids(delivery.account_id, first_sent_at - KNOWN_SINCE)
        dispatch = Dispatch(
            delivery.id, delivery.account_id, delivery.message, first_sent_at, known, delivery.parts
        )
        connection = self.connections.take(account)
        receipt = connection.find(dispatch)
        self.connections.give_back(account, connection)
        grace = timedelta(minutes=self.settings.campaign.grace_minutes)
        return found(delivery, receipt, now, grace)
