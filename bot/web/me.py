"""One's own account: who the desk takes one for, and a password of one's own."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from bot import people
from bot.model import Misconfigured
from bot.people import SignInRefused
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.security import set_cookie
from bot.web.visit import Visit


def show(visit: Visit) -> Response:
    """The page."""
    return _me(visit)


def choose_password(visit: Visit) -> Response:
    """Take a new password, and sign out everywhere else."""
    assert visit.session is not None
    form = visit.form
    if form.get("new", "") != form.get("again", ""):
        return _me(visit, 400, {"again": "This is not the same as above."})
    try:
        came = people.choose_password(
            visit.ledger, visit.session, form.get("old", ""), form.get("new", ""), visit.address, visit.now
        )
    except SignInRefused as error:
        return _me(visit, 403, {"old": str(error)})
    except Misconfigured as error:
        return _me(visit, 400, {"new": str(error)})
    response = RedirectResponse("/me?chosen=1", 303)
    set_cookie(visit.request, response, came.token)
    return response


def _me(visit: Visit, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    assert visit.session is not None
    return visit.page(
        "me.html.j2",
        status,
        errors=errors or {},
        needs_old=people.needs_old_password(visit.session, visit.now),
        shortest=people.SHORTEST,
        chosen=bool(visit.asked("chosen")),
    )


routes = [
    get("/me", show),
    post("/me/password", choose_password, needs=Action.VIEW),
]
