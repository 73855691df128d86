"""`bot withdrawn`."""

from __future__ import annotations

import click

from bot import withdrawn
from bot.cli.common import json_option, present, show_json, who_am_i, workspace
from bot.withdrawn import Withdrawn


@click.command("withdrawn")
@click.option(
    "--leave", "left", multiple=True, metavar="DELIVERY", help="Leave this post as it is; with --why."
)
@click.option("--why", default=None, metavar="REASON", help="Why it stays as it is; recorded.")
@json_option
def command(left: tuple[str, ...], why: str | None, as_json: bool) -> None:
    """List posts that are out although their fact is not posted any more: held, retired, archived, internal or gone.

    Each needs somebody: to correct it (`bot correct`), to take it down (the desk), or to leave it as it is (--leave).
    Where an account says `delete_withdrawn: true`, the worker deletes those of held, retired and internal facts itself.
    A fact that is merely past its review date withdraws nothing. Posts of the last 400 days are looked at.
    """
    if bool(left) != (why is not None and bool(why.strip())):
        raise click.UsageError("--leave and --why go together.")
    space, now = workspace(), present(None)
    for delivery_id in left:
        withdrawn.leave(space, delivery_id, who_am_i("bot withdrawn"), why or "", now)
    found = withdrawn.withdrawn(space, now)
    if as_json:
        show_json([_as_data(each) for each in found])
        return
    for each in found:
        _show(each)
    click.echo(f"{len(found)} posts are withdrawn and out." if found else "No withdrawn post is out.")


def _as_data(each: Withdrawn) -> dict[str, object]:
    delivery = each.out.delivery
    return {
        "delivery": delivery.id,
        "account": delivery.account_id,
        "network": delivery.network,
        "sent_at": delivery.last_sent_at,
        "url": delivery.url,
        "fact": each.withdrawal.fact_id,
        "because": each.withdrawal.code,
        "why": each.withdrawal.reason,
        "deleted_by_worker": each.goes_alone,
        "tried": each.out.tried,
        "trouble": each.out.trouble,
        "again_at": each.out.again_at,
    }


def _show(each: Withdrawn) -> None:
    delivery = each.out.delivery
    click.echo(f"{delivery.id}  {delivery.due_at:%Y-%m-%d}  {delivery.account_id}  {delivery.url or ''}")
    click.echo(f"    {delivery.message.text.splitlines()[0]}")
    click.echo(f"    {each.withdrawal.reason}")
    if each.out.trouble:
        click.echo(f"    It could not be deleted: {each.out.trouble}")
    elif each.goes_alone:
        click.echo("    The worker deletes it.")
