"""The timeline page: what was posted, drawn as followers of each network see it, and what was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.ledger import Delivery, Post
from bot.library import Library, Refusal, refusals
from bot.model import Account, EntityKind, Fact, Message, State
from bot.workspace import Workspace

LOOK_BACK = timedelta(days=400)
LOOK_AHEAD = timedelta(days=1)
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
class Look:
    """How a network shows a post. `link_cut` is how much of an address its followers see."""

    key: str
    label: str
    link_cut: int | None = None


LOOKS = {
    "x": Look("x", "X", 27),
    "bluesky": Look("bluesky", "Bluesky"),
    "mastodon": Look("mastodon", "Mastodon", 30),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a text: plain, a tag, or a link (`href` only for web addresses)."""

    text: str
    kind: str = "plain"
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as a machine, a glance and a careful reader want it."""

    iso: str
    day: str
    clock: str
    brief: str
    spoken: str

    @property
    def full(self) -> str:
        """Day and time of day."""
        return f"{self.day}, {self.clock}"


@dataclass(frozen=True, slots=True)
class Card:
    """One delivery, as its network shows it."""

    delivery: Delivery
    look: Look
    rehearsal: bool
    handle: str
    when: Moment
    stretches: tuple[Stretch, ...]
    filled: int
    live_url: str | None


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
    """The page: one HTML file that loads nothing from elsewhere. The same input gives the same page."""
    rows = [_row(space, post, now) for post in posts]
    refused = _refused(space.library, space.settings.day_of(now))
    return _page().render(
        campaign=space.settings.campaign.name,
        initials=_initials(space.settings.campaign.name),
        made=_moment(space, now, now),
        rows=rows,
        states=_states(posts),
        facts=len(space.library.facts),
        refused=refused,
        refused_facts=len({refusal.fact_id for group in refused for _, refusal in group.entries}),
        all_rehearsals=bool(rows) and all(card.rehearsal for row in rows for card in row.cards),
    )


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = _day
    return environment.get_template("timeline.html.j2")


def _day(day: date) -> str:
    return str(format_date(day, "d MMMM y", locale="en_GB"))


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isalnum())[:3].upper()


def _states(posts: Iterable[Post]) -> list[tuple[State, int]]:
    counts = Counter(delivery.state for post in posts for delivery in post.deliveries)
    order = sorted(State, key=lambda state: state is not State.SENT)
    return [(state, counts[state]) for state in order if counts[state]]


# ── rows and cards ───────────────────────────────────────────────────────────────────────────


def _row(space: Workspace, post: Post, now: datetime) -> Row:
    fact = space.library.facts.get(post.fact_id or "")
    observance = space.settings.observances.get(post.observance_id or "")
    cards = sorted((_card(space, delivery, now) for delivery in post.deliveries), key=_place_in_row)
    return Row(
        post=post,
        when=_moment(space, post.due_at, now),
        fact=fact,
        changed_since=fact is not None and post.fact_version not in (None, fact.version),
        source_url=web_address(fact.source.address) if fact else None,
        observance=observance.title if observance else post.observance_id,
        cards=tuple(cards),
    )


def _place_in_row(card: Card) -> tuple[int, str, str]:
    order = list(LOOKS)
    known = order.index(card.look.key) if card.look.key in order else len(order)
    return known, card.look.label, card.delivery.account_id


def _card(space: Workspace, delivery: Delivery, now: datetime) -> Card:
    account = space.settings.accounts.get(delivery.account_id)
    account = account or Account(delivery.account_id, delivery.network)
    look = _look(delivery, account)
    message = delivery.message
    return Card(
        delivery=delivery,
        look=look,
        rehearsal=delivery.network == "file",
        handle=_handle(account, look),
        when=_moment(space, delivery.first_sent_at or delivery.due_at, now),
        stretches=tuple(_stretches(message, look)),
        filled=min(100, round(100 * message.length / message.limit)) if message.limit else 100,
        live_url=web_address(delivery.url),
    )


def _look(delivery: Delivery, account: Account) -> Look:
    """The network a card is drawn as: the ledger's word, or for a rehearsal the network it is like."""
    name = delivery.network
    if name == "file":
        fallback = account.network if account.network != "file" else "mastodon"
        name = account.options.get("like", fallback)
    return LOOKS.get(name, Look("other", name))


def _handle(account: Account, look: Look) -> str:
    name = (account.handle or account.id).removeprefix("@")
    host = urlsplit(account.server or "").hostname
    at_home = look.key == "mastodon" and account.handle and host and "@" not in name
    return f"@{name}@{host}" if at_home else f"@{name}"


def web_address(address: str | None) -> str | None:
    """The address if a browser may follow it: http or https, with a host. Anything else is only text."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.hostname else None


def _stretches(message: Message, look: Look) -> Iterator[Stretch]:
    """The text cut at its entities, so that tags and links stand out."""
    done = 0
    for entity in sorted(message.entities, key=lambda found: found.start):
        if not done <= entity.start < entity.end <= len(message.text):
            continue
        yield Stretch(message.text[done : entity.start])
        text = message.text[entity.start : entity.end]
        if entity.kind is EntityKind.LINK:
            href = web_address(entity.value)
            yield Stretch(_link_text(text, look), "link", href) if href else Stretch(text)
        else:
            yield Stretch(text, "tag")
        done = entity.end
    yield Stretch(message.text[done:])


def _link_text(text: str, look: Look) -> str:
    """An address the way X and Mastodon show it: without its scheme, and cut."""
    if look.link_cut is None or web_address(text) is None:
        return text
    bare = text.partition("://")[2].removeprefix("www.")
    return bare if len(bare) <= look.link_cut else f"{bare[: look.link_cut]}…"


# ── moments ──────────────────────────────────────────────────────────────────────────────────


def _moment(space: Workspace, at: datetime, now: datetime) -> Moment:
    local = at.astimezone(space.settings.zone)
    weekday = str(format_date(local.date(), "EEEE d MMMM y", locale="en_GB"))
    brief, spoken = _relative(at - now)
    plain = str(format_date(local.date(), "d MMM y", locale="en_GB"))
    return Moment(
        iso=local.isoformat(timespec="minutes"),
        day=weekday,
        clock=f"{local:%H:%M %Z}",
        brief=brief or plain,
        spoken=spoken or plain,
    )


def _relative(distance: timedelta) -> tuple[str, str]:
    """A distance in time as networks put it, "2h" and "2 hours ago"; nothing beyond a week."""
    minutes = int(abs(distance).total_seconds() // 60)
    if minutes == 0:
        return "now", "just now"
    if minutes >= 7 * 24 * 60:
        return "", ""
    size, unit = next((s, u) for s, u in ((1440, "day"), (60, "hour"), (1, "minute")) if minutes >= s)
    count = minutes // size
    words = f"{count} {unit}{'' if count == 1 else 's'}"
    if distance > timedelta():
        return f"in {count}{unit[0]}", f"in {words}"
    return f"{count}{unit[0]}", f"{words} ago"


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
