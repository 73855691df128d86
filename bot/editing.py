"""What people do to single posts: change the words, the fact or the moment, add one of their own.

The guard, the linter and the composer are asked as for every other post; a person's words are held to the fact too.
A post that somebody else changed meanwhile is never overwritten.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.approval import check_second_person
from bot.choosing import composed, near
from bot.composing import body_of
from bot.drafting import BY_HAND, Draft, Refused, draft, known_account, known_fact, tidy
from bot.ledger import Delivery, Post
from bot.model import (
    Account,
    BotError,
    Fact,
    Message,
    Misconfigured,
    Picture,
    PlannedPost,
    Slot,
    Template,
)
from bot.planning import off_its_day
from bot.proofs import try_out, written
from bot.shown import LostUpdate
from bot.workspace import Workspace

CORRECTION = "correction"  # how the slots of corrections are called


def edit(
    space: Workspace, post: Post, version: int, bodies: Mapping[str, str], who: str, why: str, now: datetime
) -> Post:
    """Give deliveries of a post other words, by account; without a change it stays as it is.

    Raises Refused and LostUpdate.
    """
    check_version(post, version)
    _fact_id(post)
    opened = {delivery.account_id for delivery in post.open_deliveries}
    reasons = [
        f"{name} has nothing in this post that can be changed." for name in bodies if name not in opened
    ]
    messages: dict[str, Message] = {}
    for delivery in post.open_deliveries:
        body = bodies.get(delivery.account_id)
        if body is None or tidy(body) == body_of(delivery.message):
            continue
        drafted = redraft(space, delivery, body, post.day)
        reasons += [f"{delivery.account_id}: {reason}" for reason in drafted.reasons]
        messages[delivery.id] = drafted.message
    if reasons:
        raise Refused(reasons)
    return change(space, post, version, messages, who, why, now) if messages else post


def redraft(space: Workspace, delivery: Delivery, body: str, day: date) -> Draft:
    """Other words for a delivery, with what goes out beside them as it was; and what speaks against them."""
    old, account = delivery.message, space.settings.accounts[delivery.account_id]
    is_correction = delivery.slot_id.startswith(f"{CORRECTION}@")
    link, quoted = (old.link, old.text) if is_correction else (None, "")
    drafted = draft(space, account, old.fact_id, body, day, link, quoted, old.language)
    return Draft(_beside_as_it_was(old, drafted.message), drafted.reasons)


def choose_wording(
    space: Workspace, post: Post, version: int, account_id: str, template_id: str, who: str, now: datetime
) -> Post:
    """Give one delivery another of the fact's wordings. Raises Refused and LostUpdate."""
    check_version(post, version)
    delivery = next((d for d in post.open_deliveries if d.account_id == account_id), None)
    if delivery is None:
        raise Misconfigured(f"{account_id} has nothing in {post.slot_id} that can be changed.")
    fact = known_fact(space, _fact_id(post))
    language = delivery.message.language
    wordings = space.library.wordings(fact.id, language, post.observance_id)
    template = next((t for t in wordings if t.id == template_id), None)
    if template is None:
        raise Misconfigured(f"{fact.id} has no wording {template_id!r} in {language}.")
    account = space.settings.accounts[account_id]
    message = _composed(space, template, fact, account, post.observance_id, post.day)
    message = _beside_as_it_was(delivery.message, message)
    return change(space, post, version, {delivery.id: message}, who, f"another wording: {template_id}", now)


def choose_fact(
    space: Workspace, post: Post, version: int, fact_id: str, who: str, why: str, now: datetime
) -> Post:
    """Tell another fact at a slot; a picture that a person added was for the old one, and is taken off.

    Raises Refused and LostUpdate.
    """
    check_version(post, version)
    _check_guard(space, known_fact(space, fact_id), post.day, post.slot_id)
    accounts = [space.settings.accounts[d.account_id] for d in post.open_deliveries]
    planned = written(space, _slot_of(post), fact_id, accounts)
    if planned.refused:
        raise Refused([f"{name}: {why}." for name, why in planned.refused.items()])
    ids = {d.account_id: d.id for d in post.open_deliveries}
    messages = {ids[account_id]: message for account_id, message in planned.messages.items()}
    why = why or f"another fact: {fact_id}"
    if any(own_pictures(d.message) for d in post.open_deliveries):
        why += "; the picture that a person had added is off, because it was for another fact"
    return change(space, post, version, messages, who, why, now)


