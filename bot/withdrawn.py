"""Posts that are out although their fact is not posted any more: what needs a person, or goes by itself.

A post is withdrawn when its fact was put on hold, retired, archived or made internal after it had gone out, or is no
longer in the library. A fact that is merely past its review date withdraws nothing: it was true when it was told, and the post says
of which day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ledger import Delivery, FollowUp
from bot.library import Library, refusals
from bot.model import Misconfigured, State, Status
from bot.workspace import Workspace

LOOKS_BACK = timedelta(days=400)
MOST_OF_A_FACT = 100  # posts that are listed
GONE = "gone"  # no status: the library does not have the fact any more
# What the worker may delete by itself. An archived fact was true of its time, and one that is gone may be a file that
# was moved: a person decides.
DELETED_ALONE = frozenset({Status.HOLD.value, Status.RETIRED.value, Status.INTERNAL.value})


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why posts about a fact are withdrawn; `code` is its status, or GONE."""

    fact_id: str
    code: str
    why: str

    @property
    def reason(self) -> str:
        """The same as a sentence's beginning: its fact and why."""
        return f"{self.fact_id} {self.why}"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A post that is out, and why it should perhaps not be. `goes_alone`: the worker deletes it."""

    out: FollowUp
    withdrawal: Withdrawal
    goes_alone: bool

    @property
    def needs_somebody(self) -> bool:
        """Whether the worker does not delete it, or could not."""
        return not self.goes_alone or self.out.trouble is not None


def withdrawal_of(library: Library, fact_id: str) -> Withdrawal | None:
    """Why posts about a fact are withdrawn, if they are. Pure."""
    fact = library.facts.get(fact_id)
    if fact is None:
        if library.may_exist(fact_id):  # its file cannot be read just now
            return None
        return Withdrawal(fact_id, GONE, "is not in the library any more")
    if fact.status.postable:
        return None
    (refusal,) = [found for found in refusals(fact, fact.as_of) if found.code == fact.status.value]
    return Withdrawal(fact_id, fact.status.value, refusal.why)


def withdrawals(space: Workspace) -> list[Withdrawal]:
    """Why, for each fact that was told and is not posted any more."""
    found = (withdrawal_of(space.library, fact_id) for fact_id in sorted(space.ledger.facts_told()))
    return [withdrawal for withdrawal in found if withdrawal is not None]


def withdrawn(space: Workspace, now: datetime, limit: int = MOST_OF_A_FACT) -> list[Withdrawn]:
    """Posts of the last 400 days that are withdrawn, newest first; at most so many of each fact.

    What was corrected, taken down, or left as it is by a person for the same reason is not among them.
    """
    found = [
        Withdrawn(out, withdrawal, _goes_alone(space, out, withdrawal))
        for withdrawal in withdrawals(space)
        for out in space.ledger.out_about(withdrawal.fact_id, now - LOOKS_BACK, withdrawal.why, limit)
    ]
    return sorted(found, key=lambda each: each.out.delivery.due_at, reverse=True)


def how_many(count: int) -> str:
    """How many posts there are, where so many are listed of one fact."""
    return f"{count} or more" if count >= MOST_OF_A_FACT else str(count)


def why_not_out(delivery: Delivery) -> str | None:
    """Why a delivery is not on its network, if it is not."""
    if delivery.state is not State.SENT:
        return f"{delivery.id} is {delivery.state}: it is not on the network."
    if delivery.deleted_at is not None:
        return f"{delivery.id} was taken down on {delivery.deleted_at:%Y-%m-%d %H:%M} UTC already."
    return None


def leave(space: Workspace, delivery_id: str, who: str, why: str, now: datetime) -> Withdrawal:
    """A person's word that a withdrawn post stays as it is, until its fact is withdrawn for another reason.

    Raises Misconfigured where it is not withdrawn.
    """
    delivery = space.ledger.delivery(delivery_id)
    if delivery is None:
        raise Misconfigured(
            f"There is no delivery {delivery_id!r}. `bot withdrawn` lists those that are withdrawn."
        )
    withdrawal = withdrawal_of(space.library, delivery.message.fact_id)
    if withdrawal is None:
        raise Misconfigured(f"{delivery.message.fact_id} may be posted, so its posts need nobody.")
    if problem := why_not_out(delivery):
        raise Misconfigured(problem)
    space.ledger.leave(delivery.id, withdrawal.why, who, why, now)
    return withdrawal


def _goes_alone(space: Workspace, out: FollowUp, withdrawal: Withdrawal) -> bool:
    account = space.settings.accounts.get(out.delivery.account_id)
    return (
        account is not None
        and account.enabled
        and account.delete_withdrawn
        and withdrawal.code in DELETED_ALONE
        and bool(out.delivery.remote_id)
    )
