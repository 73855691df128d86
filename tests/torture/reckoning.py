"""What came of it all: the ledger's word held against what followers see. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from bot.ledger import Delivery
from bot.model import State

SETTLED = (State.SENT, State.FAILED, State.SKIPPED)
OPEN = (State.PLANNED, State.APPROVED, State.DUE, State.SENDING, State.UNKNOWN)


@dataclass
class Tally:
    """The counts of the last line, and a sentence for each thing that is wrong."""

    kills: int = 0
    deliveries: int = 0
    doubles: int = 0
    lost: int = 0
    unknown: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrongs: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """The last line of a run."""
        return (
            f"kills={self.kills} deliveries={self.deliveries} doubles={self.doubles} lost={self.lost} "
            f"unknown={self.unknown}"
        )

    def add(self, other: Tally) -> None:
        """Count another act in."""
        self.kills += other.kills
        self.deliveries += other.deliveries
        self.doubles += other.doubles
        self.lost += other.lost
        self.unknown += other.unknown
        self.states += other.states
        self.wrongs += other.wrongs


def plain(text: str) -> str:
    """A text without what servers do to its line ends."""
    return "\n".join(
        line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ).strip()


def reckon(deliveries: Iterable[Delivery], seen: Mapping[str, Sequence[str]], now: datetime) -> Tally:
    """The tally of the deliveries that are due, given the texts that followers see on each account.

    What went out before its moment, because a clock was ahead, counts as well.
    """
    waiting = (State.PLANNED, State.APPROVED)
    due = [d for d in deliveries if d.due_at <= now or d.state not in waiting]
    tally = Tally(deliveries=len(due), states=Counter(d.state.value for d in due))
    shown = {account: Counter(plain(text) for text in texts) for account, texts in seen.items()}
    for delivery in due:
        times = shown[delivery.account_id][plain(delivery.message.text)]
        _judge(delivery, times, tally)
    _count_doubles(due, shown, tally)
    return tally


def _judge(delivery: Delivery, times: int, tally: Tally) -> None:
    what = f"{delivery.id} ({delivery.slot_id} on {delivery.account_id}) is {delivery.state}"
    if delivery.state is State.UNKNOWN:
        tally.unknown += 1
    elif delivery.state is State.SENT and not times:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what}, but the network does not have it")
    elif delivery.state not in SETTLED:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what} to this day: {delivery.reason}")
    elif delivery.state is not State.SENT and not delivery.reason:
        tally.lost += 1
        tally.wrongs.append(f"lost: {what} and does not say why")
    elif delivery.state is not State.SENT and times:
        tally.wrongs.append(f"wrong: {what} ({delivery.reason}), but the network has it")


def _count_doubles(due: Sequence[Delivery], shown: Mapping[str, Counter[str]], tally: Tally) -> None:
    promised = Counter((d.account_id, plain(d.message.text)) for d in due)
    for account, texts in shown.items():
        for text, times in texts.items():
            if times > 1:
                tally.doubles += times - 1
                tally.wrongs.append(f"double: {account} shows {times} times: {text!r}")
            if (account, text) not in promised:
                tally.wrongs.append(f"stray: {account} shows what no delivery promised: {text!r}")


def reasons(deliveries: Iterable[Delivery]) -> Counter[str]:
    """Why deliveries were not sent, without the numbers that make each reason another."""
    ended = (d for d in deliveries if d.state in (State.FAILED, State.SKIPPED))
    return Counter(f"{d.state}: {re.sub(r'[0-9]+', 'N', d.reason or '')[:110]}" for d in ended)


def disorder(in_order: Sequence[str], shown: Sequence[str]) -> list[str]:
    """The texts that followers saw before one that should have come first; both oldest first."""
    place = {plain(text): n for n, text in enumerate(in_order)}
    places = [place[plain(text)] for text in shown if plain(text) in place]
    return [in_order[b] for a, b in pairwise(places) if b < a]


def broken_trail(delivery: Delivery, trail: Sequence[Mapping[str, object]]) -> str | None:
    """What is wrong with the audit trail of a delivery: each row goes on where the last one ended."""
    state = None
    for row in trail:
        if row["became"] == "withdrawn":
            state = None
            continue
        if row["was"] != state:
            return f"trail: {delivery.id} became {row['became']} from {row['was']}, but it was {state}"
        state = row["became"]
    if state != delivery.state:
        return f"trail: {delivery.id} is {delivery.state}, but its trail ends with {state}"
    return None
