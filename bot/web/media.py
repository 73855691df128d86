"""The pictures that pages show, by their keys."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.doors import get
from bot.web.visit import Visit

KEPT_FOR_GOOD = "private, max-age=31536000, immutable"  # the same key is the same picture


def show(visit: Visit) -> Response:
    """A picture that is kept, which browsers may keep as well."""
    key = visit.part("key")
    found = visit.ledger.media([key]).get(key)
    if found is None:
        return visit.problem(404, "There is no such picture", "Open the page of its post again.")
    return Response(found.data, media_type=found.mime, headers={"Cache-Control": KEPT_FOR_GOOD})


routes = [get("/media/{key}", show)]
