"""`bot profile`."""

from __future__ import annotations

import sys

import click

from bot.cli.common import json_option, show_json, workspace
from bot.introducing import Introduced, introduce
from bot.model import Misconfigured


@click.group("profile")
def command() -> None:
    """How the accounts introduce themselves on their networks."""


@command.command("sync")
@click.argument("account_ids", nargs=-1, metavar="[ACCOUNT]...")
@click.option("--dry-run", is_flag=True, help="Show what each profile is to say, and sign in nowhere.")
@json_option
def sync(account_ids: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Set name, description and the network's own bot label of each account, as the files say.

    The words stand under `profile` in config/campaign.yaml, or with the account in config/accounts.yaml. All else of a
    profile stays as it is. Name accounts to set those, enabled or not; else all enabled ones are set. Where a network
    lets no program do that (X), what to do by hand is printed. Exits with 1 when an account failed.
    """
    settings = workspace().settings
    if unknown := [name for name in account_ids if name not in settings.accounts]:
        raise Misconfigured(
            f"There is no account called {unknown[0]!r}. Known: {', '.join(settings.accounts)}."
        )
    chosen = [settings.accounts[name] for name in account_ids] or settings.active_accounts()
    found = [introduce(settings, account, dry_run=dry_run) for account in chosen]
    if as_json:
        show_json({each.account_id: _as_data(each) for each in found})
    else:
        for each in found:
            _show(each, dry_run)
    sys.exit(1 if any(each.problem for each in found) else 0)


def _as_data(each: Introduced) -> dict[str, object]:
    return {
        "name": each.profile.name if each.profile else None,
        "description": each.profile.description if each.profile else None,
        "changes": each.changes,
        "problem": each.problem,
    }


def _show(each: Introduced, dry_run: bool) -> None:
    click.echo(each.account_id)
    if each.problem:
        click.echo(f"  FAILED {each.problem}")
    elif dry_run and each.profile:
        click.echo(f"  name: {each.profile.name}")
        click.echo("  description: " + each.profile.description.replace("\n", "\n    "))
    else:
        for change in each.changes or ("Nothing had to change.",):
            click.echo(f"  {change}")
