"""`bot preview`."""

from __future__ import annotations

from datetime import datetime

import click

from bot.cli.common import json_option, now_option, present, show_json, workspace
from bot.cli.plan import post_as_data
from bot.ledger import Delivery
from bot.model import Message


@click.command("preview")
@click.argument("slot", default="next")
@now_option
@json_option
def command(slot: str, now: datetime | None, as_json: bool) -> None:
    """Show exactly what a slot will post on each account.

    SLOT is an id from `bot plan`, or `next`. What is shown is what goes out, byte for byte.
    """
    post = workspace().find_post(slot, present(now))
    if as_json:
        show_json(post_as_data(post))
        return
    click.echo(f"{post.slot_id}, {post.due_at:%A %d %B %Y %H:%M} UTC, about {post.fact_id or 'nothing'}")
    if post.skip_reason:
        click.echo(f"Left out: {post.skip_reason}")
    for delivery in post.deliveries:
        _show(delivery)


def _show(delivery: Delivery) -> None:
    message = delivery.message
    measure = f"{message.length} of {message.limit}"
    if message.byte_limit:
        measure += f", {message.byte_length} of {message.byte_limit} bytes"
    click.echo(
        f"\n── {delivery.account_id} ({delivery.network}) · {delivery.state} · {measure} · {message.template_id}\n"
    )
    click.echo("\n".join(f"   {line}" for line in message.text.splitlines()))
    click.echo()
    for entity in message.entities:
        click.echo(f"   {entity.kind.value} {entity.value} at bytes {entity.byte_start}-{entity.byte_end}")
    click.echo(f"   language {message.language}; alt text: {_alt_text(message)}")


def _alt_text(message: Message) -> str:
    return " | ".join(picture.alt_text for picture in message.pictures) or "none needed (no picture)"
