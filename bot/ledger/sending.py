"""Claims, outcomes and doubts: how a delivery passes from hand to hand, with an audit row for each change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from bot.ledger.looking import Looking
from bot.ledger.rows import Delivery, Outcome, audit_row
from bot.ledger.spending import Spent, spent_by
from bot.ledger.states import IN_FLIGHT, OPEN, check_move
from bot.ledger.tables import audit, deliveries, pauses, posts
from bot.ledger.wire import message_to_json
from bot.model import Message, Pause, Scope, State

# A clock that was ahead and was put right must not silence an account until its wrong time has come.
CLOCKS_DIFFER = timedelta(minutes=2)  # between workers that may send, at most; see bot.clocks
LONGEST_WAIT_FOR_A_LOOK = timedelta(minutes=40)  # longer than any that bot.delivery sets

_OUTCOME = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("of"))
    .values(
        state=bindparam("becomes"),
        reason=bindparam("why"),
        not_before=bindparam("wait_until"),
        remote_id=func.coalesce(bindparam("remote"), deliveries.c.remote_id),
        url=func.coalesce(bindparam("address"), deliveries.c.url),
        parts=func.coalesce(bindparam("out", type_=JSON(none_as_null=True)), deliveries.c.parts),
        worker=None,
    )
)
_EARLIER = deliveries.alias("earlier")
_IS_EARLIER = and_(
    _EARLIER.c.account_id == deliveries.c.account_id,
    _EARLIER.c.state.in_(IN_FLIGHT),
    _EARLIER.c.due_at <= deliveries.c.due_at,
    or_(
        _EARLIER.c.due_at < deliveries.c.due_at,
        and_(_EARLIER.c.due_at == deliveries.c.due_at, _EARLIER.c.id < deliveries.c.id),
    ),
)
_SAME_FOR_ALL = ("at", "who", "was", "became", "why")
_CHANGED_ALIKE = insert(audit).from_select(
    ["what", *_SAME_FOR_ALL],
    select(deliveries.c.id, *(bindparam(name, type_=audit.c[name].type) for name in _SAME_FOR_ALL)).where(
        deliveries.c.id.in_(bindparam("ids", expanding=True))
    ),
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a worker may take: how many, what is stopped, whose accounts rest, and how old may block.

    An earlier delivery of an account that is not settled blocks the later ones while it was due after
    `order_since` (UTC), so that one delivery in doubt does not silence its account for ever. `rests` is asked
    which of the accounts whose turn it would be have spent what they may do.
    """

    limit: int
    order_since: datetime
    stopped: Sequence[Pause] = ()
    resting: Collection[str] = ()
    only: Collection[str] | None = None
    rests: Callable[[Mapping[str, Spent]], Collection[str]] = lambda _: ()


