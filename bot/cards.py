"""Posts drawn as each network shows them: what the timeline and the desk's pages put on their cards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from babel.dates import format_date

from bot.ledger import Delivery
from bot.model import Account, EntityKind, LinkCard, Message, Picture
from bot.workspace import Workspace


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
class Seen:
    """Where a page finds a picture, and its size in pixels. `inside` says that `src` is a place in the page itself."""

    src: str
    width: int
    height: int
    inside: bool = False


Gallery = Mapping[str, Seen | str]  # pictures by key; in place of one that cannot be shown, why
NOTHING_DRAWN: Gallery = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of a post: where it is, or why it cannot be shown; and what stands in its alt text."""

    alt_text: str
    seen: Seen | None
    why_not: str = ""
    credit: str | None = None
    licence: str | None = None

    @property
    def is_added(self) -> bool:
        """Whether a person added it."""
        return self.credit is not None


@dataclass(frozen=True, slots=True)
class ShownLink:
    """The card of a post's link."""

    title: str
    description: str
    host: str
    href: str | None
    picture: Seen | None


@dataclass(frozen=True, slots=True)
class Part:
    """A post of a thread but the first."""

    number: int
    stretches: tuple[Stretch, ...]
    length: int
    limit: int


@dataclass(frozen=True, slots=True)
class Card:
    """One delivery, as its network shows it. `thread` holds all its posts but the first."""

    delivery: Delivery
    look: Look
    rehearsal: bool
    name: str
    initials: str
    handle: str
    when: Moment
    stretches: tuple[Stretch, ...]
    filled: int
    live_url: str | None
    pictures: tuple[Shown, ...] = ()
    link: ShownLink | None = None
    thread: tuple[Part, ...] = ()

    @property
    def posts(self) -> int:
        """How many posts go out."""
        return 1 + len(self.thread)


def cards_of(
    space: Workspace, deliveries: Iterable[Delivery], now: datetime, gallery: Gallery = NOTHING_DRAWN
) -> tuple[Card, ...]:
    """The cards of deliveries, in the order of their networks, with the pictures of a gallery."""
    drawn = (card_of(space, delivery, now, gallery) for delivery in deliveries)
    return tuple(sorted(drawn, key=_place_in_row))


def _place_in_row(card: Card) -> tuple[int, str, str]:
    order = list(LOOKS)
    known = order.index(card.look.key) if card.look.key in order else len(order)
    return known, card.look.label, card.delivery.account_id


def card_of(space: Workspace, delivery: Delivery, now: datetime, gallery: Gallery = NOTHING_DRAWN) -> Card:
    """One delivery as its network shows it."""
    account = space.settings.accounts.get(delivery.account_id)
    account = account or Account(delivery.account_id, delivery.network)
    look = _look(delivery, account)
    message = delivery.message
    return Card(
        delivery=delivery,
        look=look,
        rehearsal=delivery.network == "file",
        name=space.settings.campaign.name,
        initials=initials(space.settings.campaign.name),
        handle=_handle(account, look),
        when=moment_of(space, delivery.first_sent_at or delivery.due_at, now),
        stretches=tuple(_stretches(message, look)),
        filled=min(100, round(100 * message.length / message.limit)) if message.limit else 100,
        live_url=web_address(delivery.url),
        pictures=tuple(_shown(picture, gallery) for picture in message.pictures),
        link=_shown_link(message.link_card, gallery),
        thread=tuple(
            Part(number, tuple(_stretches(post, look)), post.length, post.limit)
            for number, post in enumerate(message.thread, 2)
        ),
    )


def picture_keys(messages: Iterable[Message]) -> list[str]:
    """What a gallery needs to show these messages, each once: their pictures, and those of their links' cards."""
    keys: dict[str, None] = {}
    for message in messages:
        keys |= dict.fromkeys(picture.key for picture in message.pictures)
        if message.link_card and message.link_card.image_key:
            keys[message.link_card.image_key] = None
    return list(keys)


def _shown(picture: Picture, gallery: Gallery) -> Shown:
    found = gallery.get(picture.key, "It is not drawn yet.")
    seen, why_not = (None, found) if isinstance(found, str) else (found, "")
    return Shown(picture.alt_text, seen, why_not, picture.credit, picture.licence)


def _shown_link(card: LinkCard | None, gallery: Gallery) -> ShownLink | None:
    if card is None:
        return None
    found = gallery.get(card.image_key or "")
    host = urlsplit(card.url).hostname or card.url
    picture = found if isinstance(found, Seen) else None
    return ShownLink(card.title, card.description, host.removeprefix("www."), web_address(card.url), picture)


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


def initials(name: str) -> str:
    return "".join(word[0] for word in name.split() if word[0].isalnum())[:3].upper()


# ── moments ──────────────────────────────────────────────────────────────────────────────────


def moment_of(space: Workspace, at: datetime, now: datetime) -> Moment:
    """A moment in the campaign's zone, and how far it is from now."""
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
