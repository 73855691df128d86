"""What the ledger hands out: deliveries, posts, outcomes and workers, and how they come from rows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from bot.ledger.states import OPEN
from bot.ledger.wire import message_from_json
from bot.model import Message, Receipt, State

_NAMESPACE = uuid.UUID("6d1f8f0e-4b1d-4f0c-9d6e-3d0b6f0c2a11")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post to one account, as the ledger remembers it. Moments are UTC."""

    id: str
    post_id: int
    slot_id: str
    account_id: str
    network: str
    template_id: str
    message: Message
    state: State
    due_at: datetime
    attempts: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    url: str | None = None
    reason: str | None = None
    override_reason: str | None = None
    observance_id: str | None = None
    remote_id: str | None = None
    deleted_at: datetime | None = None
    parts: tuple[str, ...] = ()

    @property
    def receipt(self) -> Receipt:
        """What the network answered; without an id where a person said that it is there."""
        return Receipt(self.remote_id or "", self.url, parts=self.parts)

    @property
    def is_open(self) -> bool:
        """Whether nobody has let it pass the gate yet, so that it can still be changed."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Post:
    """What is planned for a slot, with its deliveries."""

    id: int
    slot_id: str
    slot_name: str
    due_at: datetime
    day: date
    fact_id: str | None
    fact_version: str | None
    observance_id: str | None
    skip_reason: str | None
    touched: bool
    deliveries: tuple[Delivery, ...] = ()
    version: int = 1
    edited_by: str | None = None

    @property
    def open_deliveries(self) -> list[Delivery]:
        """Those that can still be changed."""
        return [delivery for delivery in self.deliveries if delivery.is_open]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery: its new state, why, and what the network answered."""

    delivery_id: str
    becomes: State
    why: str
    receipt: Receipt | None = None
    not_before: datetime | None = None
    pause_account: str | None = None  # why its account must not be used until a person mends it
    parts: tuple[str, ...] | None = None  # what of its thread is out; None: as it was


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A post that is out and needs somebody; how often its deletion was tried, why that failed, and when it is tried again."""

    delivery: Delivery
    tried: int = 0
    trouble: str | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Somebody's word, after a look at the source (`seen`), that a fact holds as of a day, until another."""

    fact_id: str
    as_of: date
    review_by: date
    who: str
    seen: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """Somebody's word on what a language says of a fact or a day (`observance:` and its id), as they read it (`seen`)."""

    name: str
    language: str
    seen: str
    reviewed: bool
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as it last described itself. Moments are UTC, by its own clock."""

    id: str
    beat: int
    started_at: datetime
    beat_at: datetime
    healthy_at: datetime | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should know, from when it was raised until it cleared."""

    key: str
    text: str
    raised_at: datetime
    told_at: datetime | None


def delivery_id(slot_id: str, account_id: str) -> str:
    """The same for every planner, so that two of them cannot plan one delivery twice."""
    return str(uuid.uuid5(_NAMESPACE, f"{slot_id}\0{account_id}"))


def audit_row(
    at: datetime, who: str, what: str, was: State | None, became: str, why: str | None
) -> dict[str, Any]:
    return {"at": at, "who": who, "what": what, "was": was, "became": became, "why": why}


def delivery_from(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        post_id=row["post_id"],
        slot_id=row["slot_id"],
        account_id=row["account_id"],
        network=row["network"],
        template_id=row["template_id"],
        message=message_from_json(row["message"]),
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        first_sent_at=row["first_sent_at"],
        last_sent_at=row["last_sent_at"],
        url=row["url"],
        reason=row["reason"],
        override_reason=row["override_reason"],
        observance_id=row["observance_id"],
        remote_id=row["remote_id"],
        deleted_at=row["deleted_at"],
        parts=tuple(row["parts"] or ()),
    )