class Sending(Looking):
    """What couriers ask and write."""

    def move(
        self, ids: Iterable[str], was: State, becomes: State, now: datetime, who: str, why: str
    ) -> list[str]:
        """Change the state of deliveries that still are what they were; the ids that changed."""
        check_move(was, becomes)
        with self.engine.begin() as connection:
            # Wrapped, so that SQLite looks by id, and not through every delivery of that state.
            state = func.coalesce(deliveries.c.state, "")
            condition = and_(deliveries.c.id.in_(list(ids)), state == was)
            statement = update(deliveries).where(condition).values(state=becomes, reason=why, worker=None)
            moved = list(connection.scalars(statement.returning(deliveries.c.id)))
            _write_down_alike(connection, moved, now, who, was, becomes, why)
            return moved

    def claim_due(self, worker: str, now: datetime, claim: Claim) -> list[Delivery]:
        """Take due deliveries for this worker: they are *sending* when this returns, before a byte leaves.

        One at a time per account, in the order in which they were due.
        """
        with self.engine.begin() as connection:
            ids = _lock_claimable(connection, claim, now)
            if not ids:
                return []
            taken = {"state": State.SENDING, "worker": worker, "last_sent_at": now, "not_before": None}
            connection.execute(
                update(deliveries)
                .where(deliveries.c.id.in_(ids))
                .values(
                    attempts=deliveries.c.attempts + 1,
                    first_sent_at=func.coalesce(deliveries.c.first_sent_at, now),
                    **taken,
                )
            )
            _write_down_alike(connection, ids, now, worker, State.DUE, State.SENDING, "claimed")
            return self._deliveries(connection, deliveries.c.id.in_(ids))

    def senders(self) -> set[str]:
        """The workers that hold a delivery: sending it, or looking for it."""
        held = deliveries.c.state.in_((State.SENDING, State.UNKNOWN))
        query = select(deliveries.c.worker).where(held, deliveries.c.worker.is_not(None)).distinct()
        with self._reading() as connection:
            return set(connection.scalars(query))

    def doubt_abandoned(self, dead: Collection[str], now: datetime, who: str) -> list[str]:
        """What workers that are dead were sending becomes *unknown*; what they were looking for is free again."""
        if not dead:
            return []
        with self.engine.begin() as connection:
            theirs = deliveries.c.worker.in_(list(dead))
            held = _lock(connection, and_(deliveries.c.state == State.SENDING, theirs), 10_000)
            ids = [id_ for id_, _ in held]
            why = "its worker stopped while sending"
            lost = {"state": State.UNKNOWN, "reason": why, "not_before": None, "worker": None}
            if ids:
                connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**lost))
            looked_for = and_(deliveries.c.state == State.UNKNOWN, theirs)
            connection.execute(update(deliveries).where(looked_for).values(worker=None))
            _write_down_alike(connection, ids, now, who, State.SENDING, State.UNKNOWN, why)
            return ids

    def claim_doubtful(self, worker: str, now: datetime, limit: int) -> list[Delivery]:
        """Take *unknown* deliveries whose time for a look has come; nobody else looks until this worker is done."""
        condition = and_(
            deliveries.c.state == State.UNKNOWN,
            or_(_its_time_has_come(now), deliveries.c.not_before > now + LONGEST_WAIT_FOR_A_LOOK),
            or_(deliveries.c.worker.is_(None), deliveries.c.worker == worker),
        )
        with self.engine.begin() as connection:
            ids = [id_ for id_, _ in _lock(connection, condition, limit)]
            if not ids:
                return []
            connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(worker=worker))
            return self._deliveries(connection, deliveries.c.id.in_(ids))

    def record(self, was: State, outcomes: Sequence[Outcome], now: datetime, who: str) -> None:
        """Write down what became of deliveries that this worker held.

        A worker that was given up changes nothing any more, but for one thing: a receipt is the network's
        own word, so a late one settles a delivery that nobody has sent again.
        """
        if not outcomes:
            return
        for outcome in outcomes:
            if outcome.becomes is not was:
                check_move(was, outcome.becomes)
        with self.engine.begin() as connection:
            held = _states_of(connection, [outcome.delivery_id for outcome in outcomes])
            counted = [(o, *held[o.delivery_id]) for o in outcomes if o.delivery_id in held]
            kept = [(o, state) for o, state, worker in counted if _counts(o, was, state, worker, who)]
            if kept:
                connection.execute(_OUTCOME, [_outcome_row(outcome) for outcome, _ in kept])
            alike: dict[tuple[State, State, str], list[str]] = defaultdict(list)
            for outcome, state in kept:
                alike[state, outcome.becomes, outcome.why].append(outcome.delivery_id)
            for change, ids in alike.items():
                _write_down_alike(connection, ids, now, who, *change)
            for outcome, _ in kept:
                if outcome.pause_account is not None:
                    _pause_account(connection, outcome, now, who)

    def bring_forward(
        self,
        slot_id: str,
        messages: Mapping[str, Message],
        now: datetime,
        day: date,
        who: str,
        override: str | None,
        version: int | None = None,
    ) -> list[str] | None:
        """Make a post due now, with these messages (by delivery id); the deliveries that will go out.

        None, and nothing changed, when the post is no longer at the `version` that was shown.
        """
        why = f"posted by hand, overriding the guard: {override}" if override else "posted by hand"
        with self.engine.begin() as connection:
            found = select(posts.c.id, posts.c.version).where(posts.c.slot_id == slot_id).with_for_update()
            post_id, stands = connection.execute(found).one()
            if version not in (None, stands):
                return None
            changes = {"touched": True, "due_at": now, "day": day, "override_reason": override}
            connection.execute(update(posts).where(posts.c.id == post_id).values(**changes))
            states = _states_of(connection, list(messages))
            moved = [id_ for id_ in messages if id_ in states and states[id_][0] in OPEN]
            for id_ in moved:
                values = {
                    "due_at": now, "message": message_to_json(messages[id_]), "state": State.APPROVED,
                }  # fmt: skip
                connection.execute(update(deliveries).where(deliveries.c.id == id_).values(**values))
            _write_down(
                connection, [audit_row(now, who, id_, states[id_][0], State.APPROVED, why) for id_ in moved]
            )
            return moved

    def try_again(self, ids: Iterable[str], now: datetime, who: str, why: str) -> list[str]:
        """Make *failed* deliveries due now, with their grace and attempts counted anew; the ids that changed."""
        with self.engine.begin() as connection:
            condition = and_(deliveries.c.id.in_(list(ids)), deliveries.c.state == State.FAILED)
            anew = {"state": State.DUE, "due_at": now, "attempts": 0, "not_before": None, "reason": why}
            statement = update(deliveries).where(condition).values(**anew).returning(deliveries.c.id)
            moved = list(connection.scalars(statement))
            _write_down_alike(connection, moved, now, who, State.FAILED, State.DUE, why)
            return moved

    def settle(self, id_: str, becomes: State, url: str | None, now: datetime, who: str, why: str) -> bool:
        """A person's word on a delivery that is *unknown*: it is on the network, or it is not. Whether it took."""
        check_move(State.UNKNOWN, becomes)
        with self.engine.begin() as connection:
            condition = and_(deliveries.c.id == id_, deliveries.c.state == State.UNKNOWN)
            word = {"state": becomes, "reason": why, "url": url, "worker": None}
            changed = connection.execute(update(deliveries).where(condition).values(**word)).rowcount
            if changed:
                _write_down(connection, [audit_row(now, who, id_, State.UNKNOWN, becomes, why)])
            return bool(changed)

    def missed(self, stopped: Pause, now: datetime) -> list[str]:
        """Planned, approved and due deliveries that a pause kept past their moment."""
        waiting = and_(
            deliveries.c.state.in_((*OPEN, State.DUE)),
            deliveries.c.due_at <= now,
            deliveries.c.due_at >= stopped.since,
            _covered_by(stopped),
        )
        with self._reading() as connection:
            return list(connection.scalars(select(deliveries.c.id).where(waiting)))

    def give_anew(self, ids: Collection[str], now: datetime, who: str, why: str) -> int:
        """Start the grace of deliveries that were missed anew, from now; how many."""
        with self.engine.begin() as connection:
            states = _states_of(connection, list(ids))
            fresh = [id_ for id_, (state, _) in states.items() if state in (*OPEN, State.DUE)]
            connection.execute(update(deliveries).where(deliveries.c.id.in_(fresh)).values(due_at=now))
            _write_down(
                connection, [audit_row(now, who, id_, states[id_][0], states[id_][0], why) for id_ in fresh]
            )
            return len(fresh)


