"""`bot preview`."""

from __future__ import annotations

from datetime import datetime

import click

from bot.cli.common import json_option, now_option, present, show_json, workspace
from bot.cli.plan import post_as_data
from bot.ledger import Delivery
from bot.model import Message, Picture


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
    message, of = delivery.message, len(delivery.message.posts)
    thread = f" · thread of {of} posts" if of > 1 else ""
    click.echo(
        f"\n── {delivery.account_id} ({delivery.network}) · {delivery.state} · {_measure(message)} · {message.template_id}{thread}\n"
    )
    for number, post in enumerate(message.posts, 1):
        if number > 1:
            click.echo(f"   ── post {number} of {of} · {_measure(post)}\n")
        _show_text(post)
    click.echo(f"   language {message.language}")
    for picture in message.pictures:
        click.echo(f"   {_what(picture)}; described as: {picture.alt_text}")
    if card := message.link_card:
        told = f"{card.title}: {card.description}" if card.description else card.title
        click.echo(f"   link card {card.url}: {told}")
    if not message.pictures:
        click.echo("   no picture")


def _measure(message: Message) -> str:
    measure = f"{message.length} of {message.limit}"
    if message.byte_limit:
        measure += f", {message.byte_length} of {message.byte_limit} bytes"
    return measure


def _show_text(message: Message) -> None:
    click.echo("\n".join(f"   {line}" for line in message.text.splitlines()))
    click.echo()
    for entity in message.entities:
        click.echo(f"   {entity.kind.value} {entity.value} at bytes {entity.byte_start}-{entity.byte_end}")


def _what(picture: Picture) -> str:
    if card := picture.card:
        return f"picture: share card, {card.width} × {card.height}"
    return f"picture: added, {picture.credit}, {picture.licence}"
