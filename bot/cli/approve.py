"""`bot approve`."""

from __future__ import annotations

from datetime import timedelta

import click

from bot import steering
from bot.cli.common import json_option, present, show_json, who_am_i, workspace
from bot.ledger import Post
from bot.model import Misconfigured
from bot.workspace import Workspace


@click.command("approve")
@click.argument("slots", nargs=-1, metavar="SLOT...")
@click.option(
    "--days", type=click.IntRange(1, 366), default=None, help="Everything planned for so many days."
)
@click.option("--skip", "skipped", is_flag=True, help="Leave the posts out instead.")
@click.option("--why", default="looked at it", show_default=True, help="The reason; it is recorded.")
@json_option
def command(slots: tuple[str, ...], days: int | None, skipped: bool, why: str, as_json: bool) -> None:
    """Approve planned posts, or leave them out; a post that a person touched is never planned anew.

    SLOT is an id from `bot plan`. Approval is needed where config/campaign.yaml says `approval: required`.
    """
    if bool(slots) == (days is not None):
        raise click.UsageError("Name slots, or give --days.")
    space, now = workspace(), present(None)
    space.store_plan(now, "bot approve", days)
    posts = [_post(space, slot) for slot in slots] or space.ledger.posts_between(
        now, now + timedelta(days=days or 0)
    )
    act = steering.skip if skipped else steering.approve
    changed = sum(act(space, post, who_am_i("bot approve"), why, now) for post in posts)
    if as_json:
        show_json({"changed": changed, "skipped": skipped})
    else:
        click.echo(f"{changed} deliveries {'left out' if skipped else 'approved'}.")


def _post(space: Workspace, slot: str) -> Post:
    post = space.ledger.post(slot)
    if post is None:
        raise Misconfigured(f"There is no slot called {slot!r} in the plan. `bot plan` lists them.")
    return post
