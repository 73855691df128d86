"""What accounts have done lately, and what their networks said they may still do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, select

from bot.ledger.tables import allowances, deliveries
from bot.model import SPANS, Allowance, State

_LONGEST = max(SPANS.values())


@dataclass(slots=True)
class Spent:
    """One account: when it sent, or tried to, in the longest span of bot.model.SPANS (oldest first; once for each post of
    a thread), and its network's word."""

    sent: list[datetime] = field(default_factory=list)
    allowances: list[Allowance] = field(default_factory=list)


def spent_by(connection: Connection, account_ids: Collection[str], now: datetime) -> dict[str, Spent]:
    """What each of these accounts has spent up to now."""
    names = list(account_ids)
    found = {name: Spent() for name in names}
    tried = and_(
        deliveries.c.account_id.in_(names),
        deliveries.c.last_sent_at > now - _LONGEST,
        deliveries.c.state.in_((State.SENDING, State.UNKNOWN, State.SENT, State.FAILED)),
    )
    query = select(deliveries.c.account_id, deliveries.c.last_sent_at, deliveries.c.parts).where(tried)
    for account_id, at, parts in connection.execute(query.order_by(deliveries.c.last_sent_at)):
        found[account_id].sent += [at] * max(len(parts or ()), 1)
    told = select(allowances).where(allowances.c.account_id.in_(names), allowances.c.resets_at > now)
    for row in connection.execute(told):
        found[row.account_id].allowances.append(Allowance(row.name, row.remaining, row.resets_at))
    return found
