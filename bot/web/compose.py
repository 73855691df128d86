"""Compose: a post of one's own for several accounts, written once and adapted for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from starlette.responses import Response

from bot import editing
from bot.cards import Card, card_of
from bot.choosing import facts_for, near
from bot.drafting import Refused
from bot.model import Account, Message, Misconfigured
from bot.planning import place_in_zone
from bot.proofs import Proof, try_out
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.forms import Form, read
from bot.web.measuring import not_yet
from bot.web.post_page import path_of
from bot.web.visit import Visit

SHOWN = 12


class Moment(Form):
    """A moment by the campaign's clocks."""

    day: date
    clock: time


@dataclass(frozen=True)
class Wish:
    """What somebody has typed and chosen so far, just as they did; nothing of it is lost by a mistake."""

    fact: str = ""
    words: str = ""
    accounts: list[str] = field(default_factory=list)
    when: Literal["at", "now"] = "at"
    day: str = ""
    clock: str = ""
    text: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def bodies(self) -> dict[str, str]:
        """The words for each account: its own, or those for all. Without any, the library's."""
        return {name: self.own.get(name, "").strip() or self.text.strip() for name in self.accounts}


@dataclass(frozen=True)
class Answer:
    """What the page says to it: the proof if it was tried out, and what is wrong."""

    proof: Proof | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)


def show(visit: Visit) -> Response:
    """An empty form, or one that another page has begun: ?fact= and ?at=."""
    at, errors = _asked_moment(visit)
    local = at.astimezone(visit.space.settings.zone)
    wish = Wish(
        fact=visit.asked("fact"),
        words=visit.asked("words"),
        accounts=[account.id for account in visit.space.settings.active_accounts()],
        day=local.date().isoformat(),
        clock=f"{local:%H:%M}",
    )
    return _page(visit, wish, Answer(errors=errors))


def find(visit: Visit) -> Response:
    """List the facts that may go out on the day, with the words searched for; all that was typed stays."""
    return _page(visit, _wish(visit), Answer())


def preview(visit: Visit) -> Response:
    """Show the post as each account would have it, and what speaks against it."""
    wish = _wish(visit)
    at, answer = _checked(visit, wish)
    if at is None:
        return _page(visit, wish, answer, 400)
    return _page(
        visit, wish, Answer(try_out(visit.space, wish.fact, wish.accounts, at, wish.bodies, visit.now))
    )


def plan(visit: Visit) -> Response:
    """Plan it for its moment."""
    wish = _wish(visit)
    at, answer = _checked(visit, wish)
    if wish.when == "now":
        said = "To plan it, choose a moment. What goes out now is sent by an approver, with Send now."
        return _page(visit, wish, Answer(errors={"when": said}), 400)
    if at is None:
        return _page(visit, wish, answer, 400)
    try:
        made = editing.add(visit.space, wish.fact, wish.accounts, at, wish.bodies, visit.who, visit.now)
    except Refused as refused:
        return _refused(visit, wish, at, refused)
    return visit.go(path_of(made.slot_id), "It is planned.")


def send(visit: Visit) -> Response:
    """Plan it and send it at once."""
    wish = _wish(visit)
    at, answer = _checked(visit, wish)
    if wish.when != "now":
        said = "A moment is chosen. To send it at once, choose Now."
        return _page(visit, wish, Answer(errors={"when": said}), 400)
    if at is None:
        return _page(visit, wish, answer, 400)
    try:
        made = editing.add_and_send(visit.space, wish.fact, wish.accounts, wish.bodies, visit.who, visit.now)
    except Refused as refused:
        return _refused(visit, wish, at, refused)
    return visit.go(path_of(made.slot_id), "It is due now; the worker sends it within moments.")


# ── what was asked for ───────────────────────────────────────────────────────────────────────


def _wish(visit: Visit) -> Wish:
    form = visit.form
    chosen = {str(name) for name in visit.fields.getlist("accounts")}
    active = [account.id for account in visit.space.settings.active_accounts()]
    return Wish(
        fact=form.get("fact", ""),
        words=form.get("words", ""),
        accounts=[name for name in active if name in chosen],
        when="now" if form.get("when") == "now" else "at",
        day=form.get("day", ""),
        clock=form.get("clock", ""),
        text=form.get("text", ""),
        own={name: form.get(f"body-{name}", "") for name in active},
    )


