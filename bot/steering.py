"""What people tell the running bot: pause, resume, hold, approve, skip, try again, and what a look at a network found.

Every word takes effect through the ledger, wherever the workers run, and stands in its audit log with who and why.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.approval import check_second_person
from bot.ledger import OPEN, Delivery, Post
from bot.model import Hold, Misconfigured, Pause, Scope, State
from bot.networks import names
from bot.shown import LostUpdate, check_mark
from bot.workspace import Workspace

Missed = Literal["grace", "skip", "send"]
UNSENT = (*OPEN, State.DUE)


def pause(space: Workspace, scope: Scope, name: str, who: str, why: str, now: datetime) -> Pause:
    """Stop everything, a network, an account or a fact. Raises Misconfigured for a name that is not known."""
    _check_name(space, scope, name)
    return space.ledger.pause(scope, name, who, why, now)


def resume(
    space: Workspace, scope: Scope, name: str, missed: Missed, who: str, why: str, now: datetime
) -> tuple[Pause, int]:
    """End a pause; the pause, and how many deliveries it had kept past their moment.

    `missed` says what becomes of those: `grace`, as after an outage, sends what is still within its grace and
    skips the rest; `skip` skips them all; `send` sends them all, their grace counted from now. The guard is
    asked in any case. Raises Misconfigured when there is no such pause.
    """
    standing = next((p for p in space.ledger.pauses() if (p.scope, p.name) == (scope, name)), None)
    if standing is None:
        others = "; ".join(p.what for p in space.ledger.pauses()) or "nothing"
        raise Misconfigured(f"{_named(scope, name)} is not paused. Paused: {others}.")
    # What was within its grace when the pause began could have gone out meanwhile, so the pause kept it.
    grace = timedelta(minutes=space.settings.campaign.grace_minutes)
    kept = space.ledger.missed(replace(standing, since=standing.since - grace), now)
    if missed == "skip":
        _leave_out(space, kept, UNSENT, who, f"missed while {standing.what} was paused: {why}", now)
    elif missed == "send":
        space.ledger.give_anew(
            kept, now, who, f"missed while {standing.what} was paused; sent after all: {why}"
        )
    space.ledger.resume([standing], who, why, now)
    return standing, len(kept)


def hold(space: Workspace, fact_id: str, who: str, why: str, now: datetime) -> int:
    """Put a fact on hold and take it out of everything planned; how many deliveries were withdrawn.

    Slots that nobody touched get another fact; what a person touched, or what is due already, is skipped.
    """
    _check_name(space, Scope.FACT, fact_id)
    space.ledger.hold(fact_id, who, why, now)
    withdrawn = sum(len(space.ledger.ids_of_fact(fact_id, state)) for state in UNSENT)
    space.library.hold(Hold(fact_id, who, why, now))
    space.store_plan(now, who)
    left = [id_ for state in UNSENT for id_ in space.ledger.ids_of_fact(fact_id, state)]
    _leave_out(space, left, UNSENT, who, f"{fact_id} was put on hold: {why}", now)
    return withdrawn


def lift(space: Workspace, fact_id: str, who: str, why: str, now: datetime) -> None:
    """Lift a hold. Raises Misconfigured when there is none of ours."""
    if not space.ledger.lift(fact_id, who, why, now):
        raise Misconfigured(
            f"{fact_id} was not put on hold by `bot hold`. `bot facts {fact_id}` says what keeps it back."
        )


def approve(space: Workspace, post: Post, who: str, why: str, now: datetime) -> int:
    """Let the planned deliveries of a post go out at their moment; how many. Raises Misconfigured and LostUpdate."""
    planned = [d for d in post.deliveries if d.state is State.PLANNED]
    for delivery in planned:
        check_second_person(space.settings, post, delivery, who)
    ids = [delivery.id for delivery in planned]
    approved = space.ledger.approve_post(post.slot_id, post.version, ids, who, why, now)
    if approved is None:
        raise LostUpdate(space.ledger.post(post.slot_id) or post)
    return len(approved)


def skip(
    space: Workspace,
    post: Post,
    who: str,
    why: str,
    now: datetime,
    mark: str | None = None,
) -> int:
    """Leave a post out; how many deliveries that were planned or approved.

    `mark` is that of the post as whoever decides was shown it. Raises LostUpdate where it is another by now.
    """
    if mark is not None:
        check_mark(post, mark)
    return _leave_out(space, [d.id for d in post.open_deliveries], OPEN, who, why, now)


def _leave_out(
    space: Workspace, ids: Collection[str], states: tuple[State, ...], who: str, why: str, now: datetime
) -> int:
    """Skip those deliveries that are still in one of these states; how many."""
    return sum(len(space.ledger.move(ids, state, State.SKIPPED, now, who, why)) for state in states)


def try_again(space: Workspace, ids: Collection[str], who: str, why: str, now: datetime) -> list[str]:
    """Make failed deliveries due once more. Raises Misconfigured for one that has not failed."""
    for id_ in ids:
        delivery = known(space, id_)
        if delivery.state is State.UNKNOWN:
            raise Misconfigured(
                f"{id_} is unknown: it may be on the network already. Look there, then say `bot resolve {id_} --sent` "
                "or `--not-sent`."
            )
        if delivery.state is not State.FAILED:
            raise Misconfigured(f"{id_} is {delivery.state}; only what failed is tried again.")
    return space.ledger.try_again(ids, now, who, why)


def resolve(
    space: Workspace, id_: str, was_sent: bool, url: str | None, who: str, why: str, now: datetime
) -> None:
    """A person's word, after a look at the network, on a delivery that is unknown. Raises Misconfigured."""
    delivery = known(space, id_)
    word = f"a person looked: it is {'' if was_sent else 'not '}on the network ({why})"
    becomes = State.SENT if was_sent else State.FAILED
    if delivery.state is not State.UNKNOWN or not space.ledger.settle(id_, becomes, url, now, who, word):
        raise Misconfigured(f"{id_} is {known(space, id_).state}, not unknown: there is nothing to resolve.")


def known(space: Workspace, id_: str) -> Delivery:
    """A delivery by its id. Raises Misconfigured when there is none."""
    delivery = space.ledger.delivery(id_)
    if delivery is None:
        raise Misconfigured(f"There is no delivery {id_!r}. `bot status` lists those that need somebody.")
    return delivery


def _check_name(space: Workspace, scope: Scope, name: str) -> None:
    known_names = {
        Scope.ALL: {""},
        Scope.NETWORK: {*names()},
        Scope.ACCOUNT: {*space.settings.accounts},
        Scope.FACT: {*space.library.facts},
    }[scope]
    if name not in known_names:
        where = (
            "`bot facts` lists them." if scope is Scope.FACT else f"Known: {', '.join(sorted(known_names))}."
        )
        raise Misconfigured(f"There is no {scope} called {name!r}. {where}")


def _named(scope: Scope, name: str) -> str:
    return "Everything" if scope is Scope.ALL else f"The {scope} {name}"
