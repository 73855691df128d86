"""Words measured as somebody types them, by the same rules as everything that goes out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field
from starlette.responses import JSONResponse, Response

from bot.cards import Stretch, card_of
from bot.drafting import draft, known_account
from bot.ledger import Delivery
from bot.model import Message, Misconfigured, State
from bot.web.forms import Form, read
from bot.web.visit import Visit

LONGEST = 5000


class Measured(Form):
    """Words as somebody types them, for one account."""

    account: str
    fact: str = ""
    day: str = ""
    when: str = "at"
    body: Annotated[str, Field(max_length=LONGEST)] = ""


def measure(visit: Visit) -> Response:
    """The measure of words as they are typed, for scripts."""
    form = read(Measured, visit.form)
    if form.value is None:
        return JSONResponse({"problem": " ".join(form.errors.values())}, 400)
    wish, space = form.value, visit.space
    today = space.settings.day_of(visit.now)
    try:
        day = today if wish.when == "now" else date.fromisoformat(wish.day)
        drafted = draft(space, known_account(space, wish.account), wish.fact, wish.body, day)
    except ValueError:
        return JSONResponse({"problem": "Choose a day first."}, 400)
    except Misconfigured as error:
        return JSONResponse({"problem": "Choose a fact first." if not wish.fact else str(error)}, 400)
    message = drafted.message
    drawn = card_of(space, not_yet(visit, wish.account, message), visit.now)
    told = {
        "length": message.length,
        "limit": message.limit,
        "reasons": drafted.reasons,
        "pieces": _pieces(drawn.stretches),
        "thread": [
            {"length": part.length, "limit": part.limit, "pieces": _pieces(part.stretches)}
            for part in drawn.thread
        ],
    }
    return JSONResponse(told)


def _pieces(stretches: Iterable[Stretch]) -> list[dict[str, str]]:
    return [{"text": piece.text, "kind": piece.kind} for piece in stretches]


def not_yet(visit: Visit, account_id: str, message: Message) -> Delivery:
    """A delivery that nobody wrote down, so that its card can be drawn. Raises Misconfigured for an unknown account."""
    network = known_account(visit.space, account_id).network
    return Delivery("", 0, "", account_id, network, message.template_id, message, State.PLANNED, visit.now)
