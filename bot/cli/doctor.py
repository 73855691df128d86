"""`bot doctor`."""

from __future__ import annotations

import sys

import click

from bot.cli.common import json_option, show_json, workspace
from bot.model import Account, Misconfigured
from bot.networks import Check, NetworkError, connect


@click.command("doctor")
@click.argument("account_ids", nargs=-1)
@json_option
def command(account_ids: tuple[str, ...], as_json: bool) -> None:
    """Check every account's credentials, permissions, bot label and clock; nothing is posted.

    Name accounts to look at those, enabled or not; else all enabled ones are looked at.
    """
    settings = workspace().settings
    unknown = [name for name in account_ids if name not in settings.accounts]
    if unknown:
        raise Misconfigured(
            f"There is no account called {unknown[0]!r}. Known: {', '.join(settings.accounts)}."
        )
    chosen = [settings.accounts[name] for name in account_ids] or settings.active_accounts()
    found = {account.id: examine(account) for account in chosen}
    if as_json:
        show_json({name: [_as_data(check) for check in checks] for name, checks in found.items()})
    else:
        for name, checks in found.items():
            _show(name, checks)
    sys.exit(0 if all(check.ok for checks in found.values() for check in checks) else 1)


def examine(account: Account) -> list[Check]:
    """Everything that can be seen of an account without posting."""
    try:
        return connect(account).verify()
    except NetworkError as error:
        return [
            Check("sign in", False, str(error), "Set the variables of .env.example, or wait and try again.")
        ]


def _as_data(check: Check) -> dict[str, object]:
    return {"name": check.name, "ok": check.ok, "detail": check.detail, "mend": check.mend}


def _show(name: str, checks: list[Check]) -> None:
    click.echo(name)
    for check in checks:
        click.echo(f"  {'ok  ' if check.ok else 'MEND'} {check.name}: {check.detail}")
        if check.mend and not check.ok:
            click.echo(f"       {check.mend}")
