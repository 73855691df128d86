"""History: every delivery, newest first, searched and filtered; the same as a file for spreadsheets."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field
from starlette.responses import Response, StreamingResponse

from bot.ledger import OPEN, Cursor, Wanted
from bot.model import State
from bot.networks import names
from bot.web import audit, delivery, withdrawn
from bot.web.doors import get
from bot.web.forms import Filled, Form, read
from bot.web.sheets import lines
from bot.web.visit import Visit

A_PAGE = 50
MOST_WORDS = 8


def _none(given: object) -> object:
    return None if isinstance(given, str) and not given.strip() else given


def _place(given: object) -> Cursor | None:
    if not given:
        return None
    try:
        return Cursor.parse(str(given))
    except ValueError:
        raise ValueError("that page's address is not whole; start from the newest") from None


class Search(Form):
    """What somebody looks for; days are the campaign's."""

    q: str = Field("", max_length=200)
    state: Annotated[State | None, BeforeValidator(_none)] = None
    account: str = ""
    network: str = ""
    since: Annotated[date | None, BeforeValidator(_none)] = None
    until: Annotated[date | None, BeforeValidator(_none)] = None
    coming: Annotated[bool, BeforeValidator(lambda given: given == "1")] = False
    before: Annotated[Cursor | None, BeforeValidator(_place)] = None


def show(visit: Visit) -> Response:
    """A page of it."""
    search = read(Search, visit.request.query_params)
    if search.value is None:
        return _page(visit, search, 400, found=None)
    found = visit.ledger.history(wanted(visit, search.value), search.value.before, A_PAGE)
    return _page(visit, search, found=found)


def export(visit: Visit) -> Response:
    """The whole selection as CSV, sent as it is read."""
    search = read(Search, visit.request.query_params)
    if search.value is None:
        return _page(visit, search, 400, found=None)
    name = f"history-{visit.space.settings.day_of(visit.now):%Y-%m-%d}.csv"
    return StreamingResponse(
        lines(visit.ledger.whole_history(wanted(visit, search.value))),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def wanted(visit: Visit, search: Search) -> Wanted:
    """What somebody looks for, in the ledger's words; what is still to come only where it is asked for."""
    until = _midnight(visit, search.until + timedelta(days=1)) if search.until else None
    if not search.coming and search.state not in OPEN:
        past = visit.now + datetime.resolution
        until = min(until, past) if until else past
    return Wanted(
        words=tuple(search.q.split()[:MOST_WORDS]),
        state=search.state,
        account_id=search.account or None,
        network=search.network or None,
        since=_midnight(visit, search.since) if search.since else None,
        until=until,
    )


def _midnight(visit: Visit, day: date) -> datetime:
    return datetime.combine(day, time.min, visit.space.settings.zone)


def _page(visit: Visit, search: Filled[Search], status: int = 200, **values: object) -> Response:
    given = {name: search.given.get(name, "").strip() for name in Search.model_fields}
    asked = {name: value for name, value in given.items() if value and name != "before"}
    accounts = {*visit.space.settings.accounts, *filter(None, [given["account"]])}
    networks = {*names(), *filter(None, [given["network"]])}
    return visit.page(
        "history.html.j2",
        status,
        given=given,
        errors=search.errors,
        is_filtered=bool(asked),
        is_narrowed=bool(asked.keys() - {"q"}),
        address=urlencode(asked),
        states=[("", "Any"), *((state.value, state.value.capitalize()) for state in State)],
        accounts=[("", "Any"), *((name, name) for name in sorted(accounts))],
        networks=[("", "Any"), *((name, name) for name in sorted(networks))],
        **values,
    )


routes = [
    get("/history", show),
    get("/history.csv", export),
    *audit.routes,
    *delivery.routes,
    *withdrawn.routes,
]