def _asked_moment(visit: Visit) -> tuple[datetime, dict[str, str]]:
    """The moment of ?at=, a day or a day and a time in the campaign's zone; without it, the next full hour but one."""
    zone, asked = visit.space.settings.zone, visit.asked("at")
    usual = (visit.now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    if not asked:
        return usual, {}
    try:
        at = datetime.fromisoformat(asked)
    except ValueError:
        return usual, {"day": "The address of this page names no moment that can be read; choose one."}
    if len(asked) == len("2027-04-04"):
        at = at.replace(hour=9)
    return (at.astimezone(UTC) if at.tzinfo else place_in_zone(at, zone)), {}


def _moment(visit: Visit, wish: Wish) -> tuple[datetime | None, Mapping[str, str]]:
    if wish.when == "now":
        return visit.now, {}
    form = read(Moment, {"day": wish.day, "clock": wish.clock})
    if form.value is None:
        return None, form.errors
    wall = datetime.combine(form.value.day, form.value.clock)
    return place_in_zone(wall, visit.space.settings.zone), {}


def _checked(visit: Visit, wish: Wish) -> tuple[datetime | None, Answer]:
    """The moment, if what is needed is there; else what is missing."""
    at, wrong = _moment(visit, wish)
    errors = dict(wrong)
    if not wish.fact:
        errors["fact"] = "Choose a fact."
    elif wish.fact not in visit.space.library.facts:
        errors["fact"] = f"There is no fact called `{wish.fact}`."
    if not wish.accounts:
        errors["accounts"] = "Choose at least one account."
    return (None if errors else at), Answer(errors=errors)


# ── what is shown ────────────────────────────────────────────────────────────────────────────


def _refused(visit: Visit, wish: Wish, at: datetime, refused: Refused) -> Response:
    try:
        proof = try_out(visit.space, wish.fact, wish.accounts, at, wish.bodies, visit.now)
    except Misconfigured:
        proof = None
    return _page(visit, wish, Answer(proof, reasons=refused.reasons), 400)


def _page(visit: Visit, wish: Wish, answer: Answer, status: int = 200) -> Response:
    space, errors = visit.space, dict(answer.errors)
    at, _ = _moment(visit, wish)
    day = space.settings.day_of(at or visit.now)
    offered = facts_for(space, day, (), wish.words)
    chosen = space.library.facts.get(wish.fact)
    if chosen and "fact" not in errors and (against := near(space, day).reasons(space, chosen)):
        errors["fact"] = " ".join(against)
    proof = answer.proof
    return visit.page(
        "compose.html.j2",
        status,
        wish=wish,
        errors=errors,
        reasons=answer.reasons,
        chosen=chosen,
        facts=[fact for fact in offered if fact is not chosen][:SHOWN],
        more=max(0, len(offered) - SHOWN),
        day=day,
        accounts=[(account, _label(account)) for account in space.settings.active_accounts()],
        messages=proof.messages if proof else {},
        against=proof.reasons if proof else {},
        fit=proof is not None and not proof.all_reasons,
        cards=_cards(visit, proof.messages) if proof else (),
        proof=proof,
    )


def _cards(visit: Visit, messages: Mapping[str, Message]) -> list[Card]:
    drawn = [not_yet(visit, name, message) for name, message in messages.items()]
    gallery = visit.gallery([delivery.message for delivery in drawn])
    return [card_of(visit.space, delivery, visit.now, gallery) for delivery in drawn]


def _label(account: Account) -> str:
    like = account.options.get("like", account.network)
    return f"{account.id} ({like})"


routes = [
    get("/compose", show, needs=Action.EDIT),
    post("/compose/find", find, needs=Action.EDIT),
    post("/compose/preview", preview, needs=Action.EDIT),
    post("/compose/plan", plan, needs=Action.EDIT),
    post("/compose/send", send, needs=Action.APPROVE),
]
