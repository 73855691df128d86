"""`bot correct`."""

from __future__ import annotations

from datetime import datetime

import click

from bot import steering, undoing
from bot.cli.common import MomentType, json_option, present, show_json, who_am_i, workspace
from bot.composing import BLANK
from bot.drafting import Draft
from bot.ledger import Post


@click.command("correct")
@click.argument("delivery_id", metavar="DELIVERY")
@click.option(
    "--fact", default=None, help="The fact that is right now. The same one, or what took its place."
)
@click.option(
    "--who", default=None, metavar="NAME", help="Who corrects it; recorded. Whoever is signed in here."
)
@click.option("--text", default=None, help="What is right. The line of messages/style/, with both figures.")
@click.option("--at", type=MomentType(), default=None, help="When it goes out. In half an hour.")
@click.option("--dry-run", is_flag=True, help="Show the correction and what is against it; plan nothing.")
@json_option
def command(
    delivery_id: str,
    fact: str | None,
    who: str | None,
    text: str | None,
    at: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Plan a correction of a post that is out, on the account that has it; its link names the old post.

    DELIVERY is an id from `bot withdrawn` or the desk's history. Where a figure cannot be known from here, the line has
    a blank, and --text says it all. Exits with 1 when the guard, the check or the limit is against it.
    """
    space, now = workspace(), present(None)
    delivery = steering.known(space, delivery_id)
    fact_id = fact or undoing.right_fact(space, delivery)
    body = text or undoing.proposed(space, delivery, fact_id, now) or BLANK
    moment = at or now + undoing.FIRST_MOMENT
    author = f"{who} (bot correct)" if who else who_am_i("bot correct")
    if dry_run:
        drafted = undoing.drafted_correction(space, delivery, fact_id, body, moment, now)
        _show_draft(drafted, as_json)
        raise SystemExit(1 if drafted.reasons else 0)
    post = undoing.correct(space, delivery, fact_id, body, moment, author, now)
    _show_planned(post, as_json)


def _show_draft(drafted: Draft, as_json: bool) -> None:
    texts = [post.text for post in drafted.message.posts]
    if as_json:
        show_json({"texts": texts, "against": drafted.reasons})
        return
    for text in texts:
        click.echo("\n".join(f"   {line}" for line in text.splitlines()) + "\n")
    for reason in drafted.reasons:
        click.echo(f"Against it: {reason}")
    click.echo("Nothing was planned (dry run).")


def _show_planned(post: Post, as_json: bool) -> None:
    (delivery,) = post.deliveries
    if as_json:
        show_json(
            {
                "slot": post.slot_id,
                "delivery": delivery.id,
                "due_at": post.due_at,
                "text": delivery.message.text,
            }
        )
    else:
        click.echo(
            f"{post.slot_id} is planned for {post.due_at:%Y-%m-%d %H:%M} UTC on {delivery.account_id}."
        )
