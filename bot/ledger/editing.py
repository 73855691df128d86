"""People's changes to posts: each is one step from the version that was shown, or it is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import and_, func, insert, select, update

from bot.ledger.planning import Planning
from bot.ledger.rows import Confirmation, audit_row
from bot.ledger.states import OPEN
from bot.ledger.tables import audit, confirmations, deliveries, posts
from bot.ledger.wire import message_to_json
from bot.model import Message, PlannedPost, State


class Editing(Planning):
    """What those who edit ask and write."""

    def change_post(
        self,
        slot_id: str,
        version: int,
        messages: Mapping[str, Message],
        due_at: datetime,
        day: date,
        who: str,
        why: str,
        now: datetime,
    ) -> bool:
        """Give a post another moment and its open deliveries other messages (by id).

        False, and nothing changed, when the post is no longer at the version that was shown, or a worker has
        taken up one of these deliveries meanwhile. An approval was given to the old words, so it lapses.
        """
        with self.engine.connect() as connection, connection.begin() as transaction:
            shown = and_(posts.c.slot_id == slot_id, posts.c.version == version)
            fact = next(iter(messages.values()), None)
            changes = {
                "version": version + 1,
                "touched": True,
                "edited_by": who,
                "due_at": due_at,
                "day": day,
            }
            if fact is not None:
                changes |= {"fact_id": fact.fact_id, "fact_version": fact.fact_version}
            changed = update(posts).where(shown).values(**changes).returning(posts.c.id)
            post_id = connection.scalar(changed)
            if post_id is None:
                return False
            mine = and_(deliveries.c.post_id == post_id, deliveries.c.state.in_(OPEN))
            # Locked, so that no worker can let one pass the gate before its new words are written.
            still_open = select(deliveries.c.id, deliveries.c.state).where(mine).order_by(deliveries.c.id)
            rows = connection.execute(still_open.with_for_update()).all()
            if not messages.keys() <= {id_ for id_, _ in rows}:
                transaction.rollback()
                return False
            for id_, state in rows:
                values = {"due_at": due_at, "state": State.PLANNED}
                if message := messages.get(id_):
                    values |= {
                        "message": message_to_json(message),
                        "template_id": message.template_id,
                        "fact_id": message.fact_id,
                    }
                connection.execute(update(deliveries).where(deliveries.c.id == id_).values(**values))
                connection.execute(insert(audit), audit_row(now, who, id_, State(state), "changed", why))
            return True

    def approve_post(
        self, slot_id: str, version: int, ids: Sequence[str], who: str, why: str, now: datetime
    ) -> list[str] | None:
        """Approve planned deliveries of a post (by id); those that changed.

        None, and nothing changed, when the post is no longer at the version that was shown.
        """
        with self.engine.begin() as connection:
            shown = and_(posts.c.slot_id == slot_id, posts.c.version == version)
            if connection.scalar(select(posts.c.id).where(shown).with_for_update()) is None:
                return None
            planned = and_(deliveries.c.id.in_(ids), deliveries.c.state == State.PLANNED)
            approve = update(deliveries).where(planned).values(state=State.APPROVED, reason=why, worker=None)
            approved = list(connection.scalars(approve.returning(deliveries.c.id)))
            if approved:
                rows = [audit_row(now, who, id_, State.PLANNED, State.APPROVED, why) for id_ in approved]
                connection.execute(insert(audit), rows)
            return approved

    def add_post(self, planned: PlannedPost, networks: Mapping[str, str], who: str, now: datetime) -> None:
        """A post of people's own; no plan ever changes it."""
        with self.engine.begin() as connection:
            self._insert(connection, planned, networks, now, who)
            own = posts.c.slot_id == planned.slot.id
            connection.execute(update(posts).where(own).values(touched=True, edited_by=who))

    def confirm(self, confirmation: Confirmation) -> None:
        """A person's word that a fact still holds, until a new review date."""
        c = confirmation
        row = {
            "fact_id": c.fact_id, "as_of": c.as_of, "review_by": c.review_by, "who": c.who, "seen": c.seen, "at": c.at,
        }  # fmt: skip
        why = f"as of {c.as_of}, until {c.review_by}: {c.seen}"
        with self.engine.begin() as connection:
            connection.execute(insert(confirmations), row)
            connection.execute(
                insert(audit), audit_row(c.at, c.who, f"fact {c.fact_id}", None, "confirmed", why)
            )

    def last_confirmation(self) -> int | None:
        """A number that grows with every confirmation."""
        with self._reading() as connection:
            found: int | None = connection.scalar(select(func.max(confirmations.c.id)))
            return found

    def confirmations(self) -> list[Confirmation]:
        """Every confirmation, oldest first."""
        with self._reading() as connection:
            rows = connection.execute(select(confirmations).order_by(confirmations.c.id)).mappings()
            return [
                Confirmation(r["fact_id"], r["as_of"], r["review_by"], r["who"], r["seen"], r["at"])
                for r in rows
            ]
