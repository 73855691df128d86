"""Every question and every change the rest of the bot has for the database, each named by its intent.

A change of state and its audit row are one transaction; `WHERE state = …` makes sure that of two
workers only one makes it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, and_, delete, insert, or_, select, text, update
from sqlalchemy.exc import OperationalError

from bot.ledger.states import OPEN, TOLD, check_move
from bot.ledger.tables import account_rules, audit, deliveries, posts
from bot.ledger.wire import message_from_json, message_to_json, rules_from_json, rules_to_json
from bot.model import Message, Misconfigured, PlannedPost, Receipt, Rules, State, Telling

_NAMESPACE = uuid.UUID("6d1f8f0e-4b1d-4f0c-9d6e-3d0b6f0c2a11")
_PLAN_LOCK = 7219401


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post to one account, as the ledger remembers it. Moments are UTC."""

    id: str
    post_id: int
    slot_id: str
    account_id: str
    network: str
    template_id: str
    message: Message
    state: State
    due_at: datetime
    attempts: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    url: str | None = None
    reason: str | None = None
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """What is planned for a slot, with its deliveries."""

    id: int
    slot_id: str
    slot_name: str
    due_at: datetime
    day: date
    fact_id: str | None
    fact_version: str | None
    observance_id: str | None
    skip_reason: str | None
    touched: bool
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: its new state, why, and what the network answered."""

    delivery_id: str
    becomes: State
    why: str
    receipt: Receipt | None = None
    not_before: datetime | None = None


def delivery_id(slot_id: str, account_id: str) -> str:
    """The same for every planner, so that two of them cannot plan one delivery twice."""
    return str(uuid.uuid5(_NAMESPACE, f"{slot_id}\0{account_id}"))


class Ledger:
    """The ledger of one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # ── planning ─────────────────────────────────────────────────────────────────────────────

    def fixed_slots(self, start: datetime, end: datetime) -> frozenset[str]:
        """Slots from start to end that a replan must leave alone: touched by a person, or under way."""
        under_way = select(deliveries.c.post_id).where(deliveries.c.state != State.PLANNED)
        query = select(posts.c.slot_id).where(
            posts.c.due_at >= start, posts.c.due_at < end, or_(posts.c.touched, posts.c.id.in_(under_way))
        )
        with self.engine.connect() as connection:
            return frozenset(connection.scalars(query))

    def tellings(self, since: datetime, start: datetime) -> list[Telling]:
        """What was told since a moment, or is fixed to be: all but what a replan from `start` may change."""
        fixed = or_(posts.c.touched, deliveries.c.state != State.PLANNED, posts.c.due_at < start)
        query = (
            select(
                posts.c.fact_id,
                deliveries.c.template_id,
                deliveries.c.account_id,
                deliveries.c.due_at,
                posts.c.day,
            )
            .join(posts, posts.c.id == deliveries.c.post_id)
            .where(posts.c.due_at >= since, deliveries.c.state.in_(TOLD), fixed, posts.c.fact_id.is_not(None))
            .order_by(deliveries.c.due_at)
        )
        with self.engine.connect() as connection:
            return [Telling(*row) for row in connection.execute(query)]

    def store_plan(
        self,
        planned: Sequence[PlannedPost],
        networks: Mapping[str, str],
        start: datetime,
        end: datetime,
        now: datetime,
        who: str,
    ) -> int:
        """Make the untouched posts from start to end what the plan says; how many changed.

        `networks` names the network of each account. Posts that a person touched or that are
        under way stay as they are, whatever the plan says.
        """
        with self.engine.begin() as connection:
            self._lock_planning(connection)
            existing = {post.slot_id: post for post in self._posts(connection, start, end)}
            wanted = {post.slot.id: post for post in planned}
            changed = 0
            for slot_id, post in existing.items():
                if _is_fixed(post) or (slot_id in wanted and _says_the_same(post, wanted[slot_id])):
                    wanted.pop(slot_id, None)
                    continue
                self._withdraw(
                    connection, post, now, who, "planned anew" if slot_id in wanted else "no longer planned"
                )
                changed += 1
            known = set(connection.scalars(select(posts.c.slot_id).where(posts.c.slot_id.in_(list(wanted)))))
            for slot_id, planned_post in wanted.items():
                if slot_id not in known:
                    self._insert(connection, planned_post, networks, now, who)
                    changed += slot_id not in existing
            return changed

    def _lock_planning(self, connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PLAN_LOCK})

    def _withdraw(self, connection: Connection, post: Post, now: datetime, who: str, why: str) -> None:
        rows = [_audit_row(now, who, d.id, d.state, "withdrawn", why) for d in post.deliveries]
        if rows:
            connection.execute(insert(audit), rows)
        connection.execute(delete(posts).where(posts.c.id == post.id))

    def _insert(
        self,
        connection: Connection,
        planned: PlannedPost,
        networks: Mapping[str, str],
        now: datetime,
        who: str,
    ) -> None:
        slot = planned.slot
        row = {
            "slot_id": slot.id,
            "slot_name": slot.name,
            "due_at": slot.at,
            "day": slot.day,
            "fact_id": planned.fact_id,
            "fact_version": planned.fact_version,
            "observance_id": planned.observance_id,
            "skip_reason": planned.why_not,
            "touched": False,
            "created_at": now,
        }
        post_id = connection.execute(insert(posts).returning(posts.c.id), row).scalar_one()
        rows = [
            {
                "id": delivery_id(slot.id, account_id),
                "post_id": post_id,
                "account_id": account_id,
                "network": networks[account_id],
                "template_id": message.template_id,
                "message": message_to_json(message),
                "state": State.PLANNED,
                "due_at": slot.at,
                "attempts": 0,
            }
            for account_id, message in planned.messages.items()
        ]
        if rows:
            connection.execute(insert(deliveries), rows)
            connection.execute(
                insert(audit), [_audit_row(now, who, r["id"], None, State.PLANNED, slot.id) for r in rows]
            )

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def posts_between(self, start: datetime, end: datetime) -> list[Post]:
        """Posts due from start to end, in order, with their deliveries."""
        with self.engine.connect() as connection:
            return self._posts(connection, start, end)

    def post(self, slot_id: str) -> Post | None:
        """The post of a slot."""
        with self.engine.connect() as connection:
            found = self._assemble(connection, select(posts).where(posts.c.slot_id == slot_id))
            return found[0] if found else None

    def _posts(self, connection: Connection, start: datetime, end: datetime) -> list[Post]:
        return self._assemble(connection, select(posts).where(posts.c.due_at >= start, posts.c.due_at < end))

    def _assemble(self, connection: Connection, query: Select[Any]) -> list[Post]:
        found = connection.execute(query.order_by(posts.c.due_at, posts.c.id)).mappings().all()
        by_post: dict[int, list[Delivery]] = defaultdict(list)
        ids = [row["id"] for row in found]
        for delivery in self._deliveries(connection, deliveries.c.post_id.in_(ids)) if ids else []:
            by_post[delivery.post_id].append(delivery)
        return [
            Post(
                id=row["id"],
                slot_id=row["slot_id"],
                slot_name=row["slot_name"],
                due_at=row["due_at"],
                day=row["day"],
                fact_id=row["fact_id"],
                fact_version=row["fact_version"],
                observance_id=row["observance_id"],
                skip_reason=row["skip_reason"],
                touched=row["touched"],
                deliveries=tuple(by_post[row["id"]]),
            )
            for row in found
        ]

    def _deliveries(self, connection: Connection, condition: Any, limit: int | None = None) -> list[Delivery]:
        query = (
            select(deliveries, posts.c.slot_id, posts.c.override_reason)
            .join(posts, posts.c.id == deliveries.c.post_id)
            .where(condition)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
        )
        return [_delivery(row) for row in connection.execute(query).mappings()]

    def deliveries_in(self, states: Iterable[State], limit: int | None = None) -> list[Delivery]:
        """Deliveries in these states, oldest first."""
        with self.engine.connect() as connection:
            return self._deliveries(connection, deliveries.c.state.in_(list(states)), limit)

    def waiting_at_gate(self, now: datetime) -> list[Delivery]:
        """Planned and approved deliveries whose moment has come."""
        with self.engine.connect() as connection:
            return self._deliveries(
                connection, and_(deliveries.c.state.in_(OPEN), deliveries.c.due_at <= now)
            )

    def count_by_state(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        with self.engine.connect() as connection:
            rows = connection.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
            return {str(state): int(count) for state, count in rows}

    def known_remote_ids(self, account_id: str, since: datetime) -> frozenset[str]:
        """What other deliveries of an account became on the network since a moment."""
        query = select(deliveries.c.remote_id).where(
            deliveries.c.account_id == account_id,
            deliveries.c.remote_id.is_not(None),
            deliveries.c.due_at >= since,
        )
        with self.engine.connect() as connection:
            return frozenset(connection.scalars(query))

    def history_of(self, what: str) -> list[dict[str, Any]]:
        """The audit trail of a delivery, oldest first."""
        query = select(audit).where(audit.c.what == what).order_by(audit.c.id)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    # ── delivering ───────────────────────────────────────────────────────────────────────────

    def move(
        self, ids: Iterable[str], was: State, becomes: State, now: datetime, who: str, why: str
    ) -> list[str]:
        """Change the state of deliveries that still are what they were; the ids that changed."""
        check_move(was, becomes)
        wanted = list(ids)
        with self.engine.begin() as connection:
            condition = and_(deliveries.c.id.in_(wanted), deliveries.c.state == was)
            statement = update(deliveries).where(condition).values(state=becomes, reason=why)
            moved = list(connection.scalars(statement.returning(deliveries.c.id)))
            if moved:
                connection.execute(
                    insert(audit), [_audit_row(now, who, id_, was, becomes, why) for id_ in moved]
                )
            return moved

    def claim_due(
        self, worker: str, now: datetime, limit: int, lease: timedelta, only: Sequence[str] | None = None
    ) -> list[Delivery]:
        """Take due deliveries for this worker: they are *sending* when this returns, before a byte leaves."""
        condition = and_(
            deliveries.c.state == State.DUE,
            or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
        )
        if only is not None:
            condition = and_(condition, deliveries.c.id.in_(only))
        with self.engine.begin() as connection:
            ids = self._lock(connection, condition, limit)
            if not ids:
                return []
            connection.execute(
                update(deliveries).where(deliveries.c.id.in_(ids)).values(
                    state=State.SENDING, worker=worker, lease_until=now + lease, last_sent_at=now,
                    attempts=deliveries.c.attempts + 1, not_before=None,
                )
            )  # fmt: skip
            first_time = and_(deliveries.c.id.in_(ids), deliveries.c.first_sent_at.is_(None))
            connection.execute(update(deliveries).where(first_time).values(first_sent_at=now))
            rows = [_audit_row(now, worker, id_, State.DUE, State.SENDING, "claimed") for id_ in ids]
            connection.execute(insert(audit), rows)
            return self._deliveries(connection, deliveries.c.id.in_(ids))

    def _lock(self, connection: Connection, condition: Any, limit: int) -> list[str]:
        query = (
            select(deliveries.c.id)
            .where(condition)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return list(connection.scalars(query))

    def doubt_abandoned(self, now: datetime, who: str) -> list[str]:
        """Deliveries that were being sent when their worker's lease ran out become *unknown*."""
        with self.engine.begin() as connection:
            abandoned = and_(deliveries.c.state == State.SENDING, deliveries.c.lease_until < now)
            ids = self._lock(connection, abandoned, 1000)
            if ids:
                why = "its worker stopped while sending"
                connection.execute(
                    update(deliveries)
                    .where(deliveries.c.id.in_(ids))
                    .values(state=State.UNKNOWN, reason=why, not_before=None)
                )
                rows = [_audit_row(now, who, id_, State.SENDING, State.UNKNOWN, why) for id_ in ids]
                connection.execute(insert(audit), rows)
            return ids

    def claim_doubtful(self, worker: str, now: datetime, limit: int, lease: timedelta) -> list[Delivery]:
        """Take *unknown* deliveries whose time for a look has come; no other worker looks until the lease ends."""
        condition = and_(
            deliveries.c.state == State.UNKNOWN,
            or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now),
            or_(
                deliveries.c.lease_until.is_(None),
                deliveries.c.lease_until < now,
                deliveries.c.worker == worker,
            ),
        )
        with self.engine.begin() as connection:
            ids = self._lock(connection, condition, limit)
            if not ids:
                return []
            leased = {"worker": worker, "lease_until": now + lease}
            connection.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(**leased))
            return self._deliveries(connection, deliveries.c.id.in_(ids))

    def record(self, was: State, outcomes: Sequence[Outcome], now: datetime, who: str) -> None:
        """Write down what became of deliveries that this worker held."""
        with self.engine.begin() as connection:
            for outcome in outcomes:
                self._record_one(connection, was, outcome, now, who)

    def _record_one(
        self, connection: Connection, was: State, outcome: Outcome, now: datetime, who: str
    ) -> None:
        if outcome.becomes is not was:
            check_move(was, outcome.becomes)
        values: dict[str, Any] = {
            "state": outcome.becomes,
            "reason": outcome.why,
            "not_before": outcome.not_before,
        }
        if outcome.receipt is not None:
            values |= {"remote_id": outcome.receipt.remote_id, "url": outcome.receipt.url}
        condition = and_(deliveries.c.id == outcome.delivery_id, deliveries.c.state == was)
        changed = connection.execute(
            update(deliveries).where(condition).values(worker=None, lease_until=None, **values)
        )
        if changed.rowcount:
            row = _audit_row(now, who, outcome.delivery_id, was, outcome.becomes, outcome.why)
            connection.execute(insert(audit), row)

    def bring_forward(
        self,
        slot_id: str,
        messages: Mapping[str, Message],
        now: datetime,
        day: date,
        who: str,
        override: str | None,
    ) -> list[str]:
        """Make a post due now, with these messages (by delivery id); the deliveries that will go out."""
        with self.engine.begin() as connection:
            post_id = connection.scalars(select(posts.c.id).where(posts.c.slot_id == slot_id)).one()
            changes = {"touched": True, "due_at": now, "day": day, "override_reason": override}
            connection.execute(update(posts).where(posts.c.id == post_id).values(**changes))
            moved: list[str] = []
            for id_, message in messages.items():
                condition = and_(deliveries.c.id == id_, deliveries.c.state.in_(OPEN))
                values = {"due_at": now, "message": message_to_json(message), "state": State.APPROVED}
                if connection.execute(update(deliveries).where(condition).values(**values)).rowcount:
                    why = (
                        f"posted by hand, overriding the guard: {override}" if override else "posted by hand"
                    )
                    connection.execute(
                        insert(audit), _audit_row(now, who, id_, State.PLANNED, State.APPROVED, why)
                    )
                    moved.append(id_)
            return moved

    # ── what servers say of themselves ───────────────────────────────────────────────────────

    def remember_rules(self, account_id: str, rules: Rules, now: datetime) -> None:
        """Keep the limits that an account's server told."""
        row = {"account_id": account_id, "rules": rules_to_json(rules), "seen_at": now}
        with self.engine.begin() as connection:
            connection.execute(delete(account_rules).where(account_rules.c.account_id == account_id))
            connection.execute(insert(account_rules), row)

    def rules(self) -> dict[str, Rules]:
        """The limits that servers told, by account."""
        with self.engine.connect() as connection:
            return {
                row.account_id: rules_from_json(row.rules)
                for row in connection.execute(select(account_rules))
            }

    def ping(self) -> None:
        """Raise Misconfigured when the database does not answer."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as error:
            raise Misconfigured(f"The database does not answer: {error.orig}.") from error


def _audit_row(
    at: datetime, who: str, what: str, was: State | None, became: str, why: str | None
) -> dict[str, Any]:
    return {"at": at, "who": who, "what": what, "was": was, "became": became, "why": why}


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        post_id=row["post_id"],
        slot_id=row["slot_id"],
        account_id=row["account_id"],
        network=row["network"],
        template_id=row["template_id"],
        message=message_from_json(row["message"]),
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        first_sent_at=row["first_sent_at"],
        last_sent_at=row["last_sent_at"],
        url=row["url"],
        reason=row["reason"],
        override_reason=row["override_reason"],
    )


def _is_fixed(post: Post) -> bool:
    return post.touched or any(delivery.state is not State.PLANNED for delivery in post.deliveries)


def _says_the_same(post: Post, planned: PlannedPost) -> bool:
    told = {delivery.account_id: delivery.message for delivery in post.deliveries}
    head = (post.due_at, post.day, post.fact_id, post.fact_version, post.observance_id)
    wanted = (planned.slot.at, planned.slot.day, planned.fact_id, planned.fact_version, planned.observance_id)
    return head == wanted and told == dict(planned.messages)
