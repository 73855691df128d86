"""The nouns of the project, as frozen values that every other room shares.

Days are calendar days in the campaign's time zone; moments are aware datetimes in UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file that a person edits; lines and columns count from 1."""

    file: str = "?"
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Severity(StrEnum):
    """An error stops a release; a warning is the guard at work or a matter of taste."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something to mend: where it is, what is wrong, and what to do about it."""

    place: Place
    rule: str
    problem: str
    mend: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.place}: {self.severity} [{self.rule}] {self.problem} {self.mend}"


class BotError(Exception):
    """A mistake a person can mend; the command line prints its text and never a traceback."""


class Misconfigured(BotError):
    """Files, settings or credentials do not let the bot do what was asked."""

    def __init__(self, problem: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(problem)
        self.findings = findings


class Status(StrEnum):
    """What a person decided about a fact; only POST and POSITION may ever go out."""

    POST = "post"
    POSITION = "position"
    HOLD = "hold"
    RETIRED = "retired"
    ARCHIVED = "archived"
    INTERNAL = "internal"

    @property
    def postable(self) -> bool:
        """Whether facts of this status may be posted at all."""
        return self in (Status.POST, Status.POSITION)


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity; its comparator ("more than") is part of the value and always shown with it."""

    amount: Decimal
    comparator: str | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """A calendar year, shown without thousands separators."""

    year: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year whose day is unknown or does not matter."""

    year: int
    month: int


Value = Number | Year | Month | date | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from, and how a post names it (`credit`)."""

    id: str
    title: str
    publisher: str
    credit: str
    date: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A claim with a pedigree. `review_by` None means an event that cannot go stale."""

    id: str
    subject: str
    claim: str
    values: Mapping[str, Value]
    source: Source
    as_of: date
    review_by: date | None
    status: Status
    status_since: date
    status_reason: str | None = None
    lift: str | None = None
    scope: str | None = None
    group: str | None = None
    conflicts: frozenset[str] = frozenset()
    series: tuple[tuple[int, Decimal], ...] = ()  # by year, for a chart; oldest first
    superseded_by: str | None = None
    attributed_to: str | None = None
    link: str | None = None
    corroborated_by: tuple[str, ...] = ()
    seed: str | None = None
    confidence: str = "medium"
    checked_on: date | None = None
    notes: str | None = None
    place: Place = Place()

    @property
    def version(self) -> str:
        """Eight hex digits that change whenever what the fact says or rests on changes."""
        values = {name: repr(value) for name, value in sorted(self.values.items())}
        said: list[Any] = [
            self.claim,
            values,
            self.source.credit,
            str(self.as_of),
            self.link,
            self.attributed_to,
        ]
        if self.series:
            said.append([(year, str(amount)) for year, amount in self.series])
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:8]


class Translation(StrEnum):
    """How a wording came to be in its language; an unreviewed one is not posted."""

    ORIGINAL = "original"
    REVIEWED = "reviewed"
    UNREVIEWED = "unreviewed"


@dataclass(frozen=True, slots=True)
class Template:
    """One wording of a fact in one language, for ordinary days or for one observance.

    `values` are the fact's text values (and who says it) as this language has them.
    """

    id: str
    fact_id: str
    language: str
    text: str
    observance_id: str | None = None
    place: Place = Place()
    translation: Translation = Translation.ORIGINAL
    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class CardWording:
    """What a fact's share card says in one language: a figure, set large where there is one, and what it counts."""

    fact_id: str
    language: str
    text: str
    figure: str | None = None
    place: Place = Place()
    translation: Translation = Translation.ORIGINAL
    values: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Observance:
    """A day that calls for its own message about a fact. `day` is (month, day)."""

    id: str
    title: str
    day: tuple[int, int]
    fact_id: str
    kind: str = "anniversary"
    origin: date | None = None
    priority: int = 0
    post: bool = True
    note: str | None = None
    place: Place = Place()


