"""`bot confirm`."""

from __future__ import annotations

from datetime import datetime

import click

from bot import confirming
from bot.cli.common import MomentType, json_option, present, show_json, who_am_i, workspace


@click.command("confirm")
@click.argument("fact_id", metavar="FACT")
@click.option("--until", type=MomentType(), required=True, help="The new last day on which it may be posted.")
@click.option(
    "--as-of", type=MomentType(), default=None, help="The day it was seen to hold (default: today)."
)
@click.option(
    "--seen", required=True, metavar="SOURCE", help="Which source was looked at; recorded and shown."
)
@json_option
def command(fact_id: str, until: datetime, as_of: datetime | None, seen: str, as_json: bool) -> None:
    """Confirm that a fact still holds, after a look at its source.

    The numbers stay as they are; where one has changed, edit the file in messages/. The confirmation is kept in
    the database and laid over the file; `bot library export` writes it back.
    """
    space, now = workspace(), present(None)
    day = as_of.date() if as_of else space.settings.day_of(now)
    confirming.confirm(space, fact_id, day, until.date(), who_am_i("bot confirm"), seen, now)
    fact = space.library.facts[fact_id]
    if as_json:
        show_json({"fact": fact_id, "as_of": fact.as_of, "review_by": fact.review_by})
    else:
        click.echo(f"{fact_id} holds as of {fact.as_of} and may be posted until {fact.review_by}.")
