"""Withdrawn posts: out, although their fact is not posted any more; each to be corrected, taken down or left."""

from __future__ import annotations

from starlette.responses import Response

from bot import withdrawn
from bot.model import Misconfigured
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.visit import Visit

SHOWN = 200


class Leave(Form):
    """Why a post stays as it is."""

    why: Reason


def show(visit: Visit) -> Response:
    """The list."""
    return _page(visit)


def leave(visit: Visit) -> Response:
    """Leave a post as it is, with a reason."""
    delivery_id = visit.part("delivery_id")
    form = read(Leave, visit.form)
    typed = visit.form.get("why", "")
    if form.value is None:
        return _page(visit, 400, tried=delivery_id, typed=typed, errors=form.errors)
    try:
        left = withdrawn.leave(visit.space, delivery_id, visit.who, form.value.why, visit.now)
    except Misconfigured as error:
        return _page(visit, 400, tried=delivery_id, typed=typed, problem=str(error))
    return visit.go(
        "/withdrawn", f"It stays as it is, unless {left.fact_id} is withdrawn for another reason."
    )


def _page(visit: Visit, status: int = 200, **values: object) -> Response:
    nothing: dict[str, object] = {"tried": "", "typed": "", "errors": {}, "problem": None}
    found = withdrawn.withdrawn(visit.space, visit.now)
    shown = {"found": found[:SHOWN], "more": len(found[SHOWN:])}
    return visit.page("withdrawn.html.j2", status, **shown, **{**nothing, **values})


routes = [
    get("/withdrawn", show),
    post("/withdrawn/{delivery_id}", leave, needs=Action.APPROVE),
]
