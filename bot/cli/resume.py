"""`bot resume`."""

from __future__ import annotations

from typing import Literal

import click

from bot import steering
from bot.cli.common import json_option, present, scope_of, scope_options, show_json, who_am_i, workspace


@click.command("resume")
@scope_options
@click.option(
    "--missed",
    type=click.Choice(["grace", "skip", "send"]),
    default="grace",
    show_default=True,
    help="What was missed: sent if within its grace, skipped, or sent now in any case.",
)
@click.option("--why", default="it is over", show_default=True, help="The reason; it is recorded.")
@json_option
def command(
    network: str | None,
    account: str | None,
    fact: str | None,
    missed: Literal["grace", "skip", "send"],
    why: str,
    as_json: bool,
) -> None:
    """End a pause, and say what becomes of the posts whose moment passed meanwhile.

    The guard is asked again for each of them.
    """
    scope, name = scope_of(network, account, fact)
    space, now = workspace(), present(None)
    ended, kept = steering.resume(space, scope, name, missed, who_am_i("bot resume"), why, now)
    if as_json:
        show_json({"resumed": ended.what, "missed": kept, "policy": missed})
    else:
        words = {"grace": "go out if within their grace", "skip": "are skipped", "send": "go out now"}
        click.echo(f"Resumed: {ended.what}. {kept} deliveries were missed; they {words[missed]}.")
