"""Routes that say who may pass. Every page of the desk is behind one; create_app takes no other kind."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.logs import get_logger
from bot.model import BotError, Misconfigured
from bot.roles import LEAST, Action
from bot.web.plain import plain_page
from bot.web.visit import Visit

Page = Callable[[Visit], Response]

log = get_logger("bot.web")

NOT_OURS = (
    "This form did not come from a page of this desk that you have open, or the page is from before you signed in. "
    "Nothing was changed. Go back, load the page again and send it once more; if that does not help, let this site set cookies."
)


class Door(Route):
    """A route to a page; `needs` is what one must be allowed to do, and None lets everybody in."""

    def __init__(self, method: str, path: str, page: Page, needs: Action | None) -> None:
        self.needs = needs
        self.page = page
        super().__init__(path, self._answer, methods=[method], name=f"{method} {path}")

    async def _answer(self, request: Request) -> Response:
        form = FormData()
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=500)
        return await run_in_threadpool(self._let_in, request, form)

    def _let_in(self, request: Request, form: FormData) -> Response:
        try:
            visit = Visit(request.app.state.desk, request, form)
            return self._refusal(visit) or self._page(visit)
        except (OperationalError, InterfaceError, NoConnection) as error:
            log.error("database", detail=str(error).splitlines()[0])
            return plain_page(503, "The database does not answer", "Try again in a minute.")

    def _refusal(self, visit: Visit) -> Response | None:
        if self.needs is not None and visit.session is None:
            return visit.to_sign_in()
        if visit.request.method == "POST" and not visit.form_is_ours:
            log.warning("form refused", path=visit.path, site=visit.request.headers.get("sec-fetch-site"))
            return visit.problem(403, "That form was not taken", NOT_OURS)
        if self.needs is not None and not visit.may(self.needs):
            return visit.problem(
                403,
                "Your role does not allow that",
                f"You are {_a(visit.user.role)}; this needs {_a(LEAST[self.needs])}. Nothing was changed. "
                "An admin can change your role under People.",
            )
        return None

    def _page(self, visit: Visit) -> Response:
        try:
            return self.page(visit)
        except Misconfigured as error:
            return visit.problem(400, "That was not done", str(error), error.findings)
        except BotError as error:
            return visit.problem(400, "That was not done", str(error))


def get(path: str, page: Page, *, needs: Action | None = Action.VIEW) -> Door:
    """A page to look at."""
    return Door("GET", path, page, needs)


def post(path: str, page: Page, *, needs: Action | None) -> Door:
    """Something to do: only for a form of the desk's own, with the visitor's token."""
    return Door("POST", path, page, needs)


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
