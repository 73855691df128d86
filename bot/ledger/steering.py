"""Pauses and holds: what people said must not go out, by whom, why and since when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from bot.ledger.looking import Looking
from bot.ledger.rows import audit_row
from bot.ledger.tables import audit, holds, pauses
from bot.model import Hold, Pause, Scope


class Steering(Looking):
    """What those who steer the bot ask and write."""

    def pauses(self) -> list[Pause]:
        """The pauses that stand, oldest first."""
        with self._reading() as connection:
            return _standing(connection)

    def pause(self, scope: Scope, name: str, who: str, why: str, now: datetime) -> Pause:
        """Stop everything of a scope; a pause that stands already is kept as it is."""
        with self.engine.begin() as connection:
            for standing in _standing(connection):
                if (standing.scope, standing.name) == (scope, name):
                    return standing
            row = {"scope": scope, "name": name, "who": who, "why": why, "since": now}
            id_ = connection.execute(insert(pauses).returning(pauses.c.id), row).scalar_one()
            made = Pause(id_, scope, name, who, why, now)
            connection.execute(insert(audit), audit_row(now, who, made.what, None, "paused", why))
            return made

    def resume(self, ended: list[Pause], who: str, why: str, now: datetime) -> None:
        """End pauses."""
        with self.engine.begin() as connection:
            for pause in ended:
                stands = and_(pauses.c.id == pause.id, pauses.c.ended_at.is_(None))
                end = update(pauses).where(stands).values(ended_at=now, ended_by=who)
                if connection.execute(end).rowcount:
                    row = audit_row(now, who, pause.what, None, "resumed", why)
                    connection.execute(insert(audit), row)

    def holds(self) -> list[Hold]:
        """The holds that stand, oldest first."""
        query = select(holds).where(holds.c.lifted_at.is_(None)).order_by(holds.c.id)
        with self._reading() as connection:
            return [
                Hold(r["fact_id"], r["who"], r["why"], r["since"])
                for r in connection.execute(query).mappings()
            ]

    def hold(self, fact_id: str, who: str, why: str, now: datetime) -> None:
        """Put a fact on hold, unless it is already."""
        with self.engine.begin() as connection:
            stands = and_(holds.c.fact_id == fact_id, holds.c.lifted_at.is_(None))
            if connection.scalar(select(holds.c.id).where(stands)) is None:
                connection.execute(insert(holds), {"fact_id": fact_id, "who": who, "why": why, "since": now})
                row = audit_row(now, who, f"fact {fact_id}", None, "held", why)
                connection.execute(insert(audit), row)

    def lift(self, fact_id: str, who: str, why: str, now: datetime) -> bool:
        """Lift a hold that was given here; whether there was one."""
        with self.engine.begin() as connection:
            stands = and_(holds.c.fact_id == fact_id, holds.c.lifted_at.is_(None))
            lifted = update(holds).where(stands).values(lifted_at=now, lifted_by=who)
            found = connection.execute(lifted).rowcount
            if found:
                row = audit_row(now, who, f"fact {fact_id}", None, "released", why)
                connection.execute(insert(audit), row)
            return bool(found)


def _standing(connection: Connection) -> list[Pause]:
    query = select(pauses).where(pauses.c.ended_at.is_(None)).order_by(pauses.c.id)
    return [
        Pause(r["id"], Scope(r["scope"]), r["name"], r["who"], r["why"], r["since"])
        for r in connection.execute(query).mappings()
    ]