def move(space: Workspace, post: Post, version: int, at: datetime, who: str, why: str, now: datetime) -> Post:
    """Give a post another moment (UTC); its words are counted anew for that day. Raises Refused and LostUpdate."""
    check_version(post, version)
    if at <= now:
        raise Refused(["The new moment has passed already; `send now` posts at once."])
    if post.deliveries and not post.open_deliveries:
        states = ", ".join(sorted({d.state.value for d in post.deliveries}))
        raise Refused([f"There is nothing left to move: it is {states}."])
    day = space.settings.day_of(at)
    fact = known_fact(space, _fact_id(post))
    _check_guard(space, fact, day, post.slot_id)
    if other_day := off_its_day(space.settings, post.observance_id, day):
        raise Refused([f"It cannot be moved there: {other_day}."])
    messages = {d.id: for_day(space, post, d, day) for d in post.open_deliveries}
    return change(space, post, version, messages, who, why or f"moved to {at:%Y-%m-%d %H:%M} UTC", now, at)


def add(
    space: Workspace,
    fact_id: str,
    account_ids: Sequence[str],
    at: datetime,
    bodies: Mapping[str, str],
    who: str,
    now: datetime,
) -> Post:
    """A post of its own for some accounts at a moment (UTC), in people's words or the library's. Raises Refused.

    An account without words of its own gets one of the fact's wordings.
    """
    proof = try_out(space, fact_id, account_ids, at, bodies, now)
    if proof.all_reasons:
        raise Refused(proof.all_reasons)
    return _add(space, "one-off", fact_id, proof.messages, at, who, now)


def add_and_send(
    space: Workspace,
    fact_id: str,
    account_ids: Sequence[str],
    bodies: Mapping[str, str],
    who: str,
    now: datetime,
) -> Post:
    """A post of its own that the worker sends at once. Raises Refused where a second person is asked for."""
    accounts = [known_account(space, name) for name in account_ids]
    reasons = [
        f"{account.id}: {account.network} asks for a second person. Plan it, and let somebody else send it."
        for account in accounts
        if account.network in space.settings.campaign.second_person
    ]
    if reasons:
        raise Refused(reasons)
    post = add(space, fact_id, account_ids, now, bodies, who, now)
    bring_forward(space, post, now, who)
    return _stored(space, post.slot_id)


def add_correction(
    space: Workspace, old: Delivery, message: Message, at: datetime, who: str, now: datetime
) -> Post:
    """A post that corrects an old one on the account that has it."""
    post = _add(space, CORRECTION, message.fact_id, {old.account_id: message}, at, who, now)
    space.ledger.note_correction(old.id, post.slot_id, who, now)
    return post


def _add(
    space: Workspace,
    kind: str,
    fact_id: str,
    messages: Mapping[str, Message],
    at: datetime,
    who: str,
    now: datetime,
) -> Post:
    """Write down a post of people's own, at a slot of its own."""
    slot = Slot(at, f"{kind}@{at:%Y-%m-%dT%H:%M}/{uuid.uuid4().hex[:8]}", kind, space.settings.day_of(at))
    networks = {name: space.settings.accounts[name].network for name in messages}
    space.ledger.add_post(PlannedPost(slot, fact_id, messages=messages), networks, who, now)
    return _stored(space, slot.id)


