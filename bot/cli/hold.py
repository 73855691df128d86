"""`bot hold`."""

from __future__ import annotations

import click

from bot import steering
from bot.cli.common import json_option, present, show_json, who_am_i, workspace


@click.command("hold")
@click.argument("fact_id", metavar="FACT")
@click.option("--why", default=None, metavar="REASON", help="Why it is put on hold; recorded and shown.")
@click.option(
    "--lift", "lifted", default=None, metavar="REASON", help="Lift a hold given here, with the reason."
)
@json_option
def command(fact_id: str, why: str | None, lifted: str | None, as_json: bool) -> None:
    """Put a fact on hold at once: it leaves every plan, and the guard refuses it until the hold is lifted.

    The file in messages/ stays as it is; a hold that is to last belongs there too.
    """
    if (why is None) == (lifted is None):
        raise click.UsageError("Give --why REASON to hold, or --lift REASON to lift.")
    space, now = workspace(), present(None)
    if lifted is not None:
        steering.lift(space, fact_id, who_am_i("bot hold"), lifted, now)
        withdrawn, words = 0, f"{fact_id} is no longer on hold."
    else:
        withdrawn = steering.hold(space, fact_id, who_am_i("bot hold"), why or "", now)
        words = f"{fact_id} is on hold; {withdrawn} deliveries were withdrawn."
    if as_json:
        show_json({"fact": fact_id, "on_hold": lifted is None, "withdrawn": withdrawn})
    else:
        click.echo(words)
