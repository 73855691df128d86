"""Which change of state is a change at all.

UNKNOWN is left only by the network's word, or a person's who looked there. SENDING is left by the network's
word, or by a courier that has not let a byte leave: it may skip what the guard refuses at the last moment.
"""

from __future__ import annotations

from bot.model import State

ALLOWED: dict[State, frozenset[State]] = {
    State.PLANNED: frozenset({State.APPROVED, State.DUE, State.SKIPPED}),
    State.APPROVED: frozenset({State.PLANNED, State.DUE, State.SKIPPED}),
    State.DUE: frozenset({State.SENDING, State.SKIPPED}),
    State.SENDING: frozenset({State.SENT, State.FAILED, State.UNKNOWN, State.DUE, State.SKIPPED}),
    State.UNKNOWN: frozenset({State.SENT, State.FAILED, State.DUE}),
    State.FAILED: frozenset({State.DUE}),
    State.SKIPPED: frozenset({State.PLANNED}),
    State.SENT: frozenset(),
}

OPEN = (State.PLANNED, State.APPROVED)
IN_FLIGHT = (State.DUE, State.SENDING, State.UNKNOWN)
TOLD = (*OPEN, *IN_FLIGHT, State.SENT)  # what followers saw, or will as far as anybody knows


def check_move(was: State, becomes: State) -> None:
    """Raise ValueError for a change of state that must never happen."""
    if becomes not in ALLOWED[was]:
        raise ValueError(f"a delivery that is {was} cannot become {becomes}")
