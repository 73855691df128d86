"""What people do to the picture of a post: add an image of their own, take the picture off, put the fact's card back.

An image goes out only with alt text, credit and licence. Networks have no field for the latter two, so they stand at
the end of the alt text, in brackets: there they go wherever the picture goes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from bot.composing import body_of, isolated
from bot.drafting import Refused, draft
from bot.editing import change, check_version
from bot.images import CleanImage, Statement, clean, statement
from bot.ledger import Delivery, Media, Post
from bot.model import BotError, LinkCard, Message, Picture, PictureRules
from bot.workspace import Workspace


def add_picture(
    space: Workspace,
    post: Post,
    version: int,
    account_ids: Collection[str],
    data: bytes,
    said: Statement,
    who: str,
    why: str,
    now: datetime,
) -> Post:
    """Give these accounts' deliveries a person's image in place of their card; of the file, only the pixels are kept.

    Raises Unstated, Unfit, Refused and LostUpdate.
    """
    check_version(post, version)
    said = statement(said.alt_text, said.credit, said.licence)
    chosen = _chosen(space, post, account_ids)
    spoken = {d.id: alt_text_of(said, d.message.language) for d, _ in chosen}
    _check([_too_long(d, spoken[d.id], rules) for d, rules in chosen])
    image = clean(data)
    _check([_too_heavy(d, image, rules) for d, rules in chosen])
    key = hashlib.sha256(image.data).hexdigest()[:32]
    space.ledger.keep_media([Media(key, image.mime, image.width, image.height, image.data)], now)

    def illustrated(delivery: Delivery) -> Message:
        picture = Picture(spoken[delivery.id], media_id=key, credit=said.credit, licence=said.licence)
        return replace(delivery.message, pictures=(picture,), link_card=None)

    messages = {d.id: illustrated(d) for d, _ in chosen}
    return change(space, post, version, messages, who, _noted(f"added an image by {said.credit}", why), now)


def take_off(
    space: Workspace,
    post: Post,
    version: int,
    account_ids: Collection[str],
    who: str,
    why: str,
    now: datetime,
) -> Post:
    """Let these accounts' deliveries go out without a picture; where the network shows one, with their link's card.

    Raises Refused and LostUpdate.
    """

    def bare(delivery: Delivery) -> Message:
        if not delivery.message.pictures:
            raise Refused([f"{delivery.account_id}: there is no picture to take off."])
        return replace(delivery.message, pictures=(), link_card=_link_card(space, delivery))

    return _change_each(
        space, post, version, account_ids, bare, who, _noted("took the picture off", why), now
    )


def put_card_back(
    space: Workspace,
    post: Post,
    version: int,
    account_ids: Collection[str],
    who: str,
    why: str,
    now: datetime,
) -> Post:
    """Give these accounts' deliveries the share card of their fact. Raises Refused and LostUpdate."""

    def with_card(delivery: Delivery) -> Message:
        card = _card(space, post, delivery)
        return replace(delivery.message, pictures=(card,), link_card=None)

    return _change_each(
        space, post, version, account_ids, with_card, who, _noted("put the card back", why), now
    )


def picture_rules(space: Workspace, post: Post) -> Mapping[str, PictureRules]:
    """Which accounts' open deliveries of a post may carry a picture, and what their networks take."""
    known = ((d, space.settings.accounts.get(d.account_id)) for d in post.open_deliveries)
    rules = {d.account_id: space.rules_of(account).pictures for d, account in known if account is not None}
    return {name: taken for name, taken in rules.items() if taken is not None}


def alt_text_of(said: Statement, language: str) -> str:
    """The alt text as it goes out: what the image shows, and in brackets its credit and licence."""
    return isolated(f"{said.alt_text} ({said.credit}, {said.licence})", language)


# ── what speaks against it ───────────────────────────────────────────────────────────────────


def _check(reasons: Collection[str | None]) -> None:
    if against := [reason for reason in reasons if reason]:
        raise Refused(against)


def _chosen(
    space: Workspace, post: Post, account_ids: Collection[str]
) -> list[tuple[Delivery, PictureRules]]:
    """The open deliveries of these accounts, with what pictures each takes. Raises Refused for one that takes none."""
    taken = picture_rules(space, post)
    opened = {d.account_id: d for d in post.open_deliveries}
    if not account_ids:
        raise Refused(["Choose at least one account."])
    _check([_takes_none(name, opened, taken) for name in account_ids])
    return [(opened[name], taken[name]) for name in dict.fromkeys(account_ids)]


def _takes_none(name: str, opened: Mapping[str, Delivery], taken: Mapping[str, PictureRules]) -> str | None:
    if name not in opened:
        return f"{name} has nothing in this post that can be changed."
    if name not in taken:
        return f"{name} takes no picture: its network has none, or config/accounts.yaml wants none."
    return None


def _too_long(delivery: Delivery, spoken: str, rules: PictureRules) -> str | None:
    if len(spoken) <= rules.alt_limit:
        return None
    return (
        f"{delivery.account_id}: the alt text, with credit and licence behind it, has {len(spoken):,} characters; "
        f"its network takes {rules.alt_limit:,}. Shorten it."
    )


def _too_heavy(delivery: Delivery, image: CleanImage, rules: PictureRules) -> str | None:
    if len(image.data) <= rules.byte_limit:
        return None
    return (
        f"{delivery.account_id}: the image has {len(image.data):,} bytes when it is made clean; its network takes "
        f"{rules.byte_limit:,}. Save a smaller one."
    )


# ── how it is done ───────────────────────────────────────────────────────────────────────────


def _change_each(
    space: Workspace,
    post: Post,
    version: int,
    account_ids: Collection[str],
    other: Callable[[Delivery], Message],
    who: str,
    why: str,
    now: datetime,
) -> Post:
    check_version(post, version)
    messages = {d.id: other(d) for d, _ in _chosen(space, post, account_ids)}
    return change(space, post, version, messages, who, why, now)


def _link_card(space: Workspace, delivery: Delivery) -> LinkCard | None:
    message = delivery.message
    if not space.rules_of(space.settings.accounts[delivery.account_id]).link_cards:
        return None
    return space.ledger.link_cards().get(message.link or "")


def _card(space: Workspace, post: Post, delivery: Delivery) -> Picture:
    """The card that the library has for a delivery's fact, on the day of its post."""
    message, account = delivery.message, space.settings.accounts[delivery.account_id]
    try:
        drafted = draft(
            space,
            account,
            message.fact_id,
            body_of(message),
            post.day,
            message.link,
            language=message.language,
        )
    except BotError as error:
        raise Refused([f"{delivery.account_id}: {error}"]) from error
    if not drafted.message.pictures:
        raise Refused(
            [f"{delivery.account_id}: the library has no card of {message.fact_id} in {message.language}."]
        )
    return drafted.message.pictures[0]


def _noted(what: str, why: str) -> str:
    return f"{what}: {why}" if why else what
