"""Signing in and out: by password, or by a link that works once."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from bot import mail, people
from bot.people import SignedIn, SignInRefused, TooManyAttempts
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.security import drop_cookie, local_path, set_cookie
from bot.web.visit import Visit

ON_ITS_WAY = "If there is such a person and we know their address, a link is on its way. It works once, for 15 minutes."


def show(visit: Visit) -> Response:
    """The form; whoever is signed in already is sent on."""
    if visit.session:
        return RedirectResponse(local_path(visit.asked("next", "/")), 303)
    ended = (
        "You were signed out, because the desk was not used for 12 hours or somebody changed your account."
    )
    return _form(visit, said=ended if visit.asked("ended") else None)


def sign_in(visit: Visit) -> Response:
    """Take a name and a password."""
    given = visit.form
    try:
        came = people.sign_in(
            visit.ledger, given.get("name", ""), given.get("password", ""), visit.address, visit.now
        )
    except SignInRefused as error:
        return _form(visit, _status(error), str(error))
    return _come_in(visit, came, given.get("next", "/"))


def send_link(visit: Visit) -> Response:
    """Mail a link; the answer is the same whether there is such a person or not, and as quick."""
    if not mail.is_set_up():
        return _form(visit, 404, "This desk sends no mail. Ask an admin for a link.")
    try:
        found = people.link_by_mail(visit.ledger, visit.form.get("name", ""), visit.address, visit.now)
    except TooManyAttempts as error:
        return _form(visit, 429, str(error))
    response = _form(visit, said=ON_ITS_WAY)
    if found is not None and found[0].email:
        response.background = BackgroundTask(mail.send_link, found[0].email, _link_path(found[1]))
    return response


def show_link(visit: Visit) -> Response:
    """Ask before using a link, because some mail programs open every link they see."""
    return visit.page("sign_in_link.html.j2", link=visit.part("link"))


def sign_in_by_link(visit: Visit) -> Response:
    """Use a link."""
    try:
        came = people.sign_in_by_link(visit.ledger, visit.part("link"), visit.address, visit.now)
    except SignInRefused as error:
        return _form(visit, _status(error), str(error))
    return _come_in(visit, came, "/" if came.user.has_password else "/me")


def sign_out(visit: Visit) -> Response:
    """End this session."""
    assert visit.session is not None
    people.sign_out(visit.ledger, visit.session, visit.now)
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(visit.request, response)
    return response


def _link_path(token: str) -> str:
    return f"/sign-in/{token}"


def _status(error: SignInRefused) -> int:
    return 429 if isinstance(error, TooManyAttempts) else 403


def _come_in(visit: Visit, came: SignedIn, path: str) -> Response:
    response = RedirectResponse(local_path(path), 303)
    set_cookie(visit.request, response, came.token)
    return response


def _form(visit: Visit, status: int = 200, problem: str | None = None, said: str | None = None) -> Response:
    return visit.page(
        "sign_in.html.j2",
        status,
        problem=problem,
        said=said,
        name=visit.form.get("name", ""),
        back=local_path(visit.form.get("next", visit.asked("next", "/"))),
        mails=mail.is_set_up(),
        encrypted=visit.request.url.scheme == "https" or visit.address in ("127.0.0.1", "::1", "testclient"),
    )


routes = [
    get("/sign-in", show, needs=None),
    post("/sign-in", sign_in, needs=None),
    post("/sign-in-link", send_link, needs=None),
    get("/sign-in/{link}", show_link, needs=None),
    post("/sign-in/{link}", sign_in_by_link, needs=None),
    post("/sign-out", sign_out, needs=Action.VIEW),
]