def _claimable(claim: Claim, now: datetime) -> ColumnElement[bool]:
    its_turn = or_(_its_time_has_come(now), _set_by_a_clock_that_was_ahead(now))
    conditions = [deliveries.c.state == State.DUE, its_turn, ~_has_earlier(claim.order_since)]
    conditions += [~_covered_by(pause) for pause in claim.stopped]
    if claim.resting:
        conditions.append(deliveries.c.account_id.not_in(list(claim.resting)))
    if claim.only is not None:
        conditions.append(deliveries.c.id.in_(list(claim.only)))
    return and_(*conditions)


def _its_time_has_come(now: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)


def _set_by_a_clock_that_was_ahead(now: datetime) -> ColumnElement[bool]:
    """Whether a wait was counted from an attempt that lies in the future, and so ends nobody knows when."""
    return deliveries.c.last_sent_at > now + CLOCKS_DIFFER


def _has_earlier(since: datetime) -> ColumnElement[bool]:
    """Whether the account has an earlier delivery that is not settled yet."""
    return exists().where(_IS_EARLIER, _EARLIER.c.due_at > since)


def _covered_by(pause: Pause) -> ColumnElement[bool]:
    columns = {
        Scope.NETWORK: deliveries.c.network,
        Scope.ACCOUNT: deliveries.c.account_id,
        Scope.FACT: deliveries.c.fact_id,
    }
    covered: ColumnElement[bool] = (
        deliveries.c.id.is_not(None) if pause.scope is Scope.ALL else columns[pause.scope] == pause.name
    )
    return covered


