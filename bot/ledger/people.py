"""The desk's people in the ledger: who they are, who is signed in, who tried to, and links that let in once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.ledger.looking import Looking
from bot.ledger.tables import audit, feeds, sessions, sign_in_attempts, sign_in_links, users
from bot.model import Misconfigured
from bot.roles import Role, Session, User

_ATTEMPT_LOCK = 7219403
_SESSION_OF = select(
    sessions.c.id.label("session_id"),
    sessions.c.csrf,
    sessions.c.how,
    sessions.c.notice,
    sessions.c.created_at.label("began_at"),
    sessions.c.expires_at,
    sessions.c.last_seen_at,
    users,
).join(users, users.c.id == sessions.c.user_id)


class People(Looking):
    """What the desk asks and writes about its people."""

    # ── who they are ─────────────────────────────────────────────────────────────────────────

    def users(self) -> list[User]:
        """Everybody, by name, whether they may sign in or not."""
        with self._reading() as connection:
            return [
                user_from(row) for row in connection.execute(select(users).order_by(users.c.name)).mappings()
            ]

    def user(self, name: str) -> User | None:
        """The person of this name."""
        with self._reading() as connection:
            row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
            return user_from(row) if row else None

    def password_hash(self, user: User) -> str | None:
        """What a password is compared with."""
        with self._reading() as connection:
            found: str | None = connection.scalar(select(users.c.password_hash).where(users.c.id == user.id))
            return found

    def add_user(
        self,
        name: str,
        email: str | None,
        role: Role,
        password_hash: str | None,
        who: str,
        why: str,
        now: datetime,
    ) -> User:
        """Let a new person in. Raises Misconfigured for a name that is taken."""
        row = {
            "name": name, "email": email, "role": role, "password_hash": password_hash, "active": True,
            "created_at": now,
        }  # fmt: skip
        try:
            with self.engine.begin() as connection:
                connection.execute(insert(users), row)
                note(connection, now, who, name, "added", f"{why} (as {role})")
        except IntegrityError:
            raise Misconfigured(f"There is a {name!r} on the desk already.") from None
        added = self.user(name)
        assert added is not None
        return added

    def change_user(
        self, user: User, values: Mapping[str, Any], became: str, who: str, why: str, now: datetime
    ) -> bool:
        """Change columns of a person; whether that was possible: the last active admin stays one.

        Whoever is deactivated or gets another password is signed out everywhere; a deactivated person's feed stops.
        """
        with self.engine.begin() as connection:
            admins = select(users.c.id).where(users.c.role == Role.ADMIN, users.c.active).with_for_update()
            others = set(connection.scalars(admins)) - {user.id}
            current = connection.execute(select(users).where(users.c.id == user.id)).mappings().one()
            after = {**current, **values}
            is_admin, stays = (_is_admin(row) for row in (current, after))
            if is_admin and not stays and not others:
                return False
            connection.execute(update(users).where(users.c.id == user.id).values(**values))
            if not after["active"] or "password_hash" in values:
                connection.execute(delete(sessions).where(sessions.c.user_id == user.id))
                connection.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user.id))
            if not after["active"]:
                connection.execute(delete(feeds).where(feeds.c.user_id == user.id))
            note(connection, now, who, user.name, became, why, str(current["role"]))
            return True

    def renew_password_hash(self, user: User, old: str, new: str) -> None:
        """The same password, hashed by newer rules; nothing changes if the person just chose another."""
        same = users.c.id == user.id, users.c.password_hash == old
        with self.engine.begin() as connection:
            connection.execute(update(users).where(*same).values(password_hash=new))

    # ── who is signed in ─────────────────────────────────────────────────────────────────────

    def begin_session(
        self, id_: str, user: User, csrf: str, how: str, expires_at: datetime, why: str, now: datetime
    ) -> bool:
        """Sign somebody in; whether they still may. Sessions that ended are swept out."""
        with self.engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            active = select(users.c.active).where(users.c.id == user.id).with_for_update()
            if not connection.scalar(active):
                return False
            row = {
                "id": id_, "user_id": user.id, "csrf": csrf, "how": how, "created_at": now, "expires_at": expires_at,
                "last_seen_at": now,
            }  # fmt: skip
            connection.execute(insert(sessions), row)
            note(connection, now, user.name, user.name, "signed in", why)
            return True

    def session(self, id_: str) -> Session | None:
        """A session and its person as they are now."""
        with self._reading() as connection:
            row = connection.execute(_SESSION_OF.where(sessions.c.id == id_)).mappings().first()
        if row is None:
            return None
        return Session(
            row["session_id"], user_from(row), row["csrf"], row["how"], row["notice"], row["began_at"], row["expires_at"],
            row["last_seen_at"],
        )  # fmt: skip

    def touch_session(self, id_: str, now: datetime) -> None:
        """Remember that a session is in use."""
        with self.engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id == id_).values(last_seen_at=now))

    def put_notice(self, id_: str, notice: str | None) -> None:
        """Keep what the next page of a session is to say; None once it is said."""
        with self.engine.begin() as connection:
            connection.execute(update(sessions).where(sessions.c.id == id_).values(notice=notice))

    def end_session(self, session: Session, now: datetime) -> None:
        """Sign out."""
        with self.engine.begin() as connection:
            if connection.execute(delete(sessions).where(sessions.c.id == session.id)).rowcount:
                note(connection, now, session.user.name, session.user.name, "signed out", None)

    # ── who tried ────────────────────────────────────────────────────────────────────────────

    def take_attempt(self, limits: Mapping[str, int], now: datetime, span: timedelta) -> list[int] | None:
        """Write down an attempt under each key; None, and nothing written, when one of them is at its limit.

        It counts as a failure until `forgive` is told otherwise, so that attempts at the same moment, by any
        process, cannot slip through together.
        """
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ATTEMPT_LOCK})
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.at <= now - span))
            query = select(sign_in_attempts.c.key, func.count()).where(
                sign_in_attempts.c.key.in_(list(limits))
            )
            counts = {
                row[0]: int(row[1]) for row in connection.execute(query.group_by(sign_in_attempts.c.key))
            }
            if any(counts.get(key, 0) >= most for key, most in limits.items()):
                return None
            rows = [{"key": key, "at": now} for key in limits]
            return list(
                connection.scalars(insert(sign_in_attempts).returning(sign_in_attempts.c.id), rows).all()
            )

    def forgive(self, ids: list[int], key: str) -> None:
        """Forget attempts that turned out well, and all failures of a key."""
        with self.engine.begin() as connection:
            connection.execute(
                delete(sign_in_attempts).where(
                    sign_in_attempts.c.id.in_(ids) | (sign_in_attempts.c.key == key)
                )
            )

    # ── links ────────────────────────────────────────────────────────────────────────────────

    def add_link(self, id_: str, user: User, expires_at: datetime, who: str, why: str, now: datetime) -> None:
        """A link that lets a person in once. Links that lapsed are swept out."""
        with self.engine.begin() as connection:
            connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))
            row = {"id": id_, "user_id": user.id, "expires_at": expires_at}
            connection.execute(insert(sign_in_links), row)
            note(connection, now, who, user.name, "link made", why)

    def use_link(self, id_: str, now: datetime) -> User | None:
        """Whom a link lets in; nobody when it was used, lapsed or never was."""
        with self.engine.begin() as connection:
            fresh = (
                sign_in_links.c.id == id_,
                sign_in_links.c.used_at.is_(None),
                sign_in_links.c.expires_at > now,
            )
            used = update(sign_in_links).where(*fresh).values(used_at=now)
            user_id = connection.scalar(used.returning(sign_in_links.c.user_id))
            if user_id is None:
                return None
            row = connection.execute(select(users).where(users.c.id == user_id)).mappings().one()
            return user_from(row)


def _is_admin(row: Mapping[str, Any] | RowMapping) -> bool:
    return bool(row["active"]) and row["role"] == Role.ADMIN


def user_from(row: RowMapping) -> User:
    """A person, from their row."""
    return User(
        row["id"], row["name"], row["email"], Role(row["role"]), row["active"],
        row["password_hash"] is not None, row["created_at"],
    )  # fmt: skip


def note(
    connection: Connection,
    now: datetime,
    who: str,
    name: str,
    became: str,
    why: str | None,
    was: str | None = None,
) -> None:
    """Write into the audit log what happened to a person."""
    row = {"at": now, "who": who, "what": f"user {name}", "was": was, "became": became, "why": why}
    connection.execute(insert(audit), row)
