"""The guard: refuses a fact that must not go out on a given day, and says why, since when, and what would lift it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.model import Fact, Status

_STATUS_WORDS = {
    Status.HOLD: "is on hold",
    Status.RETIRED: "is retired",
    Status.ARCHIVED: "is archived: true of a past period, for comparisons only",
    Status.INTERNAL: "is internal: bookkeeping, not for followers",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a fact may not go out. `since` is the first day on which it was refused for this reason."""

    fact_id: str
    code: str
    why: str
    since: date
    lift: str

    def __str__(self) -> str:
        return f"{self.fact_id} {self.why} (since {self.since}). To lift it: {self.lift}"


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that was told, or is planned to be, on a day."""

    fact_id: str
    day: date


def refusals(fact: Fact, on: date) -> tuple[Refusal, ...]:
    """Every reason in the fact itself why it may not be posted on this day (a campaign calendar day)."""
    found = []
    if not fact.status.postable:
        found.append(_status_refusal(fact))
    if fact.review_by is not None and on > fact.review_by:
        found.append(
            Refusal(
                fact.id,
                "overdue",
                f"is past its review date, {fact.review_by}",
                fact.review_by + timedelta(days=1),
                f"check it against {fact.source.publisher} and set a new as_of and review_by in {fact.place.file}.",
            )
        )
    if on < fact.as_of:
        found.append(
            Refusal(
                fact.id,
                "not-yet",
                f"is stated as of {fact.as_of}, which has not come",
                on,
                f"wait until {fact.as_of}, or correct as_of in {fact.place.file}.",
            )
        )
    return tuple(found)


def _status_refusal(fact: Fact) -> Refusal:
    reason = f": {fact.status_reason.rstrip('.')}" if fact.status_reason else ""
    lift = fact.lift or f"a person sets its status to post in {fact.place.file}, with a reason."
    return Refusal(
        fact.id, fact.status.value, f"{_STATUS_WORDS[fact.status]}{reason}", fact.status_since, lift
    )


def conflicts_near(
    fact: Fact, on: date, told: Iterable[Told], facts: Mapping[str, Fact], days: int
) -> tuple[Refusal, ...]:
    """A refusal for each conflicting fact told within `days` of this day, before or after it."""
    found = []
    for other in told:
        gap = abs((other.day - on).days)
        if (
            other.fact_id != fact.id
            and gap <= days
            and in_conflict(fact, facts.get(other.fact_id), other.fact_id)
        ):
            found.append(
                Refusal(
                    fact.id,
                    "conflict",
                    f"contradicts {other.fact_id} in a reader's eye, which is told on {other.day}",
                    min(on, other.day),
                    f"leave more than {days} days between the two.",
                )
            )
    return tuple(found)


def in_conflict(fact: Fact, other: Fact | None, other_id: str) -> bool:
    """Whether either fact names the other as a conflict."""
    return other_id in fact.conflicts or (other is not None and fact.id in other.conflicts)
