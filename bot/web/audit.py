"""The audit log: everything that people and workers did, newest first."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from bot.ledger import About, WantedActs
from bot.roles import Action
from bot.web.acts import in_words
from bot.web.doors import get
from bot.web.forms import Form, read
from bot.web.visit import Visit

A_PAGE = 50
ABOUT = (
    ("", "Anything"),
    (About.POSTS.value, "Posts and accounts"),
    (About.FACTS.value, "Facts"),
    (About.TRANSLATIONS.value, "Translations"),
    (About.PAUSES.value, "Pauses"),
    (About.PEOPLE.value, "People"),
)


def _none(given: object) -> object:
    return None if given == "" else given


class Search(Form):
    """Whose acts, and on what."""

    who: str = Field("", max_length=100)
    what: str = Field("", max_length=200)
    about: Annotated[About | None, BeforeValidator(_none)] = None
    before: Annotated[int | None, BeforeValidator(_none)] = Field(None, ge=1, le=2**31 - 1)


def show(visit: Visit) -> Response:
    """A page of it."""
    search = read(Search, visit.request.query_params)
    given = {name: search.given.get(name, "").strip() for name in Search.model_fields}
    asked = {name: value for name, value in given.items() if value and name != "before"}
    found = None
    if wish := search.value:
        found = visit.ledger.acts(WantedActs(wish.who, wish.what, wish.about), wish.before, A_PAGE)
    return visit.page(
        "audit.html.j2",
        200 if search.value else 400,
        given=given,
        errors=search.errors,
        found=found,
        is_filtered=bool(asked),
        address=urlencode(asked),
        about=ABOUT,
        in_words=in_words,
    )


routes = [get("/history/audit", show, needs=Action.APPROVE)]