class Counting(StrEnum):
    """How a network measures a text."""

    WEIGHTED = "weighted"  # twitter-text v3
    GRAPHEMES = "graphemes"
    CHARACTERS = "characters"  # graphemes, with every link counted at a fixed length


@dataclass(frozen=True, slots=True)
class PictureRules:
    """What pictures a network takes: the size of a share card in pixels, the most bytes, the longest alt text."""

    width: int
    height: int
    byte_limit: int
    alt_limit: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What a network accepts, as data. `links` says how a link stands in the text."""

    counting: Counting
    limit: int
    byte_limit: int | None = None
    link_length: int | None = None
    links: str = "address"  # "address": written out; "host": its host, with the address behind it
    identical_text_allowed: bool = True
    source: str = ""
    threads: bool = False
    numbered: bool = False  # whether the posts of a thread say 1/3
    pictures: PictureRules | None = None  # None: no pictures
    link_cards: bool = False  # whether a post carries the card of its link itself


class EntityKind(StrEnum):
    """What a stretch of text is, beyond its letters."""

    TAG = "tag"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Entity:
    """A tag or link in a text: code-point and UTF-8 byte offsets (end exclusive), and what it stands for."""

    kind: EntityKind
    start: int
    end: int
    byte_start: int
    byte_end: int
    value: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: what stands under it, how high it is, and how that reads."""

    label: str
    amount: float
    shown: str


@dataclass(frozen=True, slots=True)
class Card:
    """A share card as data: all that is drawn, in one language, and its size in pixels."""

    language: str
    campaign: str
    figure: str | None
    text: str
    credit: str
    hashtags: str
    width: int
    height: int
    bars: tuple[Bar, ...] = ()
    edition: int = 1  # of the drawing: one more whenever the same data come to look otherwise

    @property
    def key(self) -> str:
        """32 hex digits that name the picture: the same data, the same picture."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a post: a card to be drawn, or an image a person added, which the ledger keeps under `media_id`."""

    alt_text: str
    card: Card | None = None
    media_id: str | None = None
    credit: str | None = None
    licence: str | None = None

    @property
    def key(self) -> str:
        """Under what the ledger keeps its bytes."""
        return self.card.key if self.card is not None else self.media_id or ""


