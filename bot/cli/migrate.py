"""`bot migrate`."""

from __future__ import annotations

import os

import click

from bot.ledger import open_ledger


@click.command("migrate")
def command() -> None:
    """Bring the database up to date; safe to run at every release."""
    ledger = open_ledger(os.environ.get("DATABASE_URL") or None)
    where = ledger.engine.url.render_as_string(hide_password=True)
    click.echo(f"{where} is up to date.")
