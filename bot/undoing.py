"""What can be done about a post that is out already: take it down, or publish a correction that names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.drafting import Refused
from bot.editing import add_correction
from bot.ledger import Delivery, Post
from bot.model import Account, Misconfigured
from bot.networks import Connection, NetworkError, connect
from bot.withdrawn import why_not_out
from bot.workspace import Workspace

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
    if problem := why_not_corrected(space, delivery):
        raise Misconfigured(problem)
    if at < now - LATE:
        raise Refused(["The moment has passed already."])
    return add_correction(
        space, space.settings.accounts[delivery.account_id], delivery, fact_id, body, at, who, now
    )


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
    return (
        None if delivery.url else "The network gave no address for that post, so a correction cannot name it."
    )


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
