"""How much an account may still post: its own budgets, the networks' documented ones, and what servers say.

Pure: what was sent and what servers said are arguments. An account rests before it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model import SPANS, Allowance


@dataclass(frozen=True, slots=True)
class Rest:
    """An account that has used up what it may do, and until when (UTC)."""

    account_id: str
    until: datetime
    why: str


def rest_of(
    account_id: str,
    budgets: Mapping[str, int],
    sent: Sequence[datetime],
    allowances: Iterable[Allowance],
    now: datetime,
) -> Rest | None:
    """The longest rest an account has to take at this moment, or None when it may post.

    `sent` is when it posted or tried to, oldest first; spans end now (they roll, as the networks' do).
    """
    rests = [_spent(account_id, name, most, sent, now) for name, most in budgets.items()]
    rests += [
        Rest(account_id, a.resets_at, f"the network allows nothing more before then ({a.name})")
        for a in allowances
        if a.remaining <= 0 and a.resets_at > now
    ]
    return max((rest for rest in rests if rest), key=lambda rest: rest.until, default=None)


def _spent(account_id: str, name: str, most: int, sent: Sequence[datetime], now: datetime) -> Rest | None:
    span = SPANS[name]
    within = [at for at in sent if at > now - span]
    if len(within) < most:
        return None
    if most == 0:
        return Rest(account_id, now + span, f"its budget per {name.replace('_', ' ')} is nought")
    frees = within[len(within) - most] + span
    return Rest(account_id, frees, f"its budget of {most} per {name.replace('_', ' ')} is used up")
