"""`bot retry`."""

from __future__ import annotations

import click

from bot import steering
from bot.cli.common import json_option, present, show_json, who_am_i, workspace
from bot.model import State


@click.command("retry")
@click.argument("delivery_ids", nargs=-1, metavar="DELIVERY...")
@click.option("--all", "every", is_flag=True, help="Everything that failed.")
@click.option("--why", default="a person asked for it", show_default=True, help="The reason; it is recorded.")
@json_option
def command(delivery_ids: tuple[str, ...], every: bool, why: str, as_json: bool) -> None:
    """Try failed deliveries again: they are due now, and the guard is asked once more.

    `bot status` lists what failed, with the ids. What is unknown is never tried again without a look.
    """
    if bool(delivery_ids) == every:
        raise click.UsageError("Name deliveries, or give --all.")
    space = workspace()
    ids = [d.id for d in space.ledger.deliveries_in([State.FAILED])] if every else list(delivery_ids)
    moved = steering.try_again(space, ids, who_am_i("bot retry"), why, present(None))
    if as_json:
        show_json({"due": moved})
    else:
        click.echo(f"{len(moved)} deliveries are due again; the worker sends them at its next tick.")
