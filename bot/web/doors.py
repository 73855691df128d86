"""Routes that say who may pass. Every page of the desk is behind one; create_app takes no other kind."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.logs import get_logger
from bot.model import BotError, Misconfigured
from bot.roles import LEAST, Action
from bot.web.plain import plain_page
from bot.web.security import LARGEST_BODY_WITH_FILE
from bot.web.visit import Visit

Page = Callable[[Visit], Response]

log = get_logger("bot.web")

DATABASE_ERRORS = (OperationalError, InterfaceError, NoConnection)

NOT_OURS = (
    "This form did not come from a page of this desk that you have open, or the page is from before you signed in. "
    "Nothing was changed. Go back, load the page again and send it once more; if that does not help, let this site set cookies."
)


class Door(Route):
    """A route to a page; `needs` is what one must be allowed to do, and None lets everybody in.

    One that `takes_file` takes a larger body, but reads none of it for those whom it would turn away.
    """

    def __init__(
        self, method: str, path: str, page: Page, needs: Action | None, *, takes_file: bool = False
    ) -> None:
        self.needs = needs
        self.page = page
        self.takes_file = takes_file
        larger = [Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY_WITH_FILE)]
        super().__init__(
            path,
            self._answer,
            methods=[method],
            name=f"{method} {path}",
            middleware=larger if takes_file else None,
        )

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(self._let_in, request, FormData())
        if self.takes_file and (refusal := await run_in_threadpool(self._turned_away, request)):
            return refusal
        async with request.form(max_files=1 if self.takes_file else 0, max_fields=500) as form:
            return await run_in_threadpool(self._let_in, request, form)

    def _turned_away(self, request: Request) -> Response | None:
        """The refusal of whoever may not pass, whatever their form holds."""
        try:
            return self._who_refused(Visit(request.app.state.desk, request, FormData()))
        except DATABASE_ERRORS as error:
            return _no_database(error)

    def _let_in(self, request: Request, form: FormData) -> Response:
        try:
            visit = Visit(request.app.state.desk, request, form)
            return self._refusal(visit) or self._page(visit)
        except DATABASE_ERRORS as error:
            return _no_database(error)

    def _refusal(self, visit: Visit) -> Response | None:
        if refusal := self._who_refused(visit):
            return refusal
        if visit.request.method == "POST" and not visit.form_is_ours:
            log.warning("form refused", path=visit.path, site=visit.request.headers.get("sec-fetch-site"))
            return visit.problem(403, "That form was not taken", NOT_OURS)
        return None

    def _who_refused(self, visit: Visit) -> Response | None:
        if self.needs is not None and visit.session is None:
            return visit.to_sign_in()
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


def post(path: str, page: Page, *, needs: Action | None, takes_file: bool = False) -> Door:
    """Something to do: only for a form of the desk's own, with the visitor's token."""
    return Door("POST", path, page, needs, takes_file=takes_file)


def _no_database(error: Exception) -> Response:
    log.error("database", detail=str(error).splitlines()[0])
    return plain_page(503, "The database does not answer", "Try again in a minute.")


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
