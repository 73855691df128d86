"""The desk as an ASGI application: every page's routes behind their doors, and what keeps them closed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.ledger import Ledger
from bot.logs import get_logger
from bot.web import (
    calendar,
    compose,
    healthz,
    history,
    library,
    me,
    media,
    people,
    posts,
    public,
    report,
    reviews,
    sign_in,
    today,
)
from bot.web.desk import Desk, Factory
from bot.web.doors import Door
from bot.web.looks import STATIC
from bot.web.plain import plain_page
from bot.web.security import LARGEST_BODY, SecureHeaders, secure
from bot.workspace import Workspace, open_workspace

log = get_logger("bot.web")

# One line for each page's file; its routes are found there.
PAGES = (
    sign_in,
    healthz,
    today,
    calendar,
    posts,
    compose,
    library,
    reviews,
    people,
    history,
    report,
    me,
    media,
    public,
)


def open_space(ledger: Ledger | None) -> Workspace:
    """The campaign folder that BOT_HOME names."""
    return open_workspace(ledger=ledger)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def create_app(workspace_factory: Factory = open_space, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The desk for a campaign. Raises Misconfigured where its files or database cannot be used."""
    desk = Desk(workspace_factory, clock)
    doors: list[Door] = [door for page in PAGES for door in page.routes]
    if wrong := [door for door in doors if not isinstance(door, Door)]:
        raise TypeError(
            f"routes are made by bot.web.doors.get and post, so that somebody watches them: {wrong}"
        )
    desk.paths = frozenset(door.path_format for door in doors)
    app = Starlette(
        routes=[*doors, Mount("/static", _Kept(directory=STATIC))],
        middleware=[
            Middleware(SecureHeaders),
            Middleware(RequestBodyLimitMiddleware, max_body_size=LARGEST_BODY),
        ],
        exception_handlers={HTTPException: _http_problem, Exception: _bug},
    )
    app.state.desk = desk
    return app


class _Kept(StaticFiles):
    """Static files, which browsers may keep: their address changes when they do."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _http_problem(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    title, problem = {
        404: ("There is no such page", "Check the address, or start from the first page."),
        405: ("That cannot be done here", "Go back and use the page's own buttons."),
        413: (
            "That is too much at once",
            "A form may hold one megabyte, and an image ten. What you typed is still there when you go back.",
        ),
    }.get(status, ("That form cannot be read", "Go back and try again."))
    return plain_page(status, title, problem)


def _without_parts(request: Request) -> str:
    """The path with each part's name in its place: a sign-in link and a feed's address are secrets."""
    path = request.url.path
    for name, value in request.scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}")
    return path


async def _bug(request: Request, error: Exception) -> Response:
    log.error("bug", path=_without_parts(request), error=type(error).__name__)
    response = plain_page(
        500, "Something is wrong with the desk", "It was written to the log. The bot itself is not affected."
    )
    secure(response.headers, request.url.scheme)
    return response
