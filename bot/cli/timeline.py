"""`bot timeline`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot.cli.common import now_option, present, workspace
from bot.timeline import render, shown_posts


@click.command("timeline")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("timeline.html"), show_default=True
)
@click.option("--planned", is_flag=True, help="Show what is planned too, not only what was posted.")
@now_option
def command(out: Path, planned: bool, now: datetime | None) -> None:
    """Write what was posted as one HTML page that shows each post as its network would."""
    space, moment = workspace(), present(now)
    posts = shown_posts(space, moment, planned=planned)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(render(space, posts, moment), encoding="utf-8")
    for post in posts:
        click.echo(f"{post.due_at:%Y-%m-%d %H:%M} UTC  {post.observance_id or post.fact_id}")
        for delivery in post.deliveries:
            click.echo(
                f"    {delivery.account_id}: {delivery.state.value}  {delivery.message.text.splitlines()[0]}"
            )
    click.echo(f"{len(posts)} posts. The page: {out.resolve()}")
