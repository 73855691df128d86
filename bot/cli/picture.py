"""`bot picture`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot import picturing
from bot.cli.common import json_option, present, show_json, who_am_i, workspace
from bot.cli.plan import post_as_data
from bot.images import Statement
from bot.ledger import Post
from bot.model import Misconfigured
from bot.workspace import Workspace


@click.command("picture")
@click.argument("slot")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--alt", metavar="TEXT", help="What it shows, for those who do not see it; in the post's language."
)
@click.option("--credit", metavar="TEXT", help="Who made it.")
@click.option("--licence", metavar="TEXT", help="Why it may be used, such as CC BY 4.0.")
@click.option("--remove", is_flag=True, help="Take the picture off instead.")
@click.option("--card", is_flag=True, help="Put the card of the fact back instead.")
@click.option(
    "--account", "accounts", multiple=True, metavar="NAME", help="Only this account; may be given again."
)
@click.option("--who", default=None, help="Who does it; by default the user of this machine.")
@click.option("--why", default="", help="The reason; it is recorded.")
@json_option
def command(
    slot: str,
    file: Path | None,
    alt: str | None,
    credit: str | None,
    licence: str | None,
    remove: bool,
    card: bool,
    accounts: tuple[str, ...],
    who: str | None,
    why: str,
    as_json: bool,
) -> None:
    """Give a post an image of your own in place of its fact's card, on every account that takes pictures.

    SLOT is an id from `bot plan`, or `next`; FILE is a PNG, JPEG, WebP or GIF. Only its pixels are kept. Alt text,
    credit and licence are needed; the latter two go out at the end of the alt text, in brackets.
    """
    if [file is not None, remove, card].count(True) != 1:
        raise click.UsageError("Give a FILE, or --remove, or --card.")
    if file is not None and not (alt and credit and licence):
        raise click.UsageError("An image needs --alt, --credit and --licence.")
    space, now = workspace(), present(None)
    who = who or who_am_i("bot picture")
    space.store_plan(now, who)
    post = _stored(space, slot, now)
    names = accounts or tuple(picturing.picture_rules(space, post))
    if not names:
        raise Misconfigured(f"No account of {post.slot_id} takes a picture that could be changed.")
    if file is not None:
        said = Statement(alt or "", credit or "", licence or "")
        changed = picturing.add_picture(space, post, post.version, names, _read(file), said, who, why, now)
    else:
        act = picturing.take_off if remove else picturing.put_card_back
        changed = act(space, post, post.version, names, who, why, now)
    if as_json:
        show_json(post_as_data(changed))
        return
    for delivery in changed.deliveries:
        shown = " | ".join(picture.alt_text for picture in delivery.message.pictures) or "no picture"
        click.echo(f"{delivery.account_id}: {shown}")


def _stored(space: Workspace, slot: str, now: datetime) -> Post:
    slot_id = space.find_post(slot, now).slot_id
    post = space.ledger.post(slot_id)
    if post is None:
        raise Misconfigured(f"There is no slot called {slot!r} in the plan. `bot plan` lists them.")
    return post


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}.") from error
