"""The page of one post: as each network will show it, what it rests on, and what happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args
from urllib.parse import quote

from starlette.responses import Response

from bot.approval import check_second_person
from bot.cards import card_of, cards_of, web_address
from bot.choosing import facts_for, near, wordings_for
from bot.composing import body_of
from bot.drafting import Draft, tidy
from bot.editing import own_pictures, redraft
from bot.ledger import Delivery, Post
from bot.model import Fact, Misconfigured
from bot.picturing import picture_rules
from bot.shown import LostUpdate, mark_of
from bot.web.visit import Visit

SHOWN = 20
Act = Literal[
    "check", "words", "wording", "fact", "move", "picture", "no-picture", "card", "approve", "reject", "send"
]
ACTS = get_args(Act)
PICTURE_ACTS = ("picture", "no-picture", "card")


@dataclass(frozen=True)
class Said:
    """What a page answers to what somebody wanted: by which form, and why it was not done."""

    act: Act | None = None
    reasons: list[str] = field(default_factory=list)
    errors: Mapping[str, str] = field(default_factory=dict)
    lost: LostUpdate | None = None

    def is_of(self, act: Act) -> bool:
        """Whether it answers the form of an act; those about the picture are buttons of one form."""
        return act == self.act or {act, self.act} <= {*PICTURE_ACTS}

    def against(self, act: Act) -> list[str]:
        """The reasons to show at a form."""
        return self.reasons if act == self.act else []

    def wrong(self, act: Act) -> Mapping[str, str]:
        """The mistakes to show at a form's fields."""
        return self.errors if act == self.act else {}


def path_of(slot_id: str) -> str:
    """The address of a post's page."""
    return f"/posts/{quote(slot_id)}"


@dataclass(frozen=True)
class Field:
    """The words of one delivery in the form: as they stand, as somebody has them, and what that measures."""

    delivery: Delivery
    label: str
    stands: str
    mine: str
    draft: Draft
    overtaken: bool


def post_page(visit: Visit, found: Post, status: int = 200, said: Said | None = None) -> Response:
    """The page of a post, with what was said to whoever wanted something of it."""
    said, space = said or Said(), visit.space
    told = space.library.facts.get(found.fact_id or "")
    fields = _fields(visit, found, said) if told and visit.may("edit") else []
    drafts = {f.delivery.id: f.draft.message for f in fields} if said.act in ("check", "words") else {}
    shown = [d if said.lost else replace(d, message=drafts.get(d.id, d.message)) for d in found.deliveries]
    observance = space.settings.observances.get(found.observance_id or "")
    opened = found.open_deliveries
    carriers = _carriers(visit, found, said)
    return visit.page(
        "post.html.j2",
        status,
        post=found,
        at=path_of(found.slot_id),
        mark=mark_of(found),
        said=said,
        cards=cards_of(space, shown, visit.now, visit.gallery([d.message for d in shown])),
        carriers=carriers,
        left_over=_left_over(visit, said, fields, carriers),
        unsaved=bool(drafts) and not said.lost,
        fact=told,
        source=web_address(told.source.address) if told else None,
        guard=near(space, found.day, found.slot_id).reasons(space, told) if told and opened else [],
        observance=observance.title if observance else found.observance_id,
        open=opened,
        fields=fields,
        wordings=[(f, wordings_for(space, found, f.delivery)) for f in fields],
        search=visit.asked("q"),
        facts=_facts(visit, found) if "q" in visit.request.query_params or said.act == "fact" else None,
        most=SHOWN,
        needs=[d for d in opened if space.settings.needs_approval(d.network)],
        second=_second_person(visit, found),
        trail=_trail(visit, found),
        kept=lambda act, name, default="": visit.form.get(name, default) if said.is_of(act) else default,
    )


@dataclass(frozen=True)
class Carrier:
    """A delivery that may carry a picture: what it carries now, and whether somebody chose it."""

    account_id: str
    label: str
    carries: str
    is_chosen: bool


def _carriers(visit: Visit, found: Post, said: Said) -> list[Carrier]:
    if not visit.may("edit"):
        return []
    takes = picture_rules(visit.space, found)
    chosen = set(visit.fields.getlist("accounts")) if said.act in PICTURE_ACTS else takes.keys()
    cards = cards_of(visit.space, found.open_deliveries, visit.now)
    return [
        Carrier(name, card.look.label, _carried(card.delivery), name in chosen)
        for card in cards
        if (name := card.delivery.account_id) in takes
    ]


def _left_over(visit: Visit, said: Said, fields: list[Field], carriers: list[Carrier]) -> list[str]:
    """What somebody typed and no form of the page has room for any more, because that was sent meanwhile."""
    if said.act in ("check", "words"):
        shown = {field.delivery.account_id for field in fields}
        return [body for name, body in touched(visit.form).items() if name not in shown]
    if said.act in PICTURE_ACTS and not carriers:
        return [typed for name in ("alt_text", "credit", "licence") if (typed := visit.form.get(name, ""))]
    return []


def _carried(delivery: Delivery) -> str:
    if own := own_pictures(delivery.message):
        return f"an added image, {own[0].credit}, {own[0].licence}"
    return "the card of its fact" if delivery.message.pictures else "no picture"


def _fields(visit: Visit, found: Post, said: Said) -> list[Field]:
    typed = visit.form if said.act in ("check", "words") else {}
    mine, fields = touched(typed), []
    for delivery in (card.delivery for card in cards_of(visit.space, found.open_deliveries, visit.now)):
        if delivery.account_id not in visit.space.settings.accounts:
            continue
        name, stands = delivery.account_id, body_of(delivery.message)
        given = mine.get(name, stands)
        if tidy(given) == stands:
            drafted = Draft(delivery.message)
        else:
            drafted = redraft(visit.space, delivery, given, found.day)
        label = card_of(visit.space, delivery, visit.now).look.label
        fields.append(
            Field(
                delivery, label, stands, given, drafted, bool(said.lost and name in mine and given != stands)
            )
        )
    return fields


def touched(form: Mapping[str, str]) -> dict[str, str]:
    """The words that somebody changed in the form, by account; `was-…` is what the form had shown."""
    given = {name.removeprefix("body-"): body for name, body in form.items() if name.startswith("body-")}
    return {name: body for name, body in given.items() if tidy(body) != tidy(form.get(f"was-{name}", ""))}


def _facts(visit: Visit, found: Post) -> list[Fact]:
    languages = {d.message.language for d in found.open_deliveries}
    offered = facts_for(visit.space, found.day, languages, visit.asked("q"), found.slot_id)
    return [offer for offer in offered if offer.id != found.fact_id]


def _second_person(visit: Visit, found: Post) -> str:
    try:
        for delivery in found.open_deliveries:
            check_second_person(visit.space.settings, found, delivery, visit.who)
    except Misconfigured as error:
        return str(error)
    return ""


def _trail(visit: Visit, found: Post) -> list[dict[str, object]]:
    """What happened to the post, oldest first; what happened to several deliveries at once is one line."""
    lines: dict[tuple[object, ...], dict[str, object]] = {}
    for delivery in found.deliveries:
        for row in visit.ledger.history_of(delivery.id):
            key = (row["at"], row["who"], row["became"], row["why"])
            line = lines.setdefault(key, {**row, "accounts": []})
            line["accounts"] = [*line["accounts"], delivery.account_id]  # type: ignore[misc]
    return sorted(lines.values(), key=lambda line: (str(line["at"]), int(str(line["id"]))))
