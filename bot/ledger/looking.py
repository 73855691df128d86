"""Questions to the ledger that change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, func, select, text

from bot.ledger.rows import Delivery, Post, delivery_from
from bot.ledger.states import OPEN
from bot.ledger.tables import audit, deliveries, posts
from bot.model import State


class Looking:
    """What everybody may ask."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @property
    def alone(self) -> bool:
        """Whether one worker at most may use this database (SQLite); see bot.ledger.seat."""
        return self.engine.dialect.name == "sqlite"

    def _reading(self) -> Connection:
        """A connection that only reads: on SQLite it does not wait for those who write."""
        return self.engine.connect().execution_options(reading=True)

    def posts_between(self, start: datetime, end: datetime) -> list[Post]:
        """Posts due from start to end, in order, with their deliveries."""
        with self._reading() as connection:
            return self._posts(connection, start, end)

    def post(self, slot_id: str) -> Post | None:
        """The post of a slot."""
        with self._reading() as connection:
            found = self._assemble(connection, select(posts).where(posts.c.slot_id == slot_id))
            return found[0] if found else None

    def posts_about(self, fact_id: str, start: datetime, end: datetime, limit: int) -> list[Post]:
        """The last posts about a fact that are due from start to end, in order, with their deliveries."""
        of_the_time = and_(posts.c.fact_id == fact_id, posts.c.due_at >= start, posts.c.due_at < end)
        newest = posts.c.due_at.desc(), posts.c.id.desc()
        last = select(posts.c.id).where(of_the_time).order_by(*newest).limit(limit)
        with self._reading() as connection:
            return self._assemble(connection, select(posts).where(posts.c.id.in_(last)))

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
                version=row["version"],
                edited_by=row["edited_by"],
                deliveries=tuple(sorted(by_post[row["id"]], key=lambda delivery: delivery.account_id)),
            )
            for row in found
        ]

    def _deliveries(self, connection: Connection, condition: Any, limit: int | None = None) -> list[Delivery]:
        query = (
            select(deliveries, posts.c.slot_id, posts.c.override_reason, posts.c.observance_id)
            .join(posts, posts.c.id == deliveries.c.post_id)
            .where(condition)
            .order_by(deliveries.c.due_at, deliveries.c.id)
            .limit(limit)
        )
        return [delivery_from(row) for row in connection.execute(query).mappings()]

    def deliveries_in(self, states: Iterable[State], limit: int | None = None) -> list[Delivery]:
        """Deliveries in these states, oldest first."""
        with self._reading() as connection:
            return self._deliveries(connection, deliveries.c.state.in_(list(states)), limit)

    def waiting_at_gate(self, now: datetime, limit: int | None = None) -> list[Delivery]:
        """Planned and approved deliveries whose moment has come, oldest first."""
        with self._reading() as connection:
            return self._deliveries(
                connection, and_(deliveries.c.state.in_(OPEN), deliveries.c.due_at <= now), limit
            )

    def due_before(self, moment: datetime) -> list[Delivery]:
        """Deliveries that were due before a moment and have not been sent."""
        condition = and_(deliveries.c.state == State.DUE, deliveries.c.due_at < moment)
        with self._reading() as connection:
            return self._deliveries(connection, condition)

    def delivery(self, id_: str) -> Delivery | None:
        """One delivery."""
        with self._reading() as connection:
            return next(iter(self._deliveries(connection, deliveries.c.id == id_)), None)

    def ids_of_fact(self, fact_id: str, state: State) -> list[str]:
        """The deliveries of a fact that are in a state."""
        query = select(deliveries.c.id).where(deliveries.c.fact_id == fact_id, deliveries.c.state == state)
        with self._reading() as connection:
            return list(connection.scalars(query))

    def failed_since(self, since: datetime) -> list[Delivery]:
        """What failed among the deliveries that were due since a moment."""
        condition = and_(deliveries.c.state == State.FAILED, deliveries.c.due_at >= since)
        with self._reading() as connection:
            return self._deliveries(connection, condition)

    def next_due(self, after: datetime) -> datetime | None:
        """When the next planned or approved delivery is due."""
        query = select(func.min(deliveries.c.due_at)).where(
            deliveries.c.state.in_(OPEN), deliveries.c.due_at > after
        )
        with self._reading() as connection:
            found: datetime | None = connection.scalar(query)
            return found

    def count_by_state(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        with self._reading() as connection:
            rows = connection.execute(text("SELECT state, count(*) FROM deliveries GROUP BY state"))
            return {str(state): int(count) for state, count in rows}

    def known_remote_ids(self, account_id: str, since: datetime) -> frozenset[str]:
        """What other deliveries of an account became on the network since a moment."""
        query = select(deliveries.c.remote_id).where(
            deliveries.c.account_id == account_id,
            deliveries.c.remote_id.is_not(None),
            deliveries.c.due_at >= since,
        )
        with self._reading() as connection:
            return frozenset(connection.scalars(query))

    def history_of(self, what: str) -> list[dict[str, Any]]:
        """The audit trail of a delivery, oldest first."""
        query = select(audit).where(audit.c.what == what).order_by(audit.c.id)
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
