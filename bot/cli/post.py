"""`bot post`."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from bot.cli.common import json_option, present, show_json, who_am_i, workspace
from bot.cli.plan import post_as_data
from bot.editing import bring_forward
from bot.ledger import Post
from bot.logs import set_up
from bot.model import State
from bot.worker import send_now
from bot.workspace import Workspace


@click.command("post")
@click.argument("slot", default="next")
@click.option("--count", type=click.IntRange(1, 50), default=1, help="With SLOT next: how many posts.")
@click.option(
    "--override",
    default=None,
    metavar="REASON",
    help="Post although the guard refuses; the reason is recorded.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be posted, and post nothing.")
@json_option
def command(slot: str, count: int, override: str | None, dry_run: bool, as_json: bool) -> None:
    """Post a slot now.

    SLOT is an id from `bot plan`, or `next`. The guard is asked again for today.
    """
    if count > 1 and slot != "next":
        raise click.UsageError("--count goes with `next`.")
    set_up(as_json=as_json)
    space, moment = workspace(), present(None)
    if not dry_run:
        space.store_plan(moment, "bot post")
    posts = [_post_one(space, slot, moment, override, dry_run) for _ in range(1 if dry_run else count)]
    if as_json:
        show_json([post_as_data(post) for post in posts])
    else:
        for post in posts:
            _show(post, dry_run)
    done = all(d.state is State.SENT for post in posts for d in post.deliveries) and all(
        p.deliveries for p in posts
    )
    sys.exit(0 if done or dry_run else 1)


def _post_one(space: Workspace, slot: str, now: datetime, override: str | None, dry_run: bool) -> Post:
    post = space.find_post(slot, now, to_send=True)
    if dry_run:
        return post
    ids = bring_forward(space, post, now, who_am_i("bot post"), override)
    send_now(space, ids)
    return space.ledger.post(post.slot_id) or post


def _show(post: Post, dry_run: bool) -> None:
    click.echo(f"{post.slot_id}: {post.fact_id or post.skip_reason}")
    for delivery in post.deliveries:
        state = "would be posted" if dry_run else delivery.state.value
        detail = delivery.url or (delivery.reason if not dry_run else "") or ""
        click.echo(f"  {delivery.account_id}: {state} {detail}")