def _lock_claimable(connection: Connection, claim: Claim, now: datetime) -> list[str]:
    """Deliveries to take, of accounts that do not rest."""
    resting = set(claim.resting)
    while True:
        found = _lock(connection, _claimable(replace(claim, resting=resting), now), claim.limit)
        accounts = {account_id for _, account_id in found}
        tired = set(claim.rests(spent_by(connection, accounts, now))) if found else set()
        if not tired:
            return [id_ for id_, _ in found]
        resting |= tired


def _lock(connection: Connection, condition: ColumnElement[bool], limit: int) -> list[tuple[str, str]]:
    """Deliveries that meet a condition, oldest first, and their accounts; those that others hold are passed over."""
    query = (
        select(deliveries.c.id, deliveries.c.account_id)
        .where(condition)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=deliveries)
    )
    return [(id_, account_id) for id_, account_id in connection.execute(query)]


def _states_of(connection: Connection, ids: list[str]) -> dict[str, tuple[State, str | None]]:
    """State and worker of each delivery, locked until the transaction ends."""
    query = select(deliveries.c.id, deliveries.c.state, deliveries.c.worker).where(deliveries.c.id.in_(ids))
    rows = connection.execute(query.order_by(deliveries.c.id).with_for_update())
    return {id_: (State(state), worker) for id_, state, worker in rows}


def _counts(outcome: Outcome, was: State, state: State, worker: str | None, who: str) -> bool:
    if state is was and worker == who:
        return True
    return outcome.receipt is not None and state in (State.UNKNOWN, State.DUE)


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    return {
        "of": outcome.delivery_id,
        "becomes": outcome.becomes,
        "why": outcome.why,
        "wait_until": outcome.not_before,
        "remote": outcome.receipt.remote_id if outcome.receipt else None,
        "address": outcome.receipt.url if outcome.receipt else None,
        "out": _parts_of(outcome),
    }


def _parts_of(outcome: Outcome) -> list[str] | None:
    if outcome.receipt is not None and outcome.receipt.parts:
        return list(outcome.receipt.parts)
    return None if outcome.parts is None else list(outcome.parts)


def _pause_account(connection: Connection, outcome: Outcome, now: datetime, who: str) -> None:
    of_delivery = select(deliveries.c.account_id).where(deliveries.c.id == outcome.delivery_id)
    account_id = connection.scalars(of_delivery).one()
    stands = and_(pauses.c.scope == Scope.ACCOUNT, pauses.c.name == account_id, pauses.c.ended_at.is_(None))
    if connection.scalar(select(pauses.c.id).where(stands)) is None:
        row = {
            "scope": Scope.ACCOUNT,
            "name": account_id,
            "who": who,
            "why": outcome.pause_account,
            "since": now,
        }
        connection.execute(insert(pauses), row)
        why = outcome.pause_account
        _write_down(connection, [audit_row(now, who, f"account {account_id}", None, "paused", why)])


def _write_down(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(audit), rows)


def _write_down_alike(
    connection: Connection, ids: list[str], at: datetime, who: str, was: State, became: State, why: str
) -> None:
    """An audit row for each of many deliveries that changed alike, in one statement."""
    if ids:
        values = {"ids": ids, "at": at, "who": who, "was": was, "became": became, "why": why}
        connection.execute(_CHANGED_ALIKE, values)
