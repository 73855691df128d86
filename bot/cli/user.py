"""`bot user`: the desk's people."""

from __future__ import annotations

import os
import sys

import click

from bot import people
from bot.cli.common import json_option, present, show_json, show_table, who_am_i
from bot.ledger import Ledger, open_ledger
from bot.model import Misconfigured
from bot.roles import Role

role_type = click.Choice([role.value for role in Role])
why_option = click.option("--why", default="on the command line", help="The reason; it is recorded.")
link_option = click.option("--link", "wants_link", is_flag=True, help="Print a link that lets them in once.")


@click.group("user")
def command() -> None:
    """Add people to the desk, list them, change what they may do."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=role_type, required=True, help="What they may do; docs/desk.md lists it.")
@click.option("--email", default=None, help="Where a sign-in link may be mailed.")
@link_option
@why_option
def add(name: str, role: str, email: str | None, wants_link: bool, why: str) -> None:
    """Let a new person in.

    Asks for a password, or takes BOT_USER_PASSWORD; with --link they get none, and sign in by the link that is printed.
    """
    ledger, who, now = _ledger(), who_am_i("bot user add"), present(None)
    password = None if wants_link else _password()
    user = people.add(ledger, name, Role(role), email, password, who, why, now)
    click.echo(f"{user.name} is on the desk, as {user.role}.")
    if wants_link:
        _print_link(ledger, user.name, who, why)


@command.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """List everybody."""
    users = _ledger().users()
    if as_json:
        show_json(
            [{"name": u.name, "role": u.role, "email": u.email, "active": u.active,
              "password": u.has_password, "since": u.created_at} for u in users]
        )  # fmt: skip
        return
    rows = [
        (
            u.name,
            u.role.value,
            "yes" if u.active else "no",
            "password" if u.has_password else "link",
            u.email or "",
        )
        for u in users
    ]
    show_table(["name", "role", "active", "signs in by", "email"], rows)


@command.command("change")
@click.argument("name")
@click.option("--role", type=role_type, default=None, help="Another role.")
@click.option("--deactivate", is_flag=True, help="Shut them out, and sign them out everywhere.")
@click.option("--activate", is_flag=True, help="Let them in again.")
@click.option(
    "--password", "new_password", is_flag=True, help="A new password, asked for or from BOT_USER_PASSWORD."
)
@link_option
@why_option
def change(
    name: str,
    role: str | None,
    deactivate: bool,
    activate: bool,
    new_password: bool,
    wants_link: bool,
    why: str,
) -> None:
    """Change what somebody may do; it counts from their next click on."""
    if deactivate and activate:
        raise click.UsageError("Give --deactivate or --activate, not both.")
    if not (role or deactivate or activate or new_password or wants_link):
        raise click.UsageError("Say what to change: --role, --deactivate, --activate, --password or --link.")
    ledger, who, now = _ledger(), who_am_i("bot user change"), present(None)
    if role:
        people.change_role(ledger, name, Role(role), who, why, now)
    if activate:
        people.activate(ledger, name, who, why, now)
    if new_password:
        people.set_password(ledger, name, _password(), who, why, now)
    if deactivate:
        people.deactivate(ledger, name, who, why, now)
    user = people.known(ledger, name)
    click.echo(f"{user.name}: {user.role}, {'active' if user.active else 'deactivated'}.")
    if wants_link:
        _print_link(ledger, name, who, why)


def _ledger() -> Ledger:
    return open_ledger(os.environ.get("DATABASE_URL") or None)


def _password() -> str:
    given = os.environ.get("BOT_USER_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise Misconfigured(
            "There is no terminal to ask for a password. Set BOT_USER_PASSWORD, or give --link."
        )
    words = f"Password, at least {people.SHORTEST} characters"
    asked: str = click.prompt(words, hide_input=True, confirmation_prompt="The same again")
    return asked


def _print_link(ledger: Ledger, name: str, who: str, why: str) -> None:
    token = people.make_link(ledger, name, who, why, present(None))
    desk = os.environ.get("BOT_WEB_URL", "").rstrip("/")
    click.echo(f"{desk}/sign-in/{token}")
    click.echo("It works once, for 15 minutes.", err=True)
