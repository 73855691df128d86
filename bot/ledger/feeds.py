"""The addresses at which people's own calendars read the plan: one for each person, kept as a hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.ledger.people import People, note, user_from
from bot.ledger.tables import feeds, users
from bot.roles import User


class Feeds(People):
    """What the calendar's feed asks and writes."""

    def feed_since(self, user: User) -> datetime | None:
        """Since when a person has a feed; None for nobody's."""
        with self._reading() as connection:
            found: datetime | None = connection.scalar(
                select(feeds.c.created_at).where(feeds.c.user_id == user.id)
            )
            return found

    def put_feed(self, id_: str, user: User, who: str, now: datetime) -> bool:
        """Give a person a feed in place of the one they had; whether they may still have one."""
        with self.engine.begin() as connection:
            # The person's row is locked, so that two clicks at once do not both insert.
            if not connection.scalar(select(users.c.active).where(users.c.id == user.id).with_for_update()):
                return False
            had = self._drop(connection, user)
            connection.execute(insert(feeds), {"id": id_, "user_id": user.id, "created_at": now})
            note(connection, now, who, user.name, "feed made", "the one before stops" if had else None)
            return True

    def drop_feed(self, user: User, who: str, now: datetime) -> bool:
        """Take a person's feed away; whether they had one."""
        with self.engine.begin() as connection:
            had = self._drop(connection, user)
            if had:
                note(connection, now, who, user.name, "feed revoked", None)
            return had

    def feed_reader(self, id_: str) -> tuple[str, User] | None:
        """The id of a feed as it is kept, and whose it is; nobody's when they may not sign in."""
        query = select(feeds.c.id.label("feed_id"), users).join(users, users.c.id == feeds.c.user_id)
        with self._reading() as connection:
            row = connection.execute(query.where(feeds.c.id == id_, users.c.active)).mappings().first()
            return (row["feed_id"], user_from(row)) if row else None

    def _drop(self, connection: Connection, user: User) -> bool:
        return bool(connection.execute(delete(feeds).where(feeds.c.user_id == user.id)).rowcount)
