"""What follows a post that is out: a correction that names it, its deletion, or a person's word to leave it as it is."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, insert, or_, select, update

from bot.ledger.looking import Looking
from bot.ledger.rows import FollowUp, Post, audit_row, delivery_from
from bot.ledger.tables import audit, deliveries, follow_ups, posts
from bot.model import State

LONGEST_WAIT = timedelta(days=1)  # between two attempts to delete a post

_OF_CORRECTION = deliveries.alias("of_correction")
_CORRECTIONS = posts.alias("corrections")


class Following(Looking):
    """What those ask and write who look after posts that are out."""

    def facts_told(self) -> list[str]:
        """Every fact that any post is about; as many looks into an index as there are facts."""
        first = select(func.min(posts.c.fact_id).label("fact_id")).cte("told", recursive=True)
        after = select(func.min(posts.c.fact_id)).where(posts.c.fact_id > first.c.fact_id).scalar_subquery()
        told = first.union_all(select(after).where(first.c.fact_id.is_not(None)))
        with self._reading() as connection:
            return list(connection.scalars(select(told.c.fact_id).where(told.c.fact_id.is_not(None))))

    def out_about(self, fact_id: str, since: datetime, why: str, limit: int) -> list[FollowUp]:
        """The newest posts about a fact that are out and need somebody, due since a moment.

        They were neither taken down, nor corrected, nor left as they are by a person who read the same `why`. A
        correction that was left out or failed corrects nothing.
        """
        out = and_(
            posts.c.fact_id == fact_id,
            posts.c.due_at >= since,
            # Wrapped, so that SQLite comes by the fact, and not through everything that was ever sent.
            func.coalesce(deliveries.c.state, "") == State.SENT,
            deliveries.c.deleted_at.is_(None),
            _is_not_left(why),
            ~_is_corrected(),
        )
        newest = _OUT.where(out).order_by(posts.c.due_at.desc(), posts.c.id.desc()).limit(limit)
        with self._reading() as connection:
            return [
                FollowUp(delivery_from(row), row["tried"], row["trouble"], row["again_at"])
                for row in connection.execute(newest).mappings()
            ]

    def note_correction(self, id_: str, slot_id: str, who: str, now: datetime) -> None:
        """That the post of a slot corrects one that is out."""
        with self.engine.begin() as connection:
            _put(connection, id_, correction=slot_id)
            row = audit_row(now, who, id_, State.SENT, "corrected", slot_id)
            connection.execute(insert(audit), row)

    def correction_of(self, id_: str) -> Post | None:
        """The last post that was planned to correct one that is out."""
        with self._reading() as connection:
            named = select(follow_ups.c.correction).where(follow_ups.c.delivery_id == id_)
            slot_id = connection.scalar(named)
        return self.post(slot_id) if slot_id else None

    def leave(self, id_: str, reason: str, who: str, why: str, now: datetime) -> None:
        """A person's word that a post stays as it is, although its fact is not posted any more for this `reason`."""
        with self.engine.begin() as connection:
            _put(connection, id_, left_as=reason)
            connection.execute(insert(audit), audit_row(now, who, id_, State.SENT, "left", why))

    def claim_deletion(self, id_: str, why: str, now: datetime, until: datetime) -> bool:
        """Take a post in order to delete it, as long as nobody else has and its time has come; `until` it is taken.

        One that a person corrected meanwhile, or left as it is when they read the same `why`, is not to be had.
        """
        its_time = or_(
            follow_ups.c.again_at.is_(None),
            follow_ups.c.again_at <= now,
            follow_ups.c.again_at > now + 2 * LONGEST_WAIT,  # set by a clock that was ahead
        )
        is_out = exists().where(deliveries.c.id == id_, deliveries.c.deleted_at.is_(None))
        to_be_deleted = and_(is_out, _is_not_left(why), ~_is_corrected())
        with self.engine.begin() as connection:
            _put(connection, id_)
            mine = update(follow_ups).where(follow_ups.c.delivery_id == id_, its_time, to_be_deleted)
            taken = mine.values(tried=follow_ups.c.tried + 1, again_at=until)
            return bool(connection.execute(taken).rowcount)

    def note_trouble(self, id_: str, trouble: str, again_at: datetime) -> None:
        """Why a post could not be deleted, and when that is tried again."""
        with self.engine.begin() as connection:
            _put(connection, id_, trouble=trouble, again_at=again_at)

    def note_deleted(self, id_: str, who: str, why: str, now: datetime) -> bool:
        """A post that was taken down from its network; that it was sent stays true. False when it was noted before."""
        with self.engine.begin() as connection:
            still_out = and_(deliveries.c.id == id_, deliveries.c.deleted_at.is_(None))
            noted = connection.execute(update(deliveries).where(still_out).values(deleted_at=now)).rowcount
            if noted:
                connection.execute(insert(audit), audit_row(now, who, id_, State.SENT, "deleted", why))
            return bool(noted)


_OUT: Select[Any] = (
    select(
        deliveries,
        posts.c.slot_id,
        posts.c.override_reason,
        posts.c.observance_id,
        func.coalesce(follow_ups.c.tried, 0).label("tried"),
        follow_ups.c.trouble,
        follow_ups.c.again_at,
    )
    .join(posts, posts.c.id == deliveries.c.post_id)
    .outerjoin(follow_ups, follow_ups.c.delivery_id == deliveries.c.id)
)


def _is_not_left(why: str) -> ColumnElement[bool]:
    """Whether no person said to leave it as it is when they read this `why`."""
    return or_(follow_ups.c.left_as.is_(None), follow_ups.c.left_as != why)


def _is_corrected() -> ColumnElement[bool]:
    """Whether a correction is out, or on its way."""
    return exists().where(
        _CORRECTIONS.c.slot_id == follow_ups.c.correction,
        _OF_CORRECTION.c.post_id == _CORRECTIONS.c.id,
        _OF_CORRECTION.c.state.not_in((State.SKIPPED, State.FAILED)),
        _OF_CORRECTION.c.deleted_at.is_(None),
    )


def _put(connection: Connection, id_: str, **values: Any) -> None:
    """Change what is kept about a post; a first time, too."""
    dialect = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # only the one in use
    row = dialect.insert(follow_ups).values(delivery_id=id_, tried=0, **values)
    key = [follow_ups.c.delivery_id]
    known = row.on_conflict_do_update(index_elements=key, set_=values) if values else None
    connection.execute(row.on_conflict_do_nothing(index_elements=key) if known is None else known)
