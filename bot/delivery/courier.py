"""Claims due deliveries, sends them, records what the networks answered, and looks back when in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog

from bot.delivery.decisions import Go, Skip, after_error, at_the_gate, believable_after, wait_before_retry
from bot.ledger import Delivery, Ledger, Outcome
from bot.library import Library, Told
from bot.model import Account, Dispatch, Misconfigured, State
from bot.networks import (
    BadCredentials,
    Connection,
    Doubtful,
    NetworkError,
    Passing,
    connect,
    network,
)
from bot.settings import Settings

LEASE = timedelta(minutes=5)
LOOK_BACK = timedelta(days=2)

log = structlog.get_logger("bot.delivery")


@dataclass(slots=True)
class Connections:
    """Live logins, kept between deliveries; each is used by one thread at a time."""

    connect: Callable[[Account], Connection] = connect
    _idle: dict[str, SimpleQueue[Connection]] = field(default_factory=dict)

    def take(self, account: Account) -> Connection:
        """An idle login of the account, or a new one. Raises NetworkError."""
        try:
            return self._idle.setdefault(account.id, SimpleQueue()).get_nowait()
        except Empty:
            return self.connect(account)

    def give_back(self, account: Account, connection: Connection) -> None:
        """Keep a login that works for the next delivery."""
        self._idle[account.id].put(connection)


@dataclass(slots=True)
class Courier:
    """One worker's hands. `who` names it in the audit log; `clock` gives the present moment in UTC."""

    settings: Settings
    library: Library
    ledger: Ledger
    clock: Callable[[], datetime]
    who: str
    in_flight: int = 8
    connections: Connections = field(default_factory=Connections)

    def tick(self) -> int:
        """Everything that is due now; how many deliveries changed."""
        return self.open_gate() + self.look_back() + self.send_due()

    def open_gate(self, only: Sequence[str] | None = None) -> int:
        """Let deliveries whose moment has come pass, or skip them with the reason."""
        now = self.clock()
        waiting = [d for d in self.ledger.waiting_at_gate(now) if only is None or d.id in only]
        if not waiting:
            return 0
        told = self._recently_told(now)
        changed = 0
        for delivery in waiting:
            others = [t for t in told if t.fact_id != delivery.message.fact_id]
            decision = at_the_gate(delivery, self.settings, self.library, others, now)
            if isinstance(decision, Go):
                changed += len(
                    self.ledger.move(
                        [delivery.id], delivery.state, State.DUE, now, self.who, "its moment has come"
                    )
                )
                told.append(Told(delivery.message.fact_id, self.settings.day_of(now)))
            elif isinstance(decision, Skip):
                changed += len(
                    self.ledger.move(
                        [delivery.id], delivery.state, State.SKIPPED, now, self.who, decision.why
                    )
                )
                log.warning(
                    "skipped",
                    delivery=delivery.id,
                    slot=delivery.slot_id,
                    account=delivery.account_id,
                    why=decision.why,
                )
        return changed

    def _recently_told(self, now: datetime) -> list[Told]:
        days = self.settings.campaign.cool_downs.conflict_days
        tellings = self.ledger.tellings(now - timedelta(days=days + 1), start=now - timedelta(days=3650))
        sent = [t for t in tellings if t.at <= now]
        return [Told(t.fact_id, t.day) for t in sent]

    def send_due(self, only: Sequence[str] | None = None) -> int:
        """Claim, send and record until nothing is due; how many were sent or failed."""
        done = 0
        with ThreadPoolExecutor(self.in_flight, thread_name_prefix="send") as pool:
            while claimed := self.ledger.claim_due(self.who, self.clock(), self.in_flight, LEASE, only):
                outcomes = list(pool.map(self._send, claimed))
                self.ledger.record(State.SENDING, outcomes, self.clock(), self.who)
                done += len(outcomes)
        return done

    def _send(self, delivery: Delivery) -> Outcome:
        account = self.settings.accounts.get(delivery.account_id)
        try:
            if account is None:
                raise BadCredentials(f"there is no account {delivery.account_id} in config/accounts.yaml")
            outcome = self._publish(delivery, account)
        except NetworkError as error:
            outcome = after_error(error, delivery, self._settle_seconds(delivery), self.clock())
        except Misconfigured as error:
            outcome = Outcome(delivery.id, State.FAILED, str(error))
        except Exception as error:
            log.exception("adapter failed", delivery=delivery.id, network=delivery.network)
            doubt = Doubtful(f"the {delivery.network} adapter failed with {type(error).__name__}")
            outcome = after_error(doubt, delivery, self._settle_seconds(delivery), self.clock())
        self._tell(delivery, outcome)
        return outcome

    def _publish(self, delivery: Delivery, account: Account) -> Outcome:
        connection = self.connections.take(account)
        with ExitStack() as on_success:
            on_success.callback(self.connections.give_back, account, connection)
            try:
                receipt = connection.publish(self._dispatch(delivery))
            except BadCredentials:
                on_success.pop_all()
                raise
        return Outcome(delivery.id, State.SENT, "the network accepted it", receipt)

    def _dispatch(self, delivery: Delivery) -> Dispatch:
        assert delivery.first_sent_at is not None
        return Dispatch(delivery.id, delivery.account_id, delivery.message, delivery.first_sent_at)

    def _settle_seconds(self, delivery: Delivery) -> float:
        return network(delivery.network).settle_seconds

    def look_back(self) -> int:
        """Look at the network for each delivery in doubt: found is *sent*, certainly absent is *due* again."""
        now = self.clock()
        self.ledger.doubt_abandoned(now, self.who)
        doubtful = self.ledger.claim_doubtful(self.who, now, 100, LEASE)
        outcomes = [self._look(delivery) for delivery in doubtful]
        if outcomes:
            self.ledger.record(State.UNKNOWN, outcomes, self.clock(), self.who)
        return len(outcomes)

    def _look(self, delivery: Delivery) -> Outcome:
        now = self.clock()
        believable = believable_after(delivery, self._settle_seconds(delivery))
        if believable is not None and now < believable:
            return Outcome(delivery.id, State.UNKNOWN, "too early to be sure", not_before=believable)
        account = self.settings.accounts.get(delivery.account_id)
        if account is None or delivery.first_sent_at is None:
            return Outcome(
                delivery.id, State.UNKNOWN, "its account is gone; a person must look", not_before=now + LEASE
            )
        try:
            outcome = self._find(delivery, account, delivery.first_sent_at, now)
        except NetworkError as error:
            wait = wait_before_retry(delivery, error.retry_after if isinstance(error, Passing) else None)
            outcome = Outcome(delivery.id, State.UNKNOWN, f"could not look: {error}", not_before=now + wait)
        except Exception as error:
            log.exception("look failed", delivery=delivery.id, network=delivery.network)
            outcome = Outcome(
                delivery.id, State.UNKNOWN, f"could not look: {type(error).__name__}", not_before=now + LEASE
            )
        self._tell(delivery, outcome)
        return outcome

    def _find(self, delivery: Delivery, account: Account, first_sent_at: datetime, now: datetime) -> Outcome:
        known = self.ledger.known_remote_ids(delivery.account_id, first_sent_at - LOOK_BACK)
        dispatch = Dispatch(delivery.id, delivery.account_id, delivery.message, first_sent_at, known)
        connection = self.connections.take(account)
        receipt = connection.find(dispatch)
        self.connections.give_back(account, connection)
        if receipt is not None:
            return Outcome(delivery.id, State.SENT, "found on the network", receipt)
        if self._is_too_late(delivery, now):
            return Outcome(delivery.id, State.FAILED, "it is not on the network, and its grace is over")
        return Outcome(delivery.id, State.DUE, "it is not on the network; it goes out again")

    def _is_too_late(self, delivery: Delivery, now: datetime) -> bool:
        return now - delivery.due_at > timedelta(minutes=self.settings.campaign.grace_minutes)

    def _tell(self, delivery: Delivery, outcome: Outcome) -> None:
        level = log.info if outcome.becomes is State.SENT else log.warning
        facts: Mapping[str, object] = {
            "delivery": delivery.id,
            "slot": delivery.slot_id,
            "account": delivery.account_id,
            "state": outcome.becomes.value,
            "why": outcome.why,
            "url": outcome.receipt.url if outcome.receipt else None,
        }
        level("delivery", **{name: value for name, value in facts.items() if value is not None})
