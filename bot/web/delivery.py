"""One delivery: what was sent, what became of it and who did what; and what can still be done about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, Field
from starlette.responses import Response

from bot import steering, undoing
from bot.cards import card_of
from bot.drafting import Refused
from bot.ledger import Delivery
from bot.model import BotError
from bot.roles import Action
from bot.web.acts import in_words
from bot.web.doors import get, post
from bot.web.forms import Filled, Form, Reason, read
from bot.web.visit import Visit

M = TypeVar("M", bound=Form)


def _address(given: str) -> str:
    if given and not given.startswith(("https://", "http://")):
        raise ValueError("Copy the whole address, beginning with https://")
    return given


class Why(Form):
    """The reason for what is done."""

    why: Reason


class WasSent(Form):
    """That somebody found the post, where, and how they know."""

    url: Annotated[str, Field(max_length=500), AfterValidator(_address)] = ""
    why: Reason


class Correction(Form):
    """What is right, by which fact, and when it is said; the moment is in the campaign's time zone."""

    fact: str = Field(min_length=1, max_length=64)
    body: str = Field(min_length=1, max_length=5000)
    at: datetime


def show(visit: Visit) -> Response:
    """The page."""
    found = visit.ledger.delivery(visit.part("delivery_id"))
    return _unknown(visit) if found is None else _page(visit, found)


def retry(visit: Visit) -> Response:
    """Try once more what failed."""

    def act(delivery: Delivery, form: Why) -> str:
        steering.try_again(visit.space, [delivery.id], visit.who, form.why, visit.now)
        return "It is due once more; the bot sends it as soon as its worker looks."

    return _do(visit, "retry", Why, act)


def mark_sent(visit: Visit) -> Response:
    """Take somebody's word that it is on the network."""

    def act(delivery: Delivery, form: WasSent) -> str:
        steering.resolve(visit.space, delivery.id, True, form.url or None, visit.who, form.why, visit.now)
        return "Marked as sent."

    return _do(visit, "sent", WasSent, act)


def mark_not_sent(visit: Visit) -> Response:
    """Take somebody's word that it is not on the network."""

    def act(delivery: Delivery, form: Why) -> str:
        steering.resolve(visit.space, delivery.id, False, None, visit.who, form.why, visit.now)
        return "Marked as not sent. It can be tried again now."

    return _do(visit, "not-sent", Why, act)


def delete(visit: Visit) -> Response:
    """Take it down from its network."""

    def act(delivery: Delivery, form: Why) -> str:
        undoing.take_down(visit.space, delivery, visit.who, form.why, visit.now)
        return f"It was deleted from {delivery.network}, and stays on record here."

    return _do(visit, "delete", Why, act)


def correct(visit: Visit) -> Response:
    """Plan a post that says what is right and names this one."""

    def act(delivery: Delivery, form: Correction) -> str:
        at = form.at if form.at.tzinfo else form.at.replace(tzinfo=visit.space.settings.zone)
        post = undoing.correct(visit.space, delivery, form.fact, form.body, at, visit.who, visit.now)
        when = f"{post.due_at.astimezone(visit.space.settings.zone):%Y-%m-%d %H:%M %Z}"
        return f"The correction is planned for {when}: `{post.slot_id}`."

    return _do(visit, "correct", Correction, act)


def _do(visit: Visit, name: str, model: type[M], act: Callable[[Delivery, M], str]) -> Response:
    """Do it and say so, or show the page again with what was typed and what is against it."""
    delivery = visit.ledger.delivery(visit.part("delivery_id"))
    if delivery is None:
        return _unknown(visit)
    form = read(model, visit.form)
    if form.value is None:
        return _page(visit, delivery, 400, name, form)
    try:
        done = act(delivery, form.value)
    except Refused as error:
        return _page(visit, delivery, 400, name, form, error.reasons)
    except BotError as error:
        now = visit.ledger.delivery(delivery.id) or delivery
        return _page(visit, now, 400, name, form, [str(error)])
    return visit.go(f"/history/{delivery.id}", done)


def _page(
    visit: Visit,
    delivery: Delivery,
    status: int = 200,
    tried: str = "",
    form: Filled[M] | None = None,
    problems: Sequence[str] = (),
) -> Response:
    space = visit.space
    typed = dict(form.given) if form else {}
    first = (visit.now + undoing.FIRST_MOMENT).astimezone(space.settings.zone)
    right = undoing.right_fact(space, delivery)
    body = (
        ""
        if undoing.why_not_corrected(space, delivery)
        else undoing.proposed(space, delivery, right, visit.now)
    )
    correction = {"fact": right, "body": body, "at": f"{first:%Y-%m-%dT%H:%M}"}
    facts = [fact for fact in space.library.facts.values() if fact.status.postable]
    return visit.page(
        "delivery.html.j2",
        status,
        delivery=delivery,
        card=card_of(space, delivery, visit.now, visit.gallery([delivery.message])),
        fact=space.library.facts.get(delivery.message.fact_id),
        trail=visit.ledger.history_of(delivery.id),
        in_words=in_words,
        facts=[(fact.id, f"{fact.id}: {fact.claim}") for fact in sorted(facts, key=lambda fact: fact.id)],
        no_delete=undoing.why_not_taken_down(space, delivery),
        no_correction=undoing.why_not_corrected(space, delivery),
        tried=tried,
        typed=typed,
        errors=form.errors if form else {},
        correction={**correction, **(typed if tried == "correct" else {})},
        problems=problems,
    )


def _unknown(visit: Visit) -> Response:
    return visit.problem(
        404,
        "There is no such delivery",
        "Its post may have been planned anew, which gives it another place. Look for it in the history.",
    )


routes = [
    get("/history/{delivery_id}", show),
    post("/history/{delivery_id}/retry", retry, needs=Action.APPROVE),
    post("/history/{delivery_id}/sent", mark_sent, needs=Action.APPROVE),
    post("/history/{delivery_id}/not-sent", mark_not_sent, needs=Action.APPROVE),
    post("/history/{delivery_id}/delete", delete, needs=Action.APPROVE),
    post("/history/{delivery_id}/correct", correct, needs=Action.APPROVE),
]
