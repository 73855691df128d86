"""What can be done about a post that is out already: take it down, or publish a correction that names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.drafting import Refused
from bot.editing import add_correction
from bot.ledger import Delivery, Post
from bot.model import Account, Misconfigured, Receipt, State
from bot.networks import Connection, NetworkError, connect
from bot.workspace import Workspace


def take_down(
    space: Workspace,
    delivery: Delivery,
    who: str,
    why: str,
    now: datetime,
    sign_in: Callable[[Account], Connection] = connect,
) -> None:
    """Delete a post from its network, with a reason. Raises Misconfigured when it cannot be."""
    account = _account_of_sent(space, delivery)
    if delivery.deleted_at is not None:
        raise Misconfigured(
            f"{delivery.id} was taken down on {delivery.deleted_at:%Y-%m-%d %H:%M} UTC already."
        )
    try:
        sign_in(account).delete(Receipt(delivery.remote_id or "", delivery.url))
    except NetworkError as error:
        raise Misconfigured(f"{account.id} could not delete it: {error}") from error
    space.ledger.note_deleted(delivery.id, who, why, now)


def correct(
    space: Workspace, delivery: Delivery, fact_id: str, body: str, at: datetime, who: str, now: datetime
) -> Post:
    """Plan a correction of a post on the account that has it: `body` says what is right, the link names the old post.

    `fact_id` is the fact that is right now: the same one, mended, or the one that took its place. Raises Refused when the guard, the linter or the limit is against it, Misconfigured when it is not out.
    """
    account = _account_of_sent(space, delivery)
    if not delivery.url:
        raise Refused(["The network gave no address for that post, so a correction cannot name it."])
    return add_correction(space, account, delivery, fact_id, body, at, who, now)


def _account_of_sent(space: Workspace, delivery: Delivery) -> Account:
    if delivery.state is not State.SENT or not delivery.remote_id:
        raise Misconfigured(f"{delivery.id} is {delivery.state}: it is not on the network.")
    account = space.settings.accounts.get(delivery.account_id)
    if account is None:
        raise Misconfigured(f"{delivery.account_id} is no longer in config/accounts.yaml.")
    return account
