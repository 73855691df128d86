"""The plan in the ledger: what is fixed, what was told, and posts that become what the plan says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, text

from bot.ledger.looking import Looking
from bot.ledger.rows import Post, audit_row, delivery_id
from bot.ledger.states import TOLD
from bot.ledger.tables import audit, deliveries, posts
from bot.ledger.wire import message_to_json
from bot.model import PlannedPost, State, Telling

_PLAN_LOCK = 7219401


class Planning(Looking):
    """What planners ask and write."""

    def fixed_slots(self, start: datetime, end: datetime) -> frozenset[str]:
        """Slots from start to end that a replan must leave alone: touched by a person, or under way."""
        under_way = exists().where(deliveries.c.post_id == posts.c.id, deliveries.c.state != State.PLANNED)
        query = select(posts.c.slot_id).where(
            posts.c.slot_at >= start, posts.c.slot_at < end, or_(posts.c.touched, under_way)
        )
        with self._reading() as connection:
            return frozenset(connection.scalars(query))

    def tellings(self, since: datetime, start: datetime, account_ids: Collection[str]) -> list[Telling]:
        """What was told since a moment, or is fixed to be: all but what a replan from `start` may change.

        Of accounts that are not named, only which facts were told when, without account and wording.
        """
        told = and_(posts.c.due_at >= since, posts.c.fact_id.is_not(None))
        fixed = and_(
            # Said this way round, SQLite looks by account, and not through everything that was ever sent.
            deliveries.c.state.not_in([state for state in State if state not in TOLD]),
            or_(posts.c.touched, deliveries.c.state != State.PLANNED, posts.c.due_at < start),
        )
        by_them = (
            select(
                posts.c.fact_id,
                deliveries.c.template_id,
                deliveries.c.account_id,
                deliveries.c.due_at,
                posts.c.day,
            )
            .join(posts, posts.c.id == deliveries.c.post_id)
            .where(deliveries.c.account_id.in_(list(account_ids)), deliveries.c.due_at >= since, told, fixed)
            .order_by(deliveries.c.due_at)
        )
        by_anybody = select(posts.c.fact_id, posts.c.due_at, posts.c.day).where(
            told, exists().where(deliveries.c.post_id == posts.c.id, fixed)
        )
        with self._reading() as connection:
            found = [Telling(*row) for row in connection.execute(by_them)]
            known = {(telling.fact_id, telling.day) for telling in found}
            others = connection.execute(by_anybody)
            return found + [Telling(f, "", "", at, day) for f, at, day in others if (f, day) not in known]

    def told_days(self, since: datetime, until: datetime) -> set[tuple[str, date]]:
        """Which facts were told on which days by the posts of a time, or are fixed to be."""
        fixed = and_(
            deliveries.c.post_id == posts.c.id,
            deliveries.c.state.in_(TOLD),
            or_(posts.c.touched, deliveries.c.state != State.PLANNED),
        )
        of_the_time = and_(posts.c.due_at >= since, posts.c.due_at <= until, posts.c.fact_id.is_not(None))
        query = select(posts.c.fact_id, posts.c.day).where(of_the_time, exists().where(fixed)).distinct()
        with self._reading() as connection:
            return {(fact_id, day) for fact_id, day in connection.execute(query)}

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
            outdated = []
            for slot_id, post in existing.items():
                if _is_fixed(post) or (slot_id in wanted and _says_the_same(post, wanted[slot_id])):
                    wanted.pop(slot_id, None)
                else:
                    outdated.append(post)
            changed = 0
            held = self._hold(connection, outdated)
            for post in outdated:
                if post.id not in held:
                    wanted.pop(post.slot_id, None)
                    continue
                why = "planned anew" if post.slot_id in wanted else "no longer planned"
                self._withdraw(connection, post, now, who, why)
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

    def _hold(self, connection: Connection, outdated: Sequence[Post]) -> set[int]:
        """Lock posts that are to go; those that somebody has touched or claimed since they were read stay.

        Without this a delivery that is being sent could be deleted, planned anew, and sent again.
        """
        ids = [post.id for post in outdated]
        if not ids:
            return set()
        untouched = select(posts.c.id).where(posts.c.id.in_(ids), ~posts.c.touched)
        free = set(connection.scalars(untouched.order_by(posts.c.id).with_for_update(skip_locked=True)))
        planned = select(deliveries.c.id).where(
            deliveries.c.post_id.in_(ids), deliveries.c.state == State.PLANNED
        )
        still = set(connection.scalars(planned.order_by(deliveries.c.id).with_for_update(skip_locked=True)))
        return {
            post.id
            for post in outdated
            if post.id in free and still.issuperset(d.id for d in post.deliveries)
        }

    def _withdraw(self, connection: Connection, post: Post, now: datetime, who: str, why: str) -> None:
        rows = [audit_row(now, who, d.id, d.state, "withdrawn", why) for d in post.deliveries]
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
            "slot_at": slot.at,
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
                "fact_id": message.fact_id,
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
                insert(audit), [audit_row(now, who, r["id"], None, State.PLANNED, slot.id) for r in rows]
            )


def _is_fixed(post: Post) -> bool:
    return post.touched or any(delivery.state is not State.PLANNED for delivery in post.deliveries)


def _says_the_same(post: Post, planned: PlannedPost) -> bool:
    told = {delivery.account_id: delivery.message for delivery in post.deliveries}
    head = (post.due_at, post.day, post.fact_id, post.fact_version, post.observance_id)
    wanted = (planned.slot.at, planned.slot.day, planned.fact_id, planned.fact_version, planned.observance_id)
    return head == wanted and told == dict(planned.messages)
