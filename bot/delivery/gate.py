"""Lets deliveries whose moment has come pass, or skips them with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.decisions import Go, Skip, at_the_gate
from bot.delivery.stops import Stops
from bot.ledger import Delivery, Ledger
from bot.library import Library, Told
from bot.logs import get_logger
from bot.model import State
from bot.settings import Settings

BATCH = 100  # so that those who send do not wait long for the gate

log = get_logger("bot.delivery")


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one worker. `who` stands in the audit log."""

    settings: Settings
    library: Library
    ledger: Ledger
    stops: Stops
    who: str

    def open(self, now: datetime, only: Collection[str] | None = None) -> int:
        """Let what may go pass, and skip what may not any more; how many deliveries changed."""
        waiting = self.ledger.waiting_at_gate(now, BATCH if only is None else None)
        waiting = [delivery for delivery in waiting if only is None or delivery.id in only]
        moves = self._decide(waiting, now) if waiting else {}
        changed = 0
        for (was, becomes, why), ids in moves.items():
            changed += len(self.ledger.move(ids, was, becomes, now, self.who, why))
        return changed + self._skip_what_waited_too_long(now)

    def _decide(self, waiting: list[Delivery], now: datetime) -> dict[tuple[State, State, str], list[str]]:
        told = self._recently_told(now)
        moves: dict[tuple[State, State, str], list[str]] = defaultdict(list)
        for delivery in waiting:
            fact = delivery.message.fact_id
            others = [t for t in told if t.fact_id != fact]
            stopped_by = self.stops.stopping(delivery)
            decision = at_the_gate(delivery, self.settings, self.library, others, now, stopped_by)
            if isinstance(decision, Go):
                moves[delivery.state, State.DUE, "its moment has come"].append(delivery.id)
                told.add(Told(fact, self.settings.day_of(now)))
            elif isinstance(decision, Skip):
                moves[delivery.state, State.SKIPPED, decision.why].append(delivery.id)
                self._say(delivery, decision)
        return moves

    def _recently_told(self, now: datetime) -> set[Told]:
        days = timedelta(days=self.settings.campaign.cool_downs.conflict_days + 1)
        return {Told(fact_id, day) for fact_id, day in self.ledger.told_days(now - days, now)}

    def _skip_what_waited_too_long(self, now: datetime) -> int:
        """Due deliveries that nobody could send within their grace: no flood when the way is free again."""
        grace = timedelta(minutes=self.settings.campaign.grace_minutes)
        changed = 0
        for delivery in self.ledger.due_before(now - grace):
            stopped_by = self.stops.stopping(delivery)
            decision = at_the_gate(delivery, self.settings, self.library, (), now, stopped_by)
            if isinstance(decision, Skip):
                moved = self.ledger.move([delivery.id], State.DUE, State.SKIPPED, now, self.who, decision.why)
                changed += len(moved)
                self._say(delivery, decision)
        return changed

    def _say(self, delivery: Delivery, decision: Skip) -> None:
        log.warning(
            "skipped",
            delivery=delivery.id,
            slot=delivery.slot_id,
            account=delivery.account_id,
            why=decision.why,
        )
