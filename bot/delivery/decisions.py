"""What should happen to a delivery, as values. Pure: the courier acts on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.ledger import Delivery, Outcome
from bot.library import Library, Told, conflicts_near, refusals
from bot.model import Pause, Receipt, State
from bot.networks import BadCredentials, Doubtful, NetworkError, Passing, Refused
from bot.planning import off_its_day
from bot.settings import Settings

MAX_ATTEMPTS = 6
FIRST_WAIT = 30.0
LONGEST_WAIT = 1800.0
JITTER = 15.0


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
    delivery: Delivery,
    settings: Settings,
    library: Library,
    told: Iterable[Told],
    now: datetime,
    stopped_by: Pause | None = None,
) -> Go | Wait | Skip:
    """Whether a delivery whose moment has come may go: pauses, grace, approval, and the guard on today's facts.

    It is asked when a delivery falls due, and once more just before a byte leaves, since hours may lie between.
    """
    decision = _at_the_gate(delivery, settings, library, told, now, stopped_by)
    return Skip(_how_far(decision.why, delivery, delivery.parts)) if isinstance(decision, Skip) else decision


def _at_the_gate(
    delivery: Delivery,
    settings: Settings,
    library: Library,
    told: Iterable[Told],
    now: datetime,
    stopped_by: Pause | None,
) -> Go | Wait | Skip:
    if stopped_by is not None:
        return Wait(f"{stopped_by.what} is paused: {stopped_by.why}")
    grace = timedelta(minutes=settings.campaign.grace_minutes)
    late = now - delivery.due_at
    if late > grace:
        return Skip(
            f"its moment passed {_minutes(late)} ago, longer than the grace of "
            f"{settings.campaign.grace_minutes} minutes{_last_word(delivery)}"
        )
    account = settings.accounts.get(delivery.account_id)
    if account is None or not account.enabled:
        return Skip(f"the account {delivery.account_id} is not enabled")
    if settings.needs_approval(delivery.network) and delivery.state is State.PLANNED:
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
    if why := off_its_day(settings, delivery.observance_id, today):
        return Skip(why)
    if fact.version != delivery.message.fact_version:
        return Skip(f"{fact.id} has changed since this text was written")
    if library.is_unreviewed(delivery.message.template_id):
        return Skip("nobody has reviewed this translation as it stands now")
    for refusal in conflicts_near(
        fact, today, told, library.facts, settings.campaign.cool_downs.conflict_days
    ):
        return Skip(f"the guard refuses it: {refusal}")
    return Go()


def after_error(error: NetworkError, delivery: Delivery, settle_seconds: float, now: datetime) -> Outcome:
    """What becomes of a delivery whose sending ended with this error."""
    outcome = _after_error(error, delivery, settle_seconds, now)
    return telling_how_far(replace(outcome, parts=error.parts or None), delivery)


def _after_error(error: NetworkError, delivery: Delivery, settle_seconds: float, now: datetime) -> Outcome:
    why = f"{type(error).__name__}: {error}"
    if isinstance(error, Refused):
        return Outcome(delivery.id, State.FAILED, why)
    if isinstance(error, BadCredentials):
        return Outcome(delivery.id, State.DUE, why, pause_account=why)
    if isinstance(error, Passing):
        if delivery.attempts >= MAX_ATTEMPTS:
            return Outcome(delivery.id, State.FAILED, f"{why} (tried {delivery.attempts} times)")
        return Outcome(
            delivery.id, State.DUE, why, not_before=now + wait_before_retry(delivery, error.retry_after)
        )
    assert isinstance(error, Doubtful), type(error)
    return Outcome(delivery.id, State.UNKNOWN, why, not_before=now + timedelta(seconds=settle_seconds))


def found(delivery: Delivery, receipt: Receipt | None, now: datetime, grace: timedelta) -> Outcome:
    """What becomes of a delivery in doubt after a look at the network; a thread goes on where it stopped."""
    if receipt is not None and len(receipt.parts) in (0, len(delivery.message.posts)):
        return Outcome(delivery.id, State.SENT, "found on the network", receipt)
    parts = receipt.parts if receipt is not None else ()
    there = so_far(delivery, parts) if parts else "it is not on the network"
    if now - delivery.due_at > grace:
        return Outcome(delivery.id, State.FAILED, f"{there}, and its grace is over", parts=parts)
    again = "the rest goes out" if parts else "it goes out again"
    return Outcome(delivery.id, State.DUE, f"{there}; {again}", parts=parts)


def telling_how_far(outcome: Outcome, delivery: Delivery) -> Outcome:
    """The outcome, with a reason that says how much of a thread is out where only some of it is."""
    if outcome.becomes is State.SENT:
        return outcome
    parts = delivery.parts if outcome.parts is None else outcome.parts
    return replace(outcome, why=_how_far(outcome.why, delivery, parts))


def _how_far(why: str, delivery: Delivery, parts: Collection[str]) -> str:
    return f"{why} ({so_far(delivery, parts)})" if parts and so_far(delivery, parts) not in why else why


def so_far(delivery: Delivery, parts: Collection[str]) -> str:
    """How much of a thread is out, in words."""
    return f"{len(parts)} of the {len(delivery.message.posts)} posts of its thread are out"


def wait_before_retry(delivery: Delivery, retry_after: float | None) -> timedelta:
    """Exponential with jitter (tenacity's), and never sooner than the network asked."""
    from tenacity import RetryCallState, Retrying, wait_exponential_jitter

    attempt = RetryCallState(Retrying(), None, (), {})
    attempt.attempt_number = max(delivery.attempts, 1)
    strategy = wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=JITTER)
    return timedelta(seconds=max(strategy(attempt), retry_after or 0))


def believable_after(delivery: Delivery, settle_seconds: float, now: datetime) -> datetime | None:
    """From when on a look that finds nothing proves that nothing was posted; None for already.

    A last attempt in the future means that a clock was put back: the courier's own patience covers that.
    """
    if delivery.last_sent_at is None or delivery.last_sent_at > now:
        return None
    believable = delivery.last_sent_at + timedelta(seconds=settle_seconds)
    return believable if believable > now else None


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} minutes"


def _last_word(delivery: Delivery) -> str:
    return f"; before that: {delivery.reason}" if delivery.attempts and delivery.reason else ""