@dataclass(frozen=True, slots=True)
class LinkCard:
    """What a post shows of the page it links to; `image_key` names its picture in the ledger's media."""

    url: str
    title: str
    description: str = ""
    image_key: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A template filled with a fact in one language for one network's rules: exactly what is posted.

    Where it is too long for one post, this is the first of a thread, with credit line, link and hashtags, and
    `thread` holds the others.
    """

    text: str
    language: str
    entities: tuple[Entity, ...]
    link: str | None
    fact_id: str
    fact_version: str
    template_id: str
    length: int
    limit: int
    byte_length: int
    byte_limit: int | None = None
    thread: tuple[Message, ...] = ()
    pictures: tuple[Picture, ...] = ()
    link_card: LinkCard | None = None

    @property
    def posts(self) -> tuple[Message, ...]:
        """What goes out, post by post: itself alone, or every post of its thread."""
        return (self, *self.thread)


class LanguageRule(StrEnum):
    """How an account of several languages chooses: each in its turn, or the first in which there is a wording."""

    TURNS = "turns"
    FIRST = "first"


class Illustration(StrEnum):
    """What an account's posts carry beside their text."""

    CARDS = "cards"
    LINKS = "links"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Account:
    """One login on one network; its secrets are in the environment, under `env_name`.

    `language` is its first, or only one; `languages` are all of them.
    """

    id: str
    network: str
    language: str = "en"
    server: str | None = None
    handle: str | None = None
    enabled: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    budgets: Mapping[str, int] = field(default_factory=dict)  # posts per span, by the names of SPANS
    place: Place = Place()
    more_languages: tuple[str, ...] = ()
    language_rule: LanguageRule = LanguageRule.TURNS
    illustration: Illustration = Illustration.CARDS
    threads: bool = True
    numbered: bool = False
    delete_withdrawn: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language it speaks, its first one first."""
        return (self.language, *self.more_languages)

    def within(self, rules: Rules) -> Rules:
        """What its network accepts, less what this account does not want."""
        return replace(
            rules,
            threads=rules.threads and self.threads,
            numbered=self.numbered,
            pictures=rules.pictures if self.illustration is Illustration.CARDS else None,
            link_cards=rules.link_cards and self.illustration is not Illustration.NONE,
        )

    def env_name(self, secret: str) -> str:
        """The environment variable that holds one of this account's secrets."""
        return f"{self.id}_{secret}".upper().replace("-", "_")


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A moment (UTC) at which to post. `id` names it by its wall time, so that it never changes."""

    at: datetime
    id: str
    name: str
    day: date
    observances: tuple[str, ...] = ()  # on an observance's day: the candidates, best first
    skip: str | None = None  # why nothing may go out here, e.g. quiet hours


@dataclass(frozen=True, slots=True)
class Telling:
    """One wording of one fact, sent (or fixed to be sent) to one account at a moment (UTC)."""

    fact_id: str
    template_id: str
    account_id: str
    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """What goes out at a slot: a message per account, or the reason why there is none."""

    slot: Slot
    fact_id: str | None
    observance_id: str | None = None
    messages: Mapping[str, Message] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    skip: str | None = None

    @property
    def fact_version(self) -> str | None:
        """The version of the fact that the messages were written from."""
        return next((message.fact_version for message in self.messages.values()), None)

    @property
    def why_not(self) -> str | None:
        """Why the slot, or some of its accounts, stay silent."""
        reasons = [self.skip, *(f"{account}: {why}" for account, why in self.refused.items())]
        return "; ".join(reason for reason in reasons if reason) or None


class State(StrEnum):
    """The life of a delivery; SENDING and UNKNOWN are only left by what the network itself says."""

    PLANNED = "planned"
    APPROVED = "approved"
    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the network answered: its own id of the post, and where a follower reads it.

    `parts` are the ids of the posts of a thread that are out, the first one (`remote_id`) included.
    """

    remote_id: str
    url: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture as it leaves: its bytes, and the network's own name for it once it was uploaded."""

    key: str
    data: bytes
    mime: str
    width: int
    height: int
    alt_text: str
    remote: str | None = None


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One delivery as an adapter sees it. `first_sent_at` (UTC) was committed before the first byte left.

    `parts` are the network's ids of those posts of a thread that are out already, in order.
    """

    delivery_id: str
    account_id: str
    message: Message
    first_sent_at: datetime
    known_remote_ids: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()  # the message's pictures, uploaded
    thumbnail: Attachment | None = None  # the picture of its link card, uploaded
    may_go_on: Callable[[], bool] = (
        _always  # asked before each further post of a thread; see networks.base.going_on
    )


@dataclass(frozen=True, slots=True)
class Metrics:
    """How followers answered a post, as far as its network tells; None is what it does not tell."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """How an account introduces itself: its name, and a description that names the operator."""

    name: str
    description: str


SPANS = {
    "quarter_hour": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30),
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a network says an account may still do before a moment (UTC)."""

    name: str
    remaining: int
    resets_at: datetime


class Scope(StrEnum):
    """How much a pause stops."""

    ALL = "all"
    NETWORK = "network"
    ACCOUNT = "account"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Pause:
    """Somebody's word that nothing of this scope goes out; `name` is empty for everything."""

    id: int
    scope: Scope
    name: str
    who: str
    why: str
    since: datetime

    def covers(self, network: str, account_id: str, fact_id: str) -> bool:
        """Whether a delivery with these names is stopped by it."""
        named = {Scope.NETWORK: network, Scope.ACCOUNT: account_id, Scope.FACT: fact_id}
        return self.scope is Scope.ALL or named[self.scope] == self.name

    @property
    def what(self) -> str:
        """What it stops, in words."""
        return "everything" if self.scope is Scope.ALL else f"the {self.scope} {self.name}"


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's word, given on the command line or the desk, that a fact stays off every plan."""

    fact_id: str
    who: str
    why: str
    since: datetime