def bring_forward(
    space: Workspace, post: Post, now: datetime, who: str, override: str | None = None
) -> list[str]:
    """Make the open deliveries of a post due now; their ids. Raises Misconfigured when there are none, and LostUpdate.

    Where a network needs a second person's approval, whoever changed the post last cannot send it.
    """
    open_ones = post.open_deliveries
    if not open_ones:
        states = ", ".join(sorted({d.state.value for d in post.deliveries})) or post.skip_reason or "empty"
        raise Misconfigured(f"{post.slot_id} has nothing left to post: {states}.")
    for delivery in open_ones:
        check_second_person(space.settings, post, delivery, who)
    today = space.settings.day_of(now)
    if override is None and (why := off_its_day(space.settings, post.observance_id, today)):
        raise Refused([f"{post.slot_id} cannot go out now: {why}."])
    messages = {d.id: for_day(space, post, d, today) for d in open_ones}
    ids = space.ledger.bring_forward(post.slot_id, messages, now, today, who, override, post.version)
    if ids is None:
        raise LostUpdate(_stored(space, post.slot_id))
    return ids


def for_day(space: Workspace, post: Post, delivery: Delivery, day: date) -> Message:
    """The same words on another day, with years counted to it; for the post's own day they stay byte for byte."""
    old = delivery.message
    fact = space.library.facts.get(old.fact_id)
    if post.day == day or fact is None:
        return old
    if delivery.template_id.endswith(BY_HAND):
        return redraft(space, delivery, body_of(old), day).message
    wordings = space.library.wordings(fact.id, old.language, post.observance_id)
    template = next((t for t in wordings if t.id == delivery.template_id), None)
    if template is None:
        return old
    account = space.settings.accounts[delivery.account_id]
    message = _composed(space, template, fact, account, post.observance_id, day)
    return _beside_as_it_was(old, message)


def own_pictures(message: Message) -> tuple[Picture, ...]:
    """The pictures of a message that a person added; no card of a fact is among them."""
    return tuple(picture for picture in message.pictures if picture.media_id)


def _beside_as_it_was(old: Message, new: Message) -> Message:
    """Other words about the same fact, with what a person chose to go out beside the old ones: a picture, or none."""
    if own := own_pictures(old):
        return replace(new, pictures=own, link_card=None)
    if new.pictures and not old.pictures:
        return replace(new, pictures=(), link_card=old.link_card)
    return new


def change(
    space: Workspace,
    post: Post,
    version: int,
    messages: Mapping[str, Message],
    who: str,
    why: str,
    now: datetime,
    at: datetime | None = None,
) -> Post:
    """Give open deliveries (by id) other messages, as one step from the version that was shown. Raises LostUpdate."""
    day = space.settings.day_of(at) if at else post.day
    if not space.ledger.change_post(post.slot_id, version, messages, at or post.due_at, day, who, why, now):
        raise LostUpdate(_stored(space, post.slot_id))
    return _stored(space, post.slot_id)


def _stored(space: Workspace, slot_id: str) -> Post:
    post = space.ledger.post(slot_id)
    if post is None:
        raise Misconfigured(f"There is no post at {slot_id} any more; the plan was made anew.")
    return post


def _composed(
    space: Workspace, template: Template, fact: Fact, account: Account, observance_id: str | None, day: date
) -> Message:
    try:
        return composed(space, template, fact, account, observance_id, day)
    except BotError as error:
        raise Refused([f"{error}."]) from error


def _check_guard(space: Workspace, fact: Fact, day: date, slot_id: str) -> None:
    if reasons := near(space, day, slot_id).reasons(space, fact):
        raise Refused(reasons)


def check_version(post: Post, version: int) -> None:
    """Raise LostUpdate where a post is not at the version that was shown any more."""
    if post.version != version:
        raise LostUpdate(post)


def _slot_of(post: Post) -> Slot:
    return Slot(post.due_at, post.slot_id, post.slot_name, post.day)


def _fact_id(post: Post) -> str:
    if post.fact_id is None:
        raise Misconfigured(f"{post.slot_id} is empty: {post.skip_reason or 'nothing is planned for it'}.")
    return post.fact_id
