"""The public page, off by default: who posts this, and is it true? And the same as an Atom feed.

Everybody gets the same answer, whether they are signed in or not, so that proxies may keep it: no cookie, no name.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.publishing import Publication, read
from bot.web.atom import MEDIA_TYPE, feed_of
from bot.web.doors import get
from bot.web.visit import Visit
from bot.workspace import Workspace

PAGE, FEED = "/about", "/about/feed.atom"
A_PAGE = 20
FRESH = timedelta(seconds=60)
KEPT_BY_OTHERS = "public, max-age=300"
MOST_BODIES = 200  # of one publication: its pages, and its feed under each name that this host is called by


@dataclass
class _Known:
    """What was found out last, and the bodies that were made of it."""

    space: Workspace
    at: datetime
    publication: Publication | None
    bodies: dict[tuple[str, ...], bytes] = field(default_factory=dict)


class _Shelf:
    """One for each process: however many ask, the database is asked once a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def known(self, visit: Visit) -> _Known:
        """What followers may know; found out anew once it is old, or the campaign was read again."""
        known = self._known
        if known is not None and self._is_fresh(known, visit):
            return known
        if not self._lock.acquire(blocking=known is None):
            assert known is not None
            return known  # somebody is finding out already; until then, what was known
        try:
            if self._known is known or self._known is None:
                space = visit.space
                self._known = _Known(space, visit.now, read(space, visit.now))
            return self._known
        finally:
            self._lock.release()

    def _is_fresh(self, known: _Known, visit: Visit) -> bool:
        return timedelta(0) <= visit.now - known.at < FRESH and known.space is visit.desk.known


def show(visit: Visit) -> Response:
    """The campaign, its rules, and every fact that was posted in the last year."""
    known, publication = _publication(visit)
    pages = max(1, -(-len(publication.facts) // A_PAGE))
    asked = visit.asked("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,4}", asked) or int(asked) > pages:
        raise HTTPException(404)
    page = int(asked)

    def body() -> bytes:
        template = visit.desk.templates.get_template("public.html.j2")
        html = template.render(
            publication=publication,
            facts=publication.facts[(page - 1) * A_PAGE : page * A_PAGE],
            first=(page - 1) * A_PAGE + 1,
            page=page,
            pages=pages,
            path=PAGE,
            feed=FEED,
            zone=known.space.settings.zone,
        )
        return html.encode()

    return _answer(visit, _kept(known, ("page", asked), body), "text/html; charset=utf-8")


def show_feed(visit: Visit) -> Response:
    """The newest posts, for feed readers."""
    known, publication = _publication(visit)
    base = (os.environ.get("BOT_WEB_URL") or str(visit.request.base_url)).rstrip("/")
    body = _kept(known, ("feed", base), lambda: feed_of(publication, base + PAGE, base + FEED))
    return _answer(visit, body, MEDIA_TYPE)


def _publication(visit: Visit) -> tuple[_Known, Publication]:
    state = visit.request.app.state
    shelf: _Shelf | None = getattr(state, "public_shelf", None)
    if shelf is None:
        shelf = state.public_shelf = _Shelf()
    known = shelf.known(visit)
    if known.publication is None:
        raise HTTPException(404)  # just as if there were no such page
    return known, known.publication


def _kept(known: _Known, key: tuple[str, ...], make: Callable[[], bytes]) -> bytes:
    body = known.bodies.get(key)
    if body is None:
        body = make()
        if len(known.bodies) < MOST_BODIES:
            known.bodies[key] = body
    return body


def _answer(visit: Visit, body: bytes, media_type: str) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": KEPT_BY_OTHERS, "ETag": tag}
    had = visit.request.headers.get("if-none-match", "")
    if had.strip() == "*" or tag in (known.strip().removeprefix("W/") for known in had.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


routes = [
    get(PAGE, show, needs=None),
    get(FEED, show_feed, needs=None),
]
