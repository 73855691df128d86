"""The library: facts by what falls due first, each with its pedigree; confirmed, held and lifted by people."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator
from starlette.responses import Response

from bot import confirming, steering
from bot.model import Fact, Scope
from bot.roles import Action
from bot.web import pedigree
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.shelves import SHELVES, entry, finds, shelves
from bot.web.visit import Visit

PAST_SHOWN, COMING_SHOWN = 20, 100
FOR_EVER = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
PATCH = "confirmations.patch"


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise ValueError("Write a day as 2027-04-04.") from None


Day = Annotated[date, BeforeValidator(_day)]


class Confirm(Form):
    """That a fact holds as of a day, until it is looked at again, by which source."""

    as_of: Day
    review_by: Day
    seen: Reason


class Why(Form):
    """The reason for a hold, or for its end."""

    why: Reason


def show(visit: Visit) -> Response:
    """All facts, or those that somebody looks for."""
    today = visit.space.settings.day_of(visit.now)
    entries = [entry(fact, today) for fact in visit.space.library.facts.values()]
    asked, shelf, group = visit.asked("q"), visit.asked("show"), visit.asked("group")
    found = [
        e for e in entries if finds(asked, e.fact) and shelf in ("", e.shelf) and group in ("", e.fact.group)
    ]
    return visit.page(
        "library.html.j2",
        asked=asked,
        chosen=shelf,
        group=group,
        standings=[("", "All"), *((s.name, s.title) for s in shelves(entries))],
        groups=[
            ("", "All"),
            *((name, name) for name in sorted({e.fact.group for e in entries if e.fact.group})),
        ],
        counts=[(s.name, len(s.entries), SHELVES[s.name][1]) for s in shelves(entries)],
        shelves=shelves(found),
        found=len(found),
        total=len(entries),
        today=today,
        unreviewed=len(visit.space.library.unreviewed()),
    )


def show_fact(visit: Visit) -> Response:
    """One fact's whole story."""
    return _story(visit)


def confirm(visit: Visit) -> Response:
    """Somebody has looked at the source: the fact holds until a new date."""
    fact, form = _fact(visit), read(Confirm, visit.form)
    if fact is None:
        return _unknown(visit)
    if form.value is not None:
        said = form.value
        try:
            confirming.confirm(
                visit.space, fact.id, said.as_of, said.review_by, visit.who, said.seen, visit.now
            )
        except confirming.NotConfirmed as error:
            if error.field not in Confirm.model_fields:
                raise
            form = form.wrong(error.field, str(error))
    if form.value is None:
        return _story(visit, 400, confirm_errors=form.errors, given=form.given)
    done = f"{fact.id} holds as of {form.value.as_of} and is to be confirmed again by {form.value.review_by}."
    return visit.go(_path(fact.id), done)


def hold(visit: Visit) -> Response:
    """Keep a fact off every plan, from now on."""
    fact, form = _fact(visit), read(Why, visit.form)
    if fact is None:
        return _unknown(visit)
    if form.value is None:
        return _story(visit, 400, hold_errors=form.errors, given=form.given)
    held = any(h.fact_id == fact.id for h in visit.ledger.holds())
    count = steering.hold(visit.space, fact.id, visit.who, form.value.why, visit.now)
    withdrawn = f"{count or 'No'} {'delivery was' if count == 1 else 'deliveries were'} withdrawn."
    return visit.go(
        _path(fact.id), f"{fact.id} {'was on hold already' if held else 'is on hold'}. {withdrawn}"
    )


def lift(visit: Visit) -> Response:
    """End a hold that was given here or on the command line."""
    fact, form = _fact(visit), read(Why, visit.form)
    if fact is None:
        return _unknown(visit)
    if form.value is None:
        return _story(visit, 400, lift_errors=form.errors, given=form.given)
    steering.lift(visit.space, fact.id, visit.who, form.value.why, visit.now)
    told = "New plans may tell it again; a post of it that somebody had touched stays skipped."
    return visit.go(_path(fact.id), f"The hold on {fact.id} is lifted. {told}")


def show_patch(visit: Visit) -> Response:
    """What was confirmed and stands in no file yet, and how to bring it there."""
    # While a file is broken, the desk goes on with older files: a patch from them could undo somebody's work.
    space = visit.space
    usable = visit.desk.trouble is None
    patch = confirming.patch(space) if usable else ""
    return visit.page("library_export.html.j2", patch=patch, usable=usable, file=PATCH)


def download_patch(visit: Visit) -> Response:
    """The same as a file for `git apply`."""
    space = visit.space
    if visit.desk.trouble is not None:
        raise visit.desk.trouble
    return Response(
        confirming.patch(space),
        media_type="text/x-patch",
        headers={"content-disposition": f'attachment; filename="{PATCH}"'},
    )


def _fact(visit: Visit) -> Fact | None:
    return visit.space.library.facts.get(visit.part("fact_id"))


def _unknown(visit: Visit) -> Response:
    known = "The library lists all that there are; a fact leaves it when its file does."
    return visit.problem(404, f"There is no fact called {visit.part('fact_id')}", known)


def _path(fact_id: str) -> str:
    return f"/library/{quote(fact_id, safe='')}"


def _story(visit: Visit, status: int = 200, **more: Any) -> Response:
    fact, space, ledger = _fact(visit), visit.space, visit.ledger
    if fact is None:
        return _unknown(visit)
    today, before = space.settings.day_of(visit.now), _moment(visit.asked("before"), visit.now)
    past = ledger.posts_about(fact.id, datetime.min.replace(tzinfo=UTC), before, PAST_SHOWN + 1)
    return visit.page(
        "fact.html.j2",
        status,
        fact=fact,
        entry=entry(fact, today),
        facts=space.library.facts,
        today=today,
        values=pedigree.values(fact, space.library),
        conflicts=pedigree.conflicts(fact, space.library),
        supersedes=pedigree.supersedes(fact, space.library),
        wordings=pedigree.wordings(space, fact, today),
        past=past[::-1][:PAST_SHOWN],
        earlier=past[1].due_at if len(past) > PAST_SHOWN else None,
        coming=ledger.posts_about(fact.id, visit.now, FOR_EVER, COMING_SHOWN),
        trail=pedigree.trail(ledger, fact.id),
        hold=next((h for h in ledger.holds() if h.fact_id == fact.id), None),
        pause=next((p for p in ledger.pauses() if (p.scope, p.name) == (Scope.FACT, fact.id)), None),
        **{"confirm_errors": {}, "hold_errors": {}, "lift_errors": {}, "given": {}, **more},
    )


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if found.tzinfo and found < otherwise else otherwise


routes = [
    get("/library", show),
    get("/library/export", show_patch),
    get(f"/library/export/{PATCH}", download_patch),
    get("/library/{fact_id}", show_fact),
    post("/library/{fact_id}/confirm", confirm, needs=Action.APPROVE),
    post("/library/{fact_id}/hold", hold, needs=Action.EDIT),
    post("/library/{fact_id}/lift", lift, needs=Action.APPROVE),
]
