"""A campaign's team for tests: one person in each role, and clients that are signed in as them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot import people
from bot.ledger import Ledger, open_ledger
from bot.roles import Role, User
from bot.web.app import create_app
from bot.workspace import Workspace, open_workspace
from tests.world import NOW

HTTPS = "https://desk.test"


def password_of(role: Role | str) -> str:
    """The password of the person who is called as their role is."""
    return f"the long password of an {role}"


@cache
def _hash_of(role: Role) -> str:
    return people._hash(password_of(role))


def add_team(ledger: Ledger, now: datetime = NOW) -> dict[Role, User]:
    """One person in each role, called viewer, editor, approver and admin."""
    return {
        role: ledger.add_user(role, f"{role}@example.org", role, _hash_of(role), "test", "a team", now)
        for role in Role
    }


def hidden(html: str, name: str = "token") -> str:
    """The value of a hidden field on a page: every form of a page has the same token."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name} on this page:\n{html}"
    return found[1]


@dataclass
class Office:
    """The desk's application in this process, with a clock that the test sets."""

    home: Path
    ledger: Ledger
    now: datetime = NOW
    base: str = HTTPS
    clients: list[TestClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app: Starlette = create_app(self.open, lambda: self.now)

    def open(self, ledger: Ledger | None = None) -> Workspace:
        """The campaign as it stands now."""
        return open_workspace(self.home, ledger or self.ledger)

    def wait(self, **span: float) -> None:
        """Let time pass: wait(hours=12)."""
        self.now += timedelta(**span)

    def visitor(self, **headers: str) -> Visitor:
        """A browser in which nobody is signed in."""
        client = TestClient(self.app, self.base, follow_redirects=False, headers=headers)
        return Visitor(client)

    def colleague(self, role: Role | str) -> Visitor:
        """A browser in which the person of this role is signed in."""
        visitor = self.visitor()
        answer = visitor.submit("/sign-in", "/sign-in", name=str(role), password=password_of(role))
        assert answer.status_code == 303, answer.text
        return visitor


@dataclass
class Visitor:
    """A browser as TestClient plays it: with cookies, and forms that are filled in from the page that shows them."""

    client: TestClient
    origin: dict[str, str] = field(default_factory=lambda: {"sec-fetch-site": "same-origin"})

    def get(self, path: str, **options: Any) -> Any:
        """Open a page; redirects are not followed."""
        return self.client.get(path, **options)

    def see(self, path: str = "/") -> str:
        """A page that must be there, as HTML."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{answer.status_code} for {path}:\n{answer.text}"
        return str(answer.text)

    def submit(self, page: str, action: str, **fields: str) -> Any:
        """Open a page, and send one of its forms from it."""
        return self.send(action, token=hidden(self.see(page)), **fields)

    def send(self, action: str, **fields: str) -> Any:
        """Send a form from this desk's own origin, with exactly these fields."""
        return self.client.post(action, data=fields, headers=self.origin)


def ledger_at(folder: Path) -> Ledger:
    """A new ledger with the team in it."""
    ledger = open_ledger(f"sqlite:///{folder / 'bot.db'}")
    add_team(ledger)
    return ledger
