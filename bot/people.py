"""The desk's people: who is let in, as what, and how they prove who they are. Knows nothing of the web.

Passwords are kept as Argon2 hashes, tokens as SHA-256; neither can be read back. Who is signed in is a row in the
ledger, so a role that is taken away is gone at once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from bot.ledger import Ledger
from bot.model import BotError, Misconfigured
from bot.roles import Role, Session, User

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 1000
IDLE, AT_MOST = timedelta(hours=12), timedelta(days=7)
LINK_LASTS = timedelta(minutes=15)
SPAN, PER_NAME, PER_ADDRESS, LINKS_PER_NAME = timedelta(minutes=15), 5, 20, 3
_SEEN_EVERY = timedelta(minutes=1)
_NAME = re.compile(r"[\w][\w.@-]{0,63}")
_AT_A_TIME = threading.BoundedSemaphore(2)  # each hash takes 64 MiB while it is computed


class SignInRefused(BotError):
    """Nobody was signed in; the text does not say whether the name exists."""


class TooManyAttempts(SignInRefused):
    """Somebody has guessed too often."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the token that their browser is to keep."""

    user: User
    token: str


# ── who they are ─────────────────────────────────────────────────────────────────────────────


def add(
    ledger: Ledger,
    name: str,
    role: Role,
    email: str | None,
    password: str | None,
    who: str,
    why: str,
    now: datetime,
) -> User:
    """Let a new person in. Raises Misconfigured for a name, address or password that will not do."""
    name, email = _new_name(name), _checked_email(email)
    hashed = _hash(_checked(password, name)) if password is not None else None
    return ledger.add_user(name, email, role, hashed, who, why, now)


def known(ledger: Ledger, name: str) -> User:
    """The person of this name. Raises Misconfigured when there is none."""
    user = ledger.user(folded(name))
    if user is None:
        raise Misconfigured(f"There is nobody called {name!r} on the desk. `bot user list` lists everybody.")
    return user


def change_role(ledger: Ledger, name: str, role: Role, who: str, why: str, now: datetime) -> User:
    """Give a person another role; it counts from their next click on. Raises Misconfigured for the last admin."""
    return _change(ledger, name, {"role": role}, role, who, why, now)


def deactivate(ledger: Ledger, name: str, who: str, why: str, now: datetime) -> User:
    """Shut a person out, and sign them out everywhere. Raises Misconfigured for the last admin."""
    return _change(ledger, name, {"active": False}, "deactivated", who, why, now)


def activate(ledger: Ledger, name: str, who: str, why: str, now: datetime) -> User:
    """Let a person in again, in the role they had."""
    return _change(ledger, name, {"active": True}, "activated", who, why, now)


def set_password(ledger: Ledger, name: str, password: str, who: str, why: str, now: datetime) -> User:
    """Give a person a new password, and sign them out everywhere. Raises Misconfigured for one that is too short."""
    hashed = _hash(_checked(password, folded(name)))
    return _change(ledger, name, {"password_hash": hashed}, "password set", who, why, now)


def _change(
    ledger: Ledger, name: str, values: dict[str, object], became: str, who: str, why: str, now: datetime
) -> User:
    user = known(ledger, name)
    if not ledger.change_user(user, values, became, who, why, now):
        raise Misconfigured(f"{user.name} is the last admin: make somebody else an admin first.")
    return known(ledger, user.name)


