"""`bot resolve`."""

from __future__ import annotations

import click

from bot import steering
from bot.cli.common import json_option, present, show_json, who_am_i, workspace


@click.command("resolve")
@click.argument("delivery_id", metavar="DELIVERY")
@click.option("--sent/--not-sent", "was_sent", default=None, help="What your look at the network showed.")
@click.option("--url", default=None, help="With --sent: where the post is.")
@click.option(
    "--why", default="looked at the account", show_default=True, help="How you know; it is recorded."
)
@json_option
def command(delivery_id: str, was_sent: bool | None, url: str | None, why: str, as_json: bool) -> None:
    """Say what became of a delivery that is unknown and that the bot cannot look up itself.

    With --not-sent it counts as failed; `bot retry` then sends it.
    """
    if was_sent is None:
        raise click.UsageError("Give --sent or --not-sent.")
    space, now = workspace(), present(None)
    steering.resolve(space, delivery_id, was_sent, url, who_am_i("bot resolve"), why, now)
    state = steering.known(space, delivery_id).state
    if as_json:
        show_json({"delivery": delivery_id, "state": state})
    else:
        click.echo(f"{delivery_id} is {state}.")
