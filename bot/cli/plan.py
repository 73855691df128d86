"""`bot plan`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from bot.cli.common import json_option, now_option, present, show_json, show_table, workspace
from bot.ledger import Post
from bot.workspace import Workspace


@click.command("plan")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=None,
    help="How far ahead (default: horizon_days of config/campaign.yaml).",
)
@click.option("--ics", is_flag=True, help="An iCalendar feed instead of a table.")
@click.option("--dry-run", is_flag=True, help="Compute and show, but write nothing into the ledger.")
@now_option
@json_option
def command(days: int | None, ics: bool, dry_run: bool, now: datetime | None, as_json: bool) -> None:
    """Show the coming posts, and bring the plan up to date.

    Posts that a person touched stay as they are.
    """
    space, moment = workspace(), present(now)
    changed = 0 if dry_run else space.store_plan(moment, "bot plan", days)
    posts = space.posts(moment, days, dry_run=dry_run)
    if ics:
        from bot.feed import calendar_of

        sys.stdout.buffer.write(calendar_of(space, posts, moment))
    elif as_json:
        show_json([post_as_data(post) for post in posts])
    else:
        show_table(
            ["when", "slot", "fact", "accounts", "state or reason"], [_row(space, post) for post in posts]
        )
        spoken = sum(1 for post in posts if post.deliveries)
        note = "nothing written (dry run)" if dry_run else f"{changed} posts changed in the ledger"
        click.echo(f"{spoken} posts, {len(posts) - spoken} empty slots; {note}.")


def _row(space: Workspace, post: Post) -> list[str]:
    when = post.due_at.astimezone(space.settings.zone)
    states = ", ".join(sorted({delivery.state.value for delivery in post.deliveries}))
    told = (post.observance_id and f"{post.fact_id} ({post.observance_id})") or post.fact_id or "-"
    accounts = ", ".join(delivery.account_id for delivery in post.deliveries) or "-"
    reason = "; ".join(part for part in (states, post.skip_reason) if part)
    return [f"{when:%a %d %b %H:%M}", post.slot_id, told, accounts, reason]


def post_as_data(post: Post) -> dict[str, Any]:
    """A post as plain data, texts and measures included."""
    return {
        "slot": post.slot_id,
        "due_at": post.due_at,
        "day": post.day,
        "fact": post.fact_id,
        "fact_version": post.fact_version,
        "observance": post.observance_id,
        "skip_reason": post.skip_reason,
        "deliveries": [
            {
                "id": d.id,
                "account": d.account_id,
                "network": d.network,
                "state": d.state,
                "template": d.template_id,
                "language": d.message.language,
                "text": d.message.text,
                "length": d.message.length,
                "limit": d.message.limit,
                "bytes": d.message.byte_length,
                "link": d.message.link,
                "alt_texts": [picture.alt_text for picture in d.message.pictures],
                "pictures": [
                    {
                        "kind": "card" if picture.card else "added",
                        "alt_text": picture.alt_text,
                        "credit": picture.credit,
                        "licence": picture.licence,
                    }
                    for picture in d.message.pictures
                ],
                "link_card": asdict(d.message.link_card) if d.message.link_card else None,
                "thread": [
                    {"text": post.text, "length": post.length, "limit": post.limit}
                    for post in d.message.thread
                ],
                "entities": [
                    {
                        "kind": e.kind,
                        "value": e.value,
                        "start": e.start,
                        "end": e.end,
                        "byte_start": e.byte_start,
                        "byte_end": e.byte_end,
                    }
                    for e in d.message.entities
                ],
                "url": d.url,
                "reason": d.reason,
            }
            for d in post.deliveries
        ],
    }