def folded(name: str) -> str:
    """A name as it is kept: capitals and ways to type an accent make no difference."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _new_name(name: str) -> str:
    kept = folded(name)
    if not _NAME.fullmatch(kept):
        raise Misconfigured(
            f"{name!r} is no name for signing in: up to 64 letters, digits and . _ - @, without blanks."
        )
    return kept


def _checked_email(email: str | None) -> str | None:
    if email and not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+", email):
        raise Misconfigured(f"{email!r} is not an email address.")
    return email or None


# ── passwords ────────────────────────────────────────────────────────────────────────────────


def _checked(password: str, name: str) -> str:
    if len(password) < SHORTEST:
        raise Misconfigured(f"A password needs at least {SHORTEST} characters; four or five words do well.")
    if len(password) > LONGEST:
        raise Misconfigured(f"A password has at most {LONGEST} characters.")
    if password.casefold() == name or len(set(password)) < 4:
        raise Misconfigured("That password is guessed too easily; take four or five words.")
    return password


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


def _hash(password: str) -> str:
    with _AT_A_TIME:
        return _hasher().hash(unicodedata.normalize("NFKC", password))


def _is_right(ledger: Ledger, user: User | None, password: str) -> bool:
    """Whether this is the person's password. It takes as long when there is no such person, or no password."""
    from argon2.exceptions import InvalidHashError, VerificationError

    password = password[:LONGEST]
    kept = ledger.password_hash(user) if user is not None and user.active else None
    if user is None or kept is None:
        _hash(password)
        return False
    try:
        with _AT_A_TIME:
            _hasher().verify(kept, unicodedata.normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False
    if _hasher().check_needs_rehash(kept):
        ledger.renew_password_hash(user, kept, _hash(password))
    return True


# ── signing in and out ───────────────────────────────────────────────────────────────────────


def sign_in(ledger: Ledger, name: str, password: str, address: str, now: datetime) -> SignedIn:
    """Sign a person in by password. Raises SignInRefused, or TooManyAttempts after five wrong ones per name."""
    name = folded(name)[:64]
    key = f"name {name}"
    attempt = _attempt(ledger, {key: PER_NAME, _address_key(address): PER_ADDRESS}, now)
    user = ledger.user(name)
    if not _is_right(ledger, user, password) or user is None:
        raise SignInRefused("That name and password do not go together.")
    ledger.forgive(attempt, key)
    return _begin(ledger, user, "password", address, now)


def make_link(ledger: Ledger, name: str, who: str, why: str, now: datetime) -> str:
    """The token of a link that lets a person in once within 15 minutes. Raises Misconfigured for nobody."""
    user = known(ledger, name)
    if not user.active:
        raise Misconfigured(f"{user.name} is deactivated; activate them first.")
    token = secrets.token_urlsafe(32)
    ledger.add_link(_digest(token), user, now + LINK_LASTS, who, why, now)
    return token


def link_by_mail(ledger: Ledger, name: str, address: str, now: datetime) -> tuple[User, str] | None:
    """Whom to mail which token; None for nobody who could get one, which must not be told to who asks.

    Raises TooManyAttempts.
    """
    name = folded(name)[:64]
    _attempt(ledger, {f"link {name}": LINKS_PER_NAME, _address_key(address): PER_ADDRESS}, now)
    user = ledger.user(name)
    if user is None or not user.active or not user.email:
        return None
    return user, make_link(ledger, name, user.name, f"by mail, asked for from {address}", now)


def sign_in_by_link(ledger: Ledger, token: str, address: str, now: datetime) -> SignedIn:
    """Sign in the person a link was made for. Raises SignInRefused for one that was used or lapsed."""
    key = _address_key(address)
    attempt = _attempt(ledger, {key: PER_ADDRESS}, now)
    user = ledger.use_link(_digest(token), now)
    if user is None:
        raise SignInRefused("This link was used already, or its 15 minutes are over. Ask for a new one.")
    ledger.forgive(attempt, f"name {user.name}")
    return _begin(ledger, user, "link", address, now)


def session(ledger: Ledger, token: str | None, now: datetime) -> Session | None:
    """Who is signed in by this token: for 12 hours after the last click, and for 7 days in all."""
    found = ledger.session(_digest(token)) if token else None
    if found is None or not found.user.active:
        return None
    if now >= found.expires_at or now - found.last_seen_at >= IDLE:
        return None
    if now - found.last_seen_at >= _SEEN_EVERY:
        ledger.touch_session(found.id, now)
    return found


def sign_out(ledger: Ledger, session: Session, now: datetime) -> None:
    """End a session."""
    ledger.end_session(session, now)


def needs_old_password(session: Session, now: datetime) -> bool:
    """Whether somebody must prove who they are before they choose a password: not just after a link did that."""
    fresh_by_link = session.how == "link" and now - session.created_at < LINK_LASTS
    return session.user.has_password and not fresh_by_link


def choose_password(
    ledger: Ledger, session: Session, old: str, new: str, address: str, now: datetime
) -> SignedIn:
    """Give oneself a password. Every other session of this person ends; this one begins anew.

    Raises SignInRefused for a wrong old password, and Misconfigured for a new one that will not do.
    """
    user, hashed = session.user, _hash(_checked(new, session.user.name))
    if needs_old_password(session, now):
        key = f"name {user.name}"
        attempt = _attempt(ledger, {key: PER_NAME, _address_key(address): PER_ADDRESS}, now)
        if not _is_right(ledger, user, old):
            raise SignInRefused("That is not your password until now.")
        ledger.forgive(attempt, key)
    ledger.change_user(user, {"password_hash": hashed}, "password set", user.name, "their own choice", now)
    return _begin(ledger, user, "password", address, now)


def _attempt(ledger: Ledger, limits: dict[str, int], now: datetime) -> list[int]:
    taken = ledger.take_attempt(limits, now, SPAN)
    if taken is None:
        minutes = round(SPAN.total_seconds() / 60)
        raise TooManyAttempts(f"Too many attempts. Wait {minutes} minutes, then try again.")
    return taken


def _begin(ledger: Ledger, user: User, how: str, address: str, now: datetime) -> SignedIn:
    token = secrets.token_urlsafe(32)
    csrf, why = secrets.token_urlsafe(32), f"by {how}, from {address}"
    if not ledger.begin_session(_digest(token), user, csrf, how, now + AT_MOST, why, now):
        raise SignInRefused("That name and password do not go together.")
    return SignedIn(user, token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address_key(address: str) -> str:
    """Whose attempts these are: an IPv6 customer has a whole /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"address {address[:100]}"
    return f"address {ip_network((parsed, 64), strict=False) if parsed.version == 6 else parsed}"
