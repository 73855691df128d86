"""`bot pause`."""

from __future__ import annotations

import click

from bot import steering
from bot.cli.common import json_option, present, scope_of, scope_options, show_json, who_am_i, workspace


@click.command("pause")
@scope_options
@click.option("--why", required=True, help="The reason; it is recorded and shown.")
@json_option
def command(network: str | None, account: str | None, fact: str | None, why: str, as_json: bool) -> None:
    """Stop everything, or one network, account or fact, within a second and wherever the workers run.

    What is being sent at this very moment is finished. `bot resume` ends it.
    """
    scope, name = scope_of(network, account, fact)
    made = steering.pause(workspace(), scope, name, who_am_i("bot pause"), why, present(None))
    if as_json:
        show_json({"paused": made.what, "who": made.who, "why": made.why, "since": made.since})
    else:
        click.echo(f"Paused: {made.what}, by {made.who} at {made.since:%Y-%m-%d %H:%M} UTC: {made.why}")
