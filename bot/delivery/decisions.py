"""What should happen to a delivery, as values. Pure: the courier acts on them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ledger import Delivery, Outcome
from bot.library import Library, Told, conflicts_near, refusals
from bot.model import State
from bot.networks import BadCredentials, Doubtful, NetworkError, Passing, Refused
from bot.settings import Settings

MAX_ATTEMPTS = 6
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet; look again at the next tick."""

    why: str


@dataclass(frozen=True, slots=True)
class Skip:
    """It must not be sent any more."""

    why: str


def at_the_gate(
    delivery: Delivery, settings: Settings, library: Library, told: Iterable[Told], now: datetime
) -> Go | Wait | Skip:
    """Whether a delivery whose moment has come may go: grace, approval, and the guard on today's facts."""
    grace = timedelta(minutes=settings.campaign.grace_minutes)
    late = now - delivery.due_at
    if late > grace:
        return Skip(
            f"its moment passed {_minutes(late)} ago, longer than the grace of {settings.campaign.grace_minutes} minutes"
        )
    account = settings.accounts.get(delivery.account_id)
    if account is None or not account.enabled:
        return Skip(f"the account {delivery.account_id} is not enabled")
    if settings.campaign.approval == "required" and delivery.state is not State.APPROVED:
        return Wait("nobody has approved it yet")
    if delivery.override_reason:
        return Go()
    return _past_the_guard(delivery, settings, library, told, now)


def _past_the_guard(
    delivery: Delivery, settings: Settings, library: Library, told: Iterable[Told], now: datetime
) -> Go | Skip:
    fact = library.facts.get(delivery.message.fact_id)
    if fact is None:
        return Skip(f"the library has no fact {delivery.message.fact_id} any more")
    today = settings.day_of(now)
    for refusal in refusals(fact, today):
        return Skip(f"the guard refuses it: {refusal}")
    if fact.version != delivery.message.fact_version:
        return Skip(f"{fact.id} has changed since this text was written")
    for refusal in conflicts_near(
        fact, today, told, library.facts, settings.campaign.cool_downs.conflict_days
    ):
        return Skip(f"the guard refuses it: {refusal}")
    return Go()


def after_error(error: NetworkError, delivery: Delivery, settle_seconds: float, now: datetime) -> Outcome:
    """What becomes of a delivery whose sending ended with this error."""
    why = f"{type(error).__name__}: {error}"
    if isinstance(error, (Refused, BadCredentials)):
        return Outcome(delivery.id, State.FAILED, why)
    if isinstance(error, Passing):
        if delivery.attempts >= MAX_ATTEMPTS:
            return Outcome(delivery.id, State.FAILED, f"{why} (tried {delivery.attempts} times)")
        return Outcome(
            delivery.id, State.DUE, why, not_before=now + wait_before_retry(delivery, error.retry_after)
        )
    assert isinstance(error, Doubtful), type(error)
    return Outcome(delivery.id, State.UNKNOWN, why, not_before=now + timedelta(seconds=settle_seconds))


def wait_before_retry(delivery: Delivery, retry_after: float | None) -> timedelta:
    """Exponential, with jitter seeded by the delivery; never sooner than the network asked."""
    jitter = random.Random(f"{delivery.id}/{delivery.attempts}").uniform(0.75, 1.25)  # noqa: S311 - no secret
    doublings = max(delivery.attempts - 1, 0)
    wait: timedelta = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT) * jitter
    return max(wait, timedelta(seconds=retry_after or 0))


def believable_after(delivery: Delivery, settle_seconds: float) -> datetime | None:
    """From when on a look that finds nothing proves that nothing was posted."""
    return delivery.last_sent_at + timedelta(seconds=settle_seconds) if delivery.last_sent_at else None


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} minutes"
