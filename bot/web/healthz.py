"""GET /healthz: whether the bot does its work, for whoever watches it. No name, no reason, no text."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from bot.health import Health, look
from bot.healthz import PATH, Answers
from bot.web.desk import Desk
from bot.web.doors import get
from bot.web.visit import Visit


def show(visit: Visit) -> Response:
    """200 while it does, 503 when it does not; looked up at most once a second."""
    answers: Answers | None = getattr(visit.request.app.state, "answers", None)
    if answers is None:
        answers = visit.request.app.state.answers = Answers(partial(_look, visit.desk))
    found = answers.answer()
    return JSONResponse(found, HTTPStatus.OK if found["ok"] else HTTPStatus.SERVICE_UNAVAILABLE)


def _look(desk: Desk) -> Health:
    return look(desk.known, desk.clock(), whole=False)


routes = [get(PATH, show, needs=None)]
