"""Who may do what on the desk: roles in one ladder, and the people who hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What somebody wants to do.

    VIEW: look at anything. EDIT: edit, compose, move, skip, hold, pause and stop. APPROVE: approve, reject, resume,
    send now, retry, resolve, delete from a network, confirm facts, review translations. ADMINISTER: people and their roles.
    """

    VIEW = "view"
    EDIT = "edit"
    APPROVE = "approve"
    ADMINISTER = "administer"


class Role(StrEnum):
    """What a person is on the desk; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    ADMIN = "admin"

    def may(self, action: Action) -> bool:
        """Whether this role allows an action."""
        ladder = list(Role)
        return ladder.index(self) >= ladder.index(LEAST[action])


LEAST: Mapping[Action, Role] = {
    Action.VIEW: Role.VIEWER,
    Action.EDIT: Role.EDITOR,
    Action.APPROVE: Role.APPROVER,
    Action.ADMINISTER: Role.ADMIN,
}


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in while `active`; without a password only by a link."""

    id: int
    name: str
    email: str | None
    role: Role
    active: bool
    has_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in. `id` is the hash of the token that the browser keeps; `csrf` goes into its forms.

    `how` it began: by "password" or by "link".
    """

    id: str
    user: User
    csrf: str
    how: str
    notice: str | None
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime
