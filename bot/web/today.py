"""Today: is the bot healthy, what goes out next, what failed, which facts fall due; and the button that stops it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from starlette.responses import Response

from bot import steering
from bot.health import facts_due, look
from bot.ledger import Post
from bot.model import Scope
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.visit import Visit
from bot.workspace import Workspace

SHOWN = 5
DUE_SOON = timedelta(days=30)
WORDS = {"grace": "go out if within their grace", "skip": "are skipped", "send": "go out now"}


class Stop(Form):
    """Why everything is stopped."""

    why: Reason


class Resume(Form):
    """Which pause ends, why, and what becomes of what it kept back."""

    scope: Scope
    name: str = ""
    missed: Literal["grace", "skip", "send"]
    why: Reason


def show(visit: Visit) -> Response:
    """The first page."""
    return _today(visit)


def stop(visit: Visit) -> Response:
    """Stop everything, within a second and wherever the workers run."""
    form = read(Stop, visit.form)
    if form.value is None:
        return _today(visit, 400, stop_errors=form.errors)
    made = steering.pause(visit.space, Scope.ALL, "", visit.who, form.value.why, visit.now)
    done = "Everything is stopped." if made.since == visit.now else "Everything was stopped already."
    return visit.go("/", f"{done} Nothing goes out until somebody resumes it here.")


def resume(visit: Visit) -> Response:
    """End a pause."""
    form = read(Resume, visit.form)
    if form.value is None:
        return _today(visit, 400, resume_errors=form.errors)
    wish = form.value
    ended, kept = steering.resume(
        visit.space, wish.scope, wish.name, wish.missed, visit.who, wish.why, visit.now
    )
    told = f"{kept} {'delivery was' if kept == 1 else 'deliveries were'} missed; they {WORDS[wish.missed]}."
    return visit.go("/", f"Resumed: {ended.what}. {told if kept else 'Nothing was missed.'}")


def _today(visit: Visit, status: int = 200, **errors: object) -> Response:
    health = look(visit.space, visit.now)
    return visit.page(
        "today.html.j2",
        status,
        health=health,
        coming=coming(visit.space, visit.now),
        due=facts_due(visit.space.library, visit.space.settings.day_of(visit.now), DUE_SOON),
        accounts=visit.space.settings.accounts,
        facts=visit.space.library.facts,
        **{"stop_errors": {}, "resume_errors": {}, **errors},
    )


def coming(space: Workspace, now: datetime) -> list[Post]:
    """The next posts with something to say; the whole plan is read only where the coming days hold too few."""
    found: list[Post] = []
    for days in (3, 10, space.settings.campaign.horizon_days):
        found = [post for post in space.posts(now, days) if post.open_deliveries]
        if len(found) >= SHOWN:
            break
    return found[:SHOWN]


routes = [
    get("/", show),
    post("/stop", stop, needs=Action.EDIT),
    post("/resume", resume, needs=Action.APPROVE),
]
