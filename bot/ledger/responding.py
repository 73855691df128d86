"""How followers answered: which posts are to be asked about now, and what their networks told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, RowMapping, and_, extract, false, func, or_, select, update

from bot.ledger.history import SETTLED
from bot.ledger.looking import Looking
from bot.ledger.putting import put
from bot.ledger.tables import deliveries, responses
from bot.model import Metrics, State

ASK_AFTER = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""At which ages a post is asked about. Who comes late asks once for all the ages that have passed."""

ASK_UNTIL = timedelta(days=31)
"""From this age on nobody asks any more: what is known of a post then stays as it is."""

_LATEST = timedelta(days=8)  # after its due time a post goes out: the longest grace, and a day for clocks
_COUNTS = ("likes", "reposts", "replies", "views")


@dataclass(frozen=True, slots=True)
class ToAsk:
    """A post on a network: the ids of all its parts, its own (the head's) first."""

    delivery_id: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A post that went out, and how followers answered as far as anybody was asked. Moments are UTC."""

    delivery_id: str
    account_id: str
    network: str
    fact_id: str
    template_id: str
    language: str
    text: str
    sent_at: datetime
    url: str | None
    deleted_at: datetime | None
    metrics: Metrics
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One post whose network told something, without its words; `asked_at` is when, in UTC."""

    fact_id: str
    network: str
    sent_at: datetime
    metrics: Metrics
    asked_at: datetime


class Responding(Looking):
    """What those who count ask and write."""

    def to_be_asked(self, account_id: str, network: str, now: datetime, limit: int) -> list[ToAsk]:
        """An account's posts on this network that came to one of the ages in ASK_AFTER since they were last asked
        about, newest first. Goes through the account's last 31 days only, by ix_deliveries_account_sent."""
        query = (
            select(deliveries.c.id, deliveries.c.remote_id, deliveries.c.parts)
            .join(responses, responses.c.delivery_id == deliveries.c.id, isouter=True)
            .where(
                deliveries.c.account_id == account_id,
                deliveries.c.last_sent_at > now - ASK_UNTIL,
                deliveries.c.last_sent_at <= now - ASK_AFTER[0],
                # Not the bare column: its index would be taken in place of the account's.
                func.coalesce(deliveries.c.state, "") == State.SENT,
                deliveries.c.network == network,
                deliveries.c.remote_id.is_not(None),
                deliveries.c.deleted_at.is_(None),
                or_(responses.c.asked_at.is_(None), *(_came_to(age, now) for age in ASK_AFTER)),
            )
            .order_by(deliveries.c.last_sent_at.desc(), deliveries.c.id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [
                ToAsk(id_, tuple(parts or (remote_id,)))
                for id_, remote_id, parts in connection.execute(query)
            ]

    def remember_responses(self, told: Mapping[str, Metrics], gone: Collection[str], now: datetime) -> None:
        """Keep what was told, by delivery. Of those that are `gone` from their network only that they were asked
        about: what was told of them before stays."""
        rows = [
            {"delivery_id": id_, "asked_at": now, **{name: getattr(metrics, name) for name in _COUNTS}}
            for id_, metrics in told.items()
        ]
        nothing = [{"delivery_id": id_, "asked_at": now, **dict.fromkeys(_COUNTS)} for id_ in gone]
        with self.engine.begin() as connection:
            if rows:
                put(connection, responses, rows)
            if nothing:
                put(connection, responses, nothing, where=false())
                again = update(responses).where(responses.c.delivery_id.in_(list(gone)))
                connection.execute(again.values(asked_at=now))

    def answered(self, since: datetime, until: datetime) -> list[Answered]:
        """Every post that went out from `since` until before `until`, oldest first, with what is known of it."""
        query = (
            select(*_ANSWERED, *responses.c)
            .join(responses, responses.c.delivery_id == deliveries.c.id, isouter=True)
            .where(
                SETTLED,
                deliveries.c.due_at >= since - _LATEST,
                deliveries.c.due_at < until + timedelta(days=1),
                func.coalesce(deliveries.c.state, "") == State.SENT,
                since <= _SENT_AT,
                until > _SENT_AT,
            )
            .order_by(_SENT_AT, deliveries.c.id)
        )
        with self._reading() as connection:
            return [_answered(row) for row in connection.execute(query).mappings()]

    def measured(self, since: datetime, until: datetime, up_at: datetime) -> list[Measured]:
        """The posts that went out from `since` until before `until`, of which something is known, and that were
        not taken down before `up_at`. Goes through what was asked since then, by ix_responses_asked."""
        query = (
            select(deliveries.c.fact_id, deliveries.c.network, deliveries.c.last_sent_at, *responses.c)
            .join(deliveries, deliveries.c.id == responses.c.delivery_id)
            .where(
                responses.c.asked_at >= since,
                deliveries.c.last_sent_at >= since,
                deliveries.c.last_sent_at < until,
                func.coalesce(deliveries.c.state, "") == State.SENT,
                or_(deliveries.c.deleted_at.is_(None), deliveries.c.deleted_at >= up_at),
            )
        )
        with self._reading() as connection:
            return [
                Measured(row.fact_id, row.network, row.last_sent_at, _metrics(row._mapping), row.asked_at)
                for row in connection.execute(query)
            ]


_SENT_AT = func.coalesce(deliveries.c.last_sent_at, deliveries.c.due_at, type_=deliveries.c.due_at.type)
_ANSWERED = (
    deliveries.c.id,
    deliveries.c.account_id,
    deliveries.c.network,
    deliveries.c.fact_id,
    deliveries.c.template_id,
    deliveries.c.message["language"].as_string().label("language"),
    deliveries.c.message["text"].as_string().label("text"),
    _SENT_AT.label("sent_at"),
    deliveries.c.url,
    deliveries.c.deleted_at,
)


def _came_to(age: timedelta, now: datetime) -> ColumnElement[bool]:
    """Whether a post reached an age after it was last asked about."""
    reached = _seconds(deliveries.c.last_sent_at) + age.total_seconds()
    return and_(deliveries.c.last_sent_at <= now - age, _seconds(responses.c.asked_at) < reached)


def _seconds(moment: ColumnElement[datetime]) -> ColumnElement[int]:
    """Seconds since 1970."""
    return extract("epoch", moment)


def _answered(row: RowMapping) -> Answered:
    return Answered(
        delivery_id=row["id"],
        account_id=row["account_id"],
        network=row["network"],
        fact_id=row["fact_id"],
        template_id=row["template_id"],
        language=row["language"] or "",
        text=row["text"] or "",
        sent_at=row["sent_at"],
        url=row["url"],
        deleted_at=row["deleted_at"],
        metrics=_metrics(row),
        asked_at=row["asked_at"],
    )


def _metrics(row: RowMapping) -> Metrics:
    return Metrics(*(row[name] for name in _COUNTS))
