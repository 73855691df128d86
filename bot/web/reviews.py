"""Translations: what waits for a person in each language, a sheet to read each one by, and their word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from babel import Locale
from pydantic import Field
from starlette.responses import Response

from bot import reviewing
from bot.composing.direction import RIGHT_TO_LEFT
from bot.roles import Action
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.visit import Visit

Fingerprint = Annotated[str, Field(min_length=1, max_length=16)]


class Read(Form):
    """What somebody has read, as the form that they send was shown."""

    seen: Fingerprint


class TakeBack(Form):
    """Why a translation is not to be posted after all."""

    seen: Fingerprint
    why: Reason


def show(visit: Visit) -> Response:
    """The languages, and how much waits in each."""
    spoken = {lang for account in visit.space.settings.active_accounts() for lang in account.languages}
    found = reviewing.waiting(visit.space.library)
    return visit.page("reviews.html.j2", found=found, spoken=spoken, named=named)


def show_language(visit: Visit) -> Response:
    """All translations into a language, those that wait first."""
    language, library = visit.part("language"), visit.space.library
    try:
        waiting = reviewing.waiting_in(library, language)
    except reviewing.NotReviewed as error:
        return visit.problem(404, "There are no such translations", str(error))
    waits = {block.name for block in waiting.blocks}
    others = [b for b in library.blocks() if b.language == language and b.name not in waits]
    return visit.page(
        "reviews_language.html.j2",
        waiting=waiting,
        others=others,
        facts=library.facts,
        name=named(language),
        path=_path,
    )


def show_sheet(visit: Visit) -> Response:
    """One translation, beside its fact and as it would go out."""
    return _sheet(visit)


def review(visit: Visit) -> Response:
    """Somebody has read it, and it may be posted."""
    form = read(Read, visit.form)
    if form.value is None:
        return _sheet(visit, 400, changed="The form did not say what you have read. Read it again.")
    language, name = visit.part("language"), visit.part("name")
    try:
        reviewing.review(visit.space, name, language, form.value.seen, visit.who, visit.now)
    except reviewing.Changed as error:
        return _sheet(visit, 409, changed=str(error))
    return visit.go(f"/reviews/{quote(language)}", f"{name} in {named(language)} may be posted.")


def take_back(visit: Visit) -> Response:
    """It is not to be posted until somebody has read it again."""
    form = read(TakeBack, visit.form)
    if form.value is None:
        return _sheet(visit, 400, errors=form.errors)
    language, name = visit.part("language"), visit.part("name")
    wish = form.value
    try:
        reviewing.withdraw(visit.space, name, language, wish.seen, visit.who, wish.why, visit.now)
    except reviewing.Changed as error:
        return _sheet(visit, 409, changed=str(error))
    told = "waits to be reviewed again, and is not posted until then."
    return visit.go(_path(language, name), f"{name} in {named(language)} {told}")


def _sheet(
    visit: Visit, status: int = 200, *, changed: str = "", errors: Mapping[str, str] | None = None
) -> Response:
    language, name = visit.part("language"), visit.part("name")
    try:
        sheet = reviewing.sheet(visit.space, name, language, visit.now)
    except reviewing.NotReviewed as error:
        return visit.problem(404, "There is no such translation", str(error))
    return visit.page(
        "review.html.j2",
        status,
        sheet=sheet,
        block=sheet.block,
        fact=sheet.fact,
        language=named(language),
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        path=_path(language, name),
        changed=changed,
        errors=errors or {},
        given=visit.form,
    )


def named(language: str) -> str:
    """A language's English name."""
    return str(Locale.parse(language).get_display_name("en"))


def _path(language: str, name: str) -> str:
    return f"/reviews/{quote(language, safe='')}/{quote(name, safe=':')}"


routes = [
    get("/reviews", show),
    get("/reviews/{language}", show_language),
    get("/reviews/{language}/{name}", show_sheet),
    post("/reviews/{language}/{name}/reviewed", review, needs=Action.APPROVE),
    post("/reviews/{language}/{name}/take-back", take_back, needs=Action.APPROVE),
]
