"""What can be done about a post that is out already: take it down, or publish a correction that names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.composing import BLANK, Unrenderable, correction_line, figure_now, figure_told
from bot.drafting import Draft, Refused, draft
from bot.editing import add_correction
from bot.ledger import Delivery, Post
from bot.model import Account, Message, Misconfigured
from bot.networks import Connection, NetworkError, connect
from bot.withdrawn import why_not_out
from bot.workspace import Workspace

FIRST_MOMENT = timedelta(minutes=30)  # how soon a correction goes out unless somebody says otherwise
LATE = timedelta(minutes=5)  # how long somebody may look at a form before its moment counts as passed


def take_down(
    space: Workspace,
    delivery: Delivery,
    who: str,
    why: str,
    now: datetime,
    sign_in: Callable[[Account], Connection] = connect,
) -> None:
    """Delete a post, with all of its thread, from its network, with a reason. Raises Misconfigured when it cannot be."""
    if problem := why_not_taken_down(space, delivery):
        raise Misconfigured(problem)
    account = space.settings.accounts[delivery.account_id]
    try:
        sign_in(account).delete(delivery.receipt)
    except NetworkError as error:
        raise Misconfigured(f"{account.id} could not delete it: {error}") from error
    space.ledger.note_deleted(delivery.id, who, why, now)


def correct(
    space: Workspace, delivery: Delivery, fact_id: str, body: str, at: datetime, who: str, now: datetime
) -> Post:
    """Plan a correction of a post on the account that has it: `body` says what is right, the link names the old post.

    `fact_id` is the fact that is right now: the same one, mended, or the one that took its place. Raises Refused when
    the guard, the linter or the limit is against it, Misconfigured when it is not out.
    """
    drafted = drafted_correction(space, delivery, fact_id, body, at, now)
    if drafted.reasons:
        raise Refused(list(drafted.reasons))
    return add_correction(space, delivery, drafted.message, at, who, now)


def drafted_correction(
    space: Workspace, delivery: Delivery, fact_id: str, body: str, at: datetime, now: datetime
) -> Draft:
    """The same correction as it would go out, with every reason against it. Raises Misconfigured."""
    if problem := why_not_corrected(space, delivery):
        raise Misconfigured(problem)
    account, old = space.settings.accounts[delivery.account_id], delivery.message
    quoted = " ".join([*_told_by(old), proposed(space, delivery, fact_id, now)])
    day = space.settings.day_of(at)
    drafted = draft(space, account, fact_id, body, day, delivery.url, quoted, old.language)
    reasons = [] if at >= now - LATE else ["The moment has passed already."]
    if BLANK in body:
        reasons.append(f"Write what is to stand in place of {BLANK}.")
    return replace(drafted, reasons=(*reasons, *drafted.reasons))


def proposed(space: Workspace, delivery: Delivery, fact_id: str, now: datetime) -> str:
    """How a correction of a post may begin, in the language of that post: with the figure it told and the fact's now.

    A blank stands for what cannot be known from here; it is empty where the language has no words for corrections.
    """
    library, old = space.library, delivery.message
    style, fact = library.styles.get(old.language), library.facts.get(fact_id)
    if style is None:
        return ""
    card = library.cards.get((old.fact_id, old.language))
    was = figure_told(old, library.facts.get(old.fact_id), card, library.all_templates())
    today = space.settings.day_of(now)
    right = figure_now(fact, library.cards.get((fact_id, old.language)), style, today) if fact else None
    told_on = space.settings.day_of(delivery.last_sent_at or delivery.due_at)
    try:
        return correction_line(style, was, right if right != was else None, told_on) or ""
    except Unrenderable:  # `bot check` says where that line is to be mended
        return ""


def _told_by(message: Message) -> list[str]:
    """Everything that an old post said, on its card, too."""
    cards = [picture.card for picture in message.pictures if picture.card is not None]
    return [*(post.text for post in message.posts), *(f"{card.figure} {card.text}" for card in cards)]


def why_not_taken_down(space: Workspace, delivery: Delivery) -> str | None:
    """Why a post cannot be deleted from its network by the bot, if it cannot."""
    if problem := _why_out_of_reach(space, delivery):
        return problem
    if not delivery.remote_id:
        return (
            f"{delivery.id} was marked as sent by a person, so the bot does not know what the network calls it. "
            "Delete it there."
        )
    return None


def why_not_corrected(space: Workspace, delivery: Delivery) -> str | None:
    """Why no correction can name a post, if none can."""
    if problem := _why_out_of_reach(space, delivery):
        return problem
    if not delivery.url:
        return "The network gave no address for that post, so a correction cannot name it."
    planned = space.ledger.correction_of(delivery.id)
    if planned is not None and planned.open_deliveries:
        return (
            f"A correction of it is planned already, for {planned.due_at:%Y-%m-%d %H:%M} UTC: `{planned.slot_id}`. "
            "Change that one, or leave it out."
        )
    return None


def right_fact(space: Workspace, delivery: Delivery) -> str:
    """The fact that a correction is about, as far as anybody knows: what took the old one's place, or the old one."""
    seen: set[str] = set()
    fact_id = delivery.message.fact_id
    while (fact := space.library.facts.get(fact_id)) and fact.superseded_by and fact_id not in seen:
        seen.add(fact_id)
        fact_id = fact.superseded_by
    return fact_id


def _why_out_of_reach(space: Workspace, delivery: Delivery) -> str | None:
    if problem := why_not_out(delivery):
        return problem
    if delivery.account_id not in space.settings.accounts:
        return f"{delivery.account_id} is no longer in config/accounts.yaml."
    return None
