"""One post: what may be done about it, by whom, and only to the post that was shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Annotated

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.responses import Response

from bot import editing, picturing, steering
from bot.drafting import Refused
from bot.images import Statement, Unfit, Unstated
from bot.ledger import Post
from bot.model import Misconfigured
from bot.planning import place_in_zone
from bot.roles import Action
from bot.shown import LostUpdate, check_mark
from bot.web.doors import get, post
from bot.web.forms import Form, Reason, read
from bot.web.measuring import measure
from bot.web.post_page import ACTS, Act, Said, path_of, post_page, touched
from bot.web.visit import Visit


class Why(Form):
    """Why something is done, in a person's words."""

    why: Reason


class NewMoment(Form):
    """When a post is to go out, by the campaign's clocks."""

    day: date
    clock: time
    why: Annotated[str, Field(max_length=500)] = ""


def show(visit: Visit) -> Response:
    """The post of a slot."""
    slot_id = visit.part("slot_id")
    found = visit.ledger.post(slot_id)
    if found is not None:
        return post_page(visit, found)
    behind, _, act = slot_id.rpartition("/")  # the address of a form, asked for again without it
    if act in ACTS and visit.ledger.post(behind):
        return visit.go(path_of(behind))
    return visit.problem(
        404,
        "There is no such post",
        "The plan may have been made anew since. The calendar shows what is planned now.",
    )


# ── what may be done ─────────────────────────────────────────────────────────────────────────


def check(visit: Visit) -> Response:
    """Measure the words of a form, for those without scripts."""

    def look(found: Post) -> Response:
        return post_page(visit, found, said=Said("check"))

    return _try(visit, "words", look)


def words(visit: Visit) -> Response:
    """Give deliveries other words; those that nobody touched in the form stay as they are."""

    def act(found: Post) -> Response:
        mine = touched(visit.form)
        edited = editing.edit(
            visit.space, found, found.version, mine, visit.who, visit.form.get("why", "").strip(), visit.now
        )
        same = edited.version == found.version
        return visit.go(path_of(found.slot_id), "Nothing was changed." if same else "The words were changed.")

    return _try(visit, "words", act)


def wording(visit: Visit) -> Response:
    """Give one delivery another of the library's wordings."""

    def act(found: Post) -> Response:
        account, _, template = visit.form.get("wording", "").partition(" ")
        if not template:
            raise Refused(["Choose a wording."])
        editing.choose_wording(visit.space, found, found.version, account, template, visit.who, visit.now)
        return visit.go(path_of(found.slot_id), f"{account} has another wording: `{template}`.")

    return _try(visit, "wording", act)


def fact(visit: Visit) -> Response:
    """Tell another fact."""

    def act(found: Post) -> Response:
        chosen, why = visit.form.get("fact", ""), visit.form.get("why", "").strip()
        if not chosen:
            raise Refused(["Choose a fact."])
        editing.choose_fact(visit.space, found, found.version, chosen, visit.who, why, visit.now)
        lost = any(editing.own_pictures(d.message) for d in found.open_deliveries)
        note = " The image that was added is off: it was for the other fact." if lost else ""
        return visit.go(path_of(found.slot_id), f"It tells another fact now: `{chosen}`.{note}")

    return _try(visit, "fact", act)


def picture(visit: Visit) -> Response:
    """Add an image in place of the card, for the chosen accounts."""

    def act(found: Post) -> Response:
        form, given = visit.form, visit.fields.get("file")
        data = given.file.read() if isinstance(given, UploadFile) and given.filename else b""
        said = Statement(form.get("alt_text", ""), form.get("credit", ""), form.get("licence", ""))
        accounts, why = _accounts(visit), form.get("why", "").strip()
        try:
            picturing.add_picture(
                visit.space, found, found.version, accounts, data, said, visit.who, why, visit.now
            )
        except Unstated as unstated:
            errors = {flaw.field: str(flaw) for flaw in unstated.flaws}
            if not data:
                errors["file"] = "Choose an image."
            return post_page(visit, found, 400, Said("picture", errors=errors))
        except Unfit as unfit:
            said_of_it = str(unfit) if data else "Choose an image."
            return post_page(visit, found, 400, Said("picture", errors={"file": said_of_it}))
        return visit.go(path_of(found.slot_id), "The image is added.")

    return _try(visit, "picture", act)


