"""Claims due deliveries, sends them, and records what the networks answered."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.baggage import Baggage
from bot.delivery.budgets import Rest, rest_of
from bot.delivery.connections import Connections
from bot.delivery.decisions import Skip, after_error, at_the_gate, telling_how_far
from bot.delivery.gate import Gate
from bot.delivery.looking_back import LookingBack
from bot.delivery.presence import Alone
from bot.delivery.stops import Stops
from bot.ledger import Claim, Delivery, Ledger, Outcome, Spent
from bot.library import Library
from bot.logs import get_logger
from bot.model import Account, Allowance, Dispatch, Misconfigured, State
from bot.networks import (
    BadCredentials,
    Connection,
    Doubtful,
    NetworkError,
    Passing,
    StaleUpload,
    budgets_of,
    network,
)
from bot.settings import Settings

RESPITE = timedelta(seconds=5)
GATHER_SECONDS = 0.01  # outcomes that land within it share a transaction

log = get_logger("bot.delivery")

Landed = SimpleQueue[tuple[Delivery, Outcome] | BaseException]


class Living(Protocol):
    """What a courier needs to know of who is alive; see bot.delivery.presence."""

    def is_fresh(self) -> bool:
        """Whether the others surely count on this worker still."""
        ...

    def dead(self) -> frozenset[str]:
        """The workers that hold deliveries and will not come back."""
        ...


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
    presence: Living = field(default_factory=Alone)
    is_stopping: Callable[[], bool] = lambda: False
    _stops: Stops = field(init=False)
    _eyes: LookingBack = field(init=False)
    _baggage: Baggage = field(init=False)
    _rests: dict[str, Rest] = field(default_factory=dict)  # found while the present deliveries are sent
    _unrecorded: list[Outcome] = field(default_factory=list)
    _told: SimpleQueue[tuple[str, tuple[Allowance, ...]]] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self._stops = Stops(self.ledger)
        self._baggage = Baggage(self.ledger, self.clock)
        self._eyes = LookingBack(self.settings, self.ledger, self.connections, self.clock, self.who)

    def renew(self, settings: Settings, library: Library) -> None:
        """Go on with files that were read again."""
        self.settings, self.library = settings, library
        self._eyes.settings = settings

    def tick(self) -> int:
        """Everything that is due now; how many deliveries changed."""
        self.tidy_up()
        changed = self.look_back()
        if not self.is_stopping():
            changed += self.open_gate()
            changed += self.send_due()
        return changed

    def tidy_up(self) -> None:
        """Finish what an outage of the database left: answers not written down, claims never heard of."""
        self._record([])
        self.ledger.doubt_abandoned({self.who}, self.clock(), self.who)

    def open_gate(self, only: Collection[str] | None = None) -> int:
        """Let deliveries whose moment has come pass, or skip them with the reason."""
        gate = Gate(self.settings, self.library, self.ledger, self._stops, self.who)
        return gate.open(self.clock(), only)

    def look_back(self) -> int:
        """Take over from workers that are dead, and look at the network for each delivery in doubt."""
        if dead := self.presence.dead():
            self.ledger.doubt_abandoned(dead, self.clock(), self.who)
            self.ledger.forget_workers(dead)
        looked = self._eyes.look()
        for delivery, outcome in looked:
            self._tell(delivery, outcome)
        return len(looked)

    # ── sending ──────────────────────────────────────────────────────────────────────────────

    def send_due(self, only: Collection[str] | None = None) -> int:
        """Claim, send and record until nothing is due; how many were claimed."""
        self._rests.clear()
        claimed = self._claim(self.in_flight, only)
        if not claimed:
            return 0
        landed: Landed = SimpleQueue()
        with ThreadPoolExecutor(self.in_flight, thread_name_prefix="send") as pool, ExitStack() as at_the_end:
            at_the_end.callback(self._keep_what_landed, landed)
            at_the_end.callback(pool.shutdown)
            return self._pump(claimed, only, pool, landed)

    def _pump(
        self,
        claimed: list[Delivery],
        only: Collection[str] | None,
        pool: ThreadPoolExecutor,
        landed: Landed,
    ) -> int:
        """Keep twice as many claimed as are in flight, so that no sender waits for the database or the gate."""
        flying = total = 0
        ready = 0  # as far as this worker knows, have passed the gate and wait for it
        more_at_gate = only is None
        while True:
            for delivery in claimed:
                pool.submit(self._fly, delivery, landed)
            flying += len(claimed)
            total += len(claimed)
            if flying:
                settled = _drain(landed, flying)
                flying -= len(settled)
                self._record([outcome for _, outcome in settled])
                for delivery, outcome in settled:
                    self._tell(delivery, outcome)
            elif not more_at_gate:
                return total
            room = 2 * self.in_flight - flying
            claimed = [] if self.is_stopping() else self._claim(room, only)
            ready -= len(claimed)
            more_at_gate = more_at_gate and not self.is_stopping()
            if more_at_gate and (ready < self.in_flight or len(claimed) < room):
                passed = self.open_gate()
                ready += passed
                more_at_gate = passed > 0

    def _keep_what_landed(self, landed: Landed) -> None:
        """Answers that came while the database was away wait for the next tick."""
        while not landed.empty():
            if not isinstance(what := landed.get(), BaseException):
                self._unrecorded.append(what[1])

    def _claim(self, limit: int, only: Collection[str] | None) -> list[Delivery]:
        now = self.clock()
        grace = timedelta(minutes=self.settings.campaign.grace_minutes)

        def rests(spent: Mapping[str, Spent]) -> Collection[str]:
            found = {rest.account_id: rest for rest in self._rests_of(spent, now)}
            self._rests.update(found)
            return found

        resting = [rest.account_id for rest in self._rests.values() if rest.until > now]
        claim = Claim(limit, now - grace, self._stops.standing(), resting, only, rests)
        return self.ledger.claim_due(self.who, now, claim)

    def rests(self, now: datetime) -> list[Rest]:
        """The accounts that have used up what they may do."""
        active = [account.id for account in self.settings.active_accounts()]
        return self._rests_of(self.ledger.spent(active, now), now)

    def _rests_of(self, spent: Mapping[str, Spent], now: datetime) -> list[Rest]:
        known = self.settings.accounts
        found = [
            rest_of(id_, budgets_of(known[id_]), of.sent, of.allowances, now)
            for id_, of in spent.items()
            if id_ in known
        ]
        return [rest for rest in found if rest is not None]

    def _record(self, outcomes: list[Outcome]) -> None:
        self._unrecorded += outcomes
        if self._unrecorded:
            self.ledger.record(State.SENDING, self._unrecorded, self.clock(), self.who)
            if any(outcome.pause_account for outcome in self._unrecorded):
                self._stops.read_anew()
            self._unrecorded.clear()
        told: dict[str, tuple[Allowance, ...]] = {}
        while not self._told.empty():
            account_id, allowances = self._told.get()
            told[account_id] = allowances
        self.ledger.remember_allowances(told, self.clock())

    def _fly(self, delivery: Delivery, landed: Landed) -> None:
        try:
            landed.put((delivery, self._send(delivery)))
        except BaseException as error:  # noqa: BLE001 - it is raised where the outcomes are counted
            landed.put(error)

    def _send(self, delivery: Delivery) -> Outcome:
        return self._last_look(delivery) or self._published(delivery)

    def _last_look(self, delivery: Delivery) -> Outcome | None:
        """What keeps a delivery back now that it is claimed; None lets the first byte leave."""
        now = self.clock()
        if self.is_stopping():
            return Outcome(delivery.id, State.DUE, "its worker stops before sending it")
        try:
            stopped_by = self._stops.stopping(delivery)
        except SQLAlchemyError as error:
            why = f"the database cannot be asked for pauses ({type(error).__name__})"
            return Outcome(delivery.id, State.DUE, why, not_before=now + RESPITE)
        if stopped_by is not None:
            return Outcome(delivery.id, State.DUE, f"{stopped_by.what} was paused before it was sent")
        decision = at_the_gate(delivery, self.settings, self.library, (), now)
        if isinstance(decision, Skip):
            return Outcome(delivery.id, State.SKIPPED, decision.why)
        if not self.presence.is_fresh():
            why = "its worker has lost touch with the others"
            return Outcome(delivery.id, State.DUE, why, not_before=now + RESPITE)
        return None

    def _published(self, delivery: Delivery) -> Outcome:
        account = self.settings.accounts.get(delivery.account_id)
        if account is None:
            why = "its account is no longer in config/accounts.yaml"
            return telling_how_far(Outcome(delivery.id, State.FAILED, why), delivery)
        try:
            return self._publish(delivery, account)
        except StaleUpload as error:
            self.ledger.forget_uploads(delivery.id)
            return self._after(error, delivery, account)
        except NetworkError as error:
            return self._after(error, delivery, account)
        except Misconfigured as error:
            return telling_how_far(Outcome(delivery.id, State.FAILED, str(error)), delivery)
        except Exception as error:
            log.exception("adapter failed", delivery=delivery.id, network=delivery.network)
            doubt = Doubtful(f"the {delivery.network} adapter failed with {type(error).__name__}")
            return self._after(doubt, delivery, account)

    def _after(self, error: NetworkError, delivery: Delivery, account: Account) -> Outcome:
        settle = network(delivery.network).settle_seconds(account)
        return after_error(error, delivery, settle, self.clock())

    def _publish(self, delivery: Delivery, account: Account) -> Outcome:
        connection = self.connections.take(account)
        with ExitStack() as on_the_way_out:
            on_the_way_out.callback(self.connections.give_back, account, connection)
            try:
                dispatch = self._packed(delivery, connection)
                # Uploading took a while: what was true before it may not be any more.
                is_illustrated = dispatch.attachments or dispatch.thumbnail
                if is_illustrated and (kept_back := self._last_look(delivery)) is not None:
                    return kept_back
                receipt = connection.publish(dispatch)
            except BadCredentials:
                on_the_way_out.pop_all()
                raise
            finally:
                if allowances := connection.allowances():
                    self._told.put((account.id, allowances))
        return Outcome(delivery.id, State.SENT, "the network accepted it", receipt)

    def _packed(self, delivery: Delivery, connection: Connection) -> Dispatch:
        """The delivery as its network takes it, with its pictures uploaded; nothing is posted by that."""
        assert delivery.first_sent_at is not None
        try:
            attachments, thumbnail = self._baggage.uploaded(delivery, connection)
        except Doubtful as error:
            raise Passing(str(error)) from error
        except SQLAlchemyError as error:
            raise Passing(f"the database cannot be asked for pictures ({type(error).__name__})") from error
        return Dispatch(
            delivery.id,
            delivery.account_id,
            delivery.message,
            delivery.first_sent_at,
            parts=delivery.parts,
            attachments=attachments,
            thumbnail=thumbnail,
            may_go_on=self.presence.is_fresh,
        )

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


def _drain(landed: Landed, flying: int) -> list[tuple[Delivery, Outcome]]:
    """What has landed, and what does so soon after the first. Raises what a sender raised, once the rest is kept."""
    taken = [landed.get()]
    if landed.qsize() < (flying - 1) // 4:
        time.sleep(GATHER_SECONDS)
    while not landed.empty():
        taken.append(landed.get())
    settled = [what for what in taken if not isinstance(what, BaseException)]
    for error in (what for what in taken if isinstance(what, BaseException)):
        for what in settled:
            landed.put(what)
        raise error
    return settled
