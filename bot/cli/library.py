"""`bot library`."""

from __future__ import annotations

import click

from bot import confirming
from bot.cli.common import workspace


@click.group("library")
def command() -> None:
    """Write what was confirmed or reviewed on the desk or the command line back into the files."""


@command.command("export")
@click.option("--write", is_flag=True, help="Change the files instead of printing a patch.")
def export(write: bool) -> None:
    """Print the confirmations and reviews that the files do not say yet, as a patch for `git apply` or `patch -p1`."""
    space = workspace()
    if not write:
        click.echo(confirming.patch(space), nl=False)
        return
    files = confirming.write_back(space)
    click.echo(f"Written: {', '.join(files)}." if files else "The files say it all already.")