def no_picture(visit: Visit) -> Response:
    """Take the picture off, for the chosen accounts."""

    def act(found: Post) -> Response:
        why = visit.form.get("why", "").strip()
        picturing.take_off(visit.space, found, found.version, _accounts(visit), visit.who, why, visit.now)
        return visit.go(path_of(found.slot_id), "The picture is off.")

    return _try(visit, "no-picture", act)


def card(visit: Visit) -> Response:
    """Put the fact's card back, for the chosen accounts."""

    def act(found: Post) -> Response:
        why = visit.form.get("why", "").strip()
        picturing.put_card_back(
            visit.space, found, found.version, _accounts(visit), visit.who, why, visit.now
        )
        return visit.go(path_of(found.slot_id), "The card is back.")

    return _try(visit, "card", act)


def _accounts(visit: Visit) -> list[str]:
    return [name for name in visit.fields.getlist("accounts") if isinstance(name, str)]


def move(visit: Visit) -> Response:
    """Give the post another moment."""
    form = read(NewMoment, visit.form)

    def act(found: Post) -> Response:
        if form.value is None:
            return post_page(visit, found, 400, Said("move", errors=form.errors))
        wish, zone = form.value, visit.space.settings.zone
        at = place_in_zone(datetime.combine(wish.day, wish.clock), zone)
        editing.move(visit.space, found, found.version, at, visit.who, wish.why, visit.now)
        return visit.go(path_of(found.slot_id), f"Moved to {wish.day:%-d %B %Y}, {wish.clock:%H:%M}.")

    return _try(visit, "move", act)


def approve(visit: Visit) -> Response:
    """Let the post go out at its moment."""

    def act(found: Post) -> Response:
        why = visit.form.get("why", "").strip() or "looked at it"
        count = steering.approve(visit.space, found, visit.who, why, visit.now)
        done = "Approved." if count else "There was nothing left to approve."
        return visit.go(path_of(found.slot_id), done)

    return _try(visit, "approve", act)


def reject(visit: Visit) -> Response:
    """Leave the post out, with a reason."""
    form = read(Why, visit.form)

    def act(found: Post) -> Response:
        if form.value is None:
            return post_page(visit, found, 400, Said("reject", errors=form.errors))
        count = steering.skip(visit.space, found, visit.who, form.value.why, visit.now)
        done = "Rejected: it does not go out." if count else "There was nothing left to reject."
        return visit.go(path_of(found.slot_id), done)

    return _try(visit, "reject", act)


def send(visit: Visit) -> Response:
    """Make the post due now; the worker sends it."""

    def act(found: Post) -> Response:
        editing.bring_forward(visit.space, found, visit.now, visit.who)
        return visit.go(path_of(found.slot_id), "It is due now; the worker sends it within moments.")

    return _try(visit, "send", act)


def _try(visit: Visit, act: Act, do: Callable[[Post], Response]) -> Response:
    """Do something to the post that the form showed; whatever speaks against it is shown at the form."""
    found = visit.ledger.post(visit.part("slot_id"))
    if found is None:
        return visit.problem(
            404, "There is no such post any more", "The plan was made anew. Nothing was changed."
        )
    try:
        check_mark(found, visit.form.get("mark", ""))
        return do(found)
    except LostUpdate as lost:
        return post_page(visit, lost.post, 409, Said(act, lost=lost))
    except Refused as refused:
        return post_page(visit, found, 400, Said(act, refused.reasons))
    except Misconfigured as error:
        return post_page(visit, found, 400, Said(act, [str(error)]))


routes = [
    get("/posts/{slot_id:path}", show),
    post("/posts/measure", measure, needs=Action.EDIT),
    post("/posts/{slot_id:path}/check", check, needs=Action.EDIT),
    post("/posts/{slot_id:path}/words", words, needs=Action.EDIT),
    post("/posts/{slot_id:path}/wording", wording, needs=Action.EDIT),
    post("/posts/{slot_id:path}/fact", fact, needs=Action.EDIT),
    post("/posts/{slot_id:path}/picture", picture, needs=Action.EDIT, takes_file=True),
    post("/posts/{slot_id:path}/no-picture", no_picture, needs=Action.EDIT, takes_file=True),
    post("/posts/{slot_id:path}/card", card, needs=Action.EDIT, takes_file=True),
    post("/posts/{slot_id:path}/move", move, needs=Action.EDIT),
    post("/posts/{slot_id:path}/approve", approve, needs=Action.APPROVE),
    post("/posts/{slot_id:path}/reject", reject, needs=Action.APPROVE),
    post("/posts/{slot_id:path}/send", send, needs=Action.APPROVE),
]
