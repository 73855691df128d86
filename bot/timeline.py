"""The timeline page: what was posted, drawn as followers of each network see it, and what was refused."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.cards import Card, Gallery, Moment, Seen, cards_of, moment_of, picture_keys, web_address
from bot.delivery import Baggage
from bot.ledger import Media, Post
from bot.library import Library, Refusal, refusals
from bot.model import BotError, Fact, Message, State
from bot.workspace import Workspace

HERE = Path(__file__).parent
LOOK_BACK = timedelta(days=400)
LOOK_AHEAD = timedelta(days=1)
DRAWN_HERE = 60  # cards of planned posts; one process draws them in a few seconds
MOST_BYTES = 6_000_000  # of pictures in the page: some 170 cards
READ_AT_ONCE = 10
LEFT_OUT = "This page holds the pictures of newer posts only."
HAPPENED = frozenset({State.SENT, State.FAILED, State.UNKNOWN, State.SKIPPED})

_KIND_WORDS = {
    "hold": "On hold",
    "overdue": "Past the review date",
    "not-yet": "Not true yet",
    "retired": "Retired",
    "archived": "Archived: true of a past period",
    "internal": "Internal",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One post: what it rests on, and its cards side by side."""

    post: Post
    when: Moment
    fact: Fact | None
    changed_since: bool
    source_url: str | None
    observance: str | None
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The facts that the guard refuses for one kind of reason."""

    title: str
    entries: tuple[tuple[Fact | None, Refusal], ...]


def shown_posts(space: Workspace, now: datetime, *, planned: bool) -> list[Post]:
    """The posts of the last 400 days that came to something, newest first; or the planned ones too."""
    ahead = max(LOOK_AHEAD, timedelta(days=space.settings.campaign.horizon_days)) if planned else LOOK_AHEAD
    posts = space.ledger.posts_between(now - LOOK_BACK, now + ahead)
    wanted = [post for post in posts if any(planned or d.state in HAPPENED for d in post.deliveries)]
    return sorted(wanted, key=lambda post: (post.due_at, post.slot_id), reverse=True)


def render(space: Workspace, posts: list[Post], now: datetime) -> str:
    """The page: one HTML file that loads nothing from elsewhere. The same input gives the same page.

    Each picture is in it once, however many networks show it; cards that nobody has drawn yet are drawn for it.
    """
    messages = [delivery.message for post in posts for delivery in post.deliveries]
    pictures, gallery = _pictures(space, messages, now)
    rows = [_row(space, post, now, gallery) for post in posts]
    refused = _refused(space.library, space.settings.day_of(now))
    return _page().render(
        campaign=space.settings.campaign.name,
        made=moment_of(space, now, now),
        rows=rows,
        pictures=pictures,
        states=_states(posts),
        facts=len(space.library.facts),
        refused=refused,
        refused_facts=len({refusal.fact_id for group in refused for _, refusal in group.entries}),
        all_rehearsals=bool(rows) and all(card.rehearsal for row in rows for card in row.cards),
    )


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader([HERE / "pages", HERE / "web" / "static"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = _day
    return environment.get_template("timeline.html.j2")


def _day(day: date) -> str:
    return str(format_date(day, "d MMMM y", locale="en_GB"))


def _states(posts: Iterable[Post]) -> list[tuple[State, int]]:
    counts = Counter(delivery.state for post in posts for delivery in post.deliveries)
    order = sorted(State, key=lambda state: state is not State.SENT)
    return [(state, counts[state]) for state in order if counts[state]]


# ── rows and cards ───────────────────────────────────────────────────────────────────────────


def _row(space: Workspace, post: Post, now: datetime, gallery: Gallery) -> Row:
    fact = space.library.facts.get(post.fact_id or "")
    observance = space.settings.observances.get(post.observance_id or "")
    return Row(
        post=post,
        when=moment_of(space, post.due_at, now),
        fact=fact,
        changed_since=fact is not None and post.fact_version not in (None, fact.version),
        source_url=web_address(fact.source.address) if fact else None,
        observance=observance.title if observance else post.observance_id,
        cards=cards_of(space, post.deliveries, now, gallery),
    )


# ── pictures ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture inside the page, under an id of its own."""

    id: str
    data: str
    width: int
    height: int


def _pictures(space: Workspace, messages: Sequence[Message], now: datetime) -> tuple[list[Embedded], Gallery]:
    """The pictures that go into the page, the newest posts' first, and where its cards find them."""
    why_not = _draw(space, messages, now)
    keys = picture_keys(messages)
    kept = space.ledger.media_keys(keys)
    embedded: list[Embedded] = []
    gallery: dict[str, Seen | str] = {key: str(why) for key, why in why_not.items()}
    gallery |= dict.fromkeys(kept, LEFT_OUT)
    room = MOST_BYTES
    for media in _read_in_turn(space, [key for key in keys if key in kept]):
        room -= len(media.data)
        if room < 0:
            break
        embedded.append(_embedded(media))
        gallery[media.key] = Seen(f"#{embedded[-1].id}", media.width, media.height, inside=True)
    return embedded, gallery


def _read_in_turn(space: Workspace, keys: Sequence[str]) -> Iterator[Media]:
    """A few at a time: those of 400 days would fill the memory."""
    for start in range(0, len(keys), READ_AT_ONCE):
        some = keys[start : start + READ_AT_ONCE]
        found = space.ledger.media(some)
        yield from (found[key] for key in some if key in found)


def _draw(space: Workspace, messages: Sequence[Message], now: datetime) -> Mapping[str, BotError]:
    """Draw the first cards that nobody has drawn yet; why some cannot be."""
    cards = {p.key: m for m in messages for p in m.pictures if p.card is not None}
    kept = space.ledger.media_keys(cards)
    wanted = [message for key, message in cards.items() if key not in kept][:DRAWN_HERE]
    return Baggage(space.ledger, lambda: now).prepare(wanted)


def _embedded(media: Media) -> Embedded:
    data = f"data:{media.mime};base64,{base64.b64encode(media.data).decode()}"
    return Embedded(f"picture-{media.key}", data, media.width, media.height)


# ── what the guard refused ───────────────────────────────────────────────────────────────────


def _refused(library: Library, today: date) -> list[Refused]:
    found = [refusal for fact in library.facts.values() for refusal in refusals(fact, today)]
    found.sort(key=lambda refusal: refusal.fact_id)
    codes = sorted({refusal.code for refusal in found}, key=_place_of_code)
    return [
        Refused(
            _KIND_WORDS.get(code, code),
            tuple((library.facts.get(r.fact_id), r) for r in found if r.code == code),
        )
        for code in codes
    ]


def _place_of_code(code: str) -> tuple[int, str]:
    order = list(_KIND_WORDS)
    return (order.index(code) if code in order else len(order)), code
