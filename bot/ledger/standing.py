"""How workers, servers and alerts stand: heartbeats, what networks allow, and what people were told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from bot.ledger.looking import Looking
from bot.ledger.putting import put
from bot.ledger.rows import Alert, WorkerRow
from bot.ledger.spending import Spent, spent_by
from bot.ledger.tables import account_rules, alerts, allowances, deliveries, workers
from bot.ledger.wire import rules_from_json, rules_to_json
from bot.model import Allowance, Rules, State

SOON_AGAIN = timedelta(hours=1)


class Standing(Looking):
    """What workers say of themselves and of the networks."""

    # ── workers ──────────────────────────────────────────────────────────────────────────────

    def beat(self, worker: str, now: datetime) -> None:
        """Show that a worker lives."""
        with self.engine.begin() as connection:
            alive = update(workers).where(workers.c.id == worker)
            if not connection.execute(alive.values(beat=workers.c.beat + 1, beat_at=now)).rowcount:
                row = {"id": worker, "beat": 1, "started_at": now, "beat_at": now}
                connection.execute(insert(workers), row)

    def report(self, worker: str, now: datetime, trouble: str | None, *, healthy: bool) -> None:
        """A worker's word on its last tick: whether it did its work, and what troubles it all the same."""
        values: dict[str, Any] = {"trouble": trouble} | ({"healthy_at": now} if healthy else {})
        with self.engine.begin() as connection:
            connection.execute(update(workers).where(workers.c.id == worker).values(**values))

    def workers(self) -> list[WorkerRow]:
        """Every worker that has not left, by name."""
        with self._reading() as connection:
            rows = connection.execute(select(workers).order_by(workers.c.id)).mappings()
            return [WorkerRow(**row) for row in rows]

    def busy_since(self) -> dict[str, datetime]:
        """When each worker that is sending last took something to send."""
        query = select(deliveries.c.worker, func.max(deliveries.c.last_sent_at)).where(
            deliveries.c.state == State.SENDING, deliveries.c.worker.is_not(None)
        )
        with self._reading() as connection:
            rows = connection.execute(query.group_by(deliveries.c.worker))
            return {row[0]: row[1] for row in rows}

    def forget_workers(self, names: Collection[str]) -> None:
        """Workers that left, or were given up."""
        with self.engine.begin() as connection:
            connection.execute(delete(workers).where(workers.c.id.in_(list(names))))

    # ── what networks allow ──────────────────────────────────────────────────────────────────

    def remember_rules(self, account_id: str, rules: Rules, now: datetime) -> None:
        """Keep the limits that an account's server told."""
        row = {"account_id": account_id, "rules": rules_to_json(rules), "seen_at": now}
        with self.engine.begin() as connection:
            put(connection, account_rules, [row])

    def rules(self) -> dict[str, Rules]:
        """The limits that servers told, by account."""
        with self._reading() as connection:
            return {
                row.account_id: rules_from_json(row.rules)
                for row in connection.execute(select(account_rules))
            }

    def remember_allowances(self, told: Mapping[str, Iterable[Allowance]], now: datetime) -> None:
        """Keep what networks said their accounts may still do."""
        rows = [
            {"account_id": account_id, "name": a.name, "remaining": a.remaining, "resets_at": a.resets_at,
             "seen_at": now}
            for account_id, each in told.items()
            for a in each
        ]  # fmt: skip
        if rows:
            with self.engine.begin() as connection:
                put(connection, allowances, rows)

    def allowances(self, now: datetime) -> dict[str, list[Allowance]]:
        """What networks said their accounts may still do, as far as it has not lapsed."""
        found: dict[str, list[Allowance]] = {}
        query = select(allowances).where(allowances.c.resets_at > now)
        with self._reading() as connection:
            for row in connection.execute(query):
                found.setdefault(row.account_id, []).append(Allowance(row.name, row.remaining, row.resets_at))
        return found

    def spent(self, account_ids: Collection[str], now: datetime) -> dict[str, Spent]:
        """What each of these accounts has spent of what it may do."""
        with self._reading() as connection:
            return spent_by(connection, account_ids, now)

    # ── alerts ───────────────────────────────────────────────────────────────────────────────

    def alerts(self) -> list[Alert]:
        """The alerts that stand, oldest first."""
        query = select(alerts).where(alerts.c.cleared_at.is_(None)).order_by(alerts.c.raised_at, alerts.c.key)
        with self._reading() as connection:
            return [Alert(r.key, r.text, r.raised_at, r.told_at) for r in connection.execute(query)]

    def raise_alerts(self, wanted: Mapping[str, str], now: datetime) -> list[Alert]:
        """Make exactly these alerts stand (text by key): new ones are raised, others cleared.

        Returns those that nobody has been told of. Two workers do not raise one twice, and one that comes
        back soon after it cleared is the old one: what flickers, or what two workers see differently while
        files are being changed, is told once.
        """
        with self.engine.begin() as connection:
            known = connection.execute(select(alerts).order_by(alerts.c.key).with_for_update())
            standing = {row.key: row for row in known}
            gone = [k for k, row in standing.items() if k not in wanted and row.cleared_at is None]
            connection.execute(update(alerts).where(alerts.c.key.in_(gone)).values(cleared_at=now))
            cleared = [k for k in wanted if k in standing and standing[k].cleared_at is not None]
            back = [k for k in cleared if now - standing[k].cleared_at < SOON_AGAIN]
            connection.execute(update(alerts).where(alerts.c.key.in_(back)).values(cleared_at=None))
            fresh = [k for k in wanted if k not in standing or (k in cleared and k not in back)]
            rows = [
                {"key": key, "text": wanted[key], "raised_at": now, "told_at": None, "cleared_at": None}
                for key in fresh
            ]
            if rows:
                put(connection, alerts, rows, where=alerts.c.cleared_at.is_not(None))
            untold = select(alerts).where(alerts.c.told_at.is_(None), alerts.c.cleared_at.is_(None))
            return [Alert(r.key, r.text, r.raised_at, None) for r in connection.execute(untold)]

    def take_telling(self, keys: Collection[str], now: datetime) -> list[str]:
        """Claim the telling of alerts; the keys that this caller is to tell, and no other."""
        with self.engine.begin() as connection:
            mine = update(alerts).where(alerts.c.key.in_(list(keys)), alerts.c.told_at.is_(None))
            return list(connection.scalars(mine.values(told_at=now).returning(alerts.c.key)))

    def give_telling_back(self, keys: Collection[str]) -> None:
        """Alerts that could not be told: somebody tries again."""
        with self.engine.begin() as connection:
            connection.execute(update(alerts).where(alerts.c.key.in_(list(keys))).values(told_at=None))

    def clock(self) -> datetime | None:
        """The database server's present moment, where there is a server (PostgreSQL)."""
        if self.alone:
            return None
        with self._reading() as connection:
            moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return moment
