"""What followers may know of what was posted: which facts, on what they rest, and how they stand now.

Only posts on real networks count, never rehearsals. Why a fact is held, who said so and what colleagues noted stay
inside, as do the ids of slots, deliveries and facts: what stands in their place here is a hash.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.cards import web_address
from bot.ledger import Entry, Wanted
from bot.library import refusals
from bot.model import Account, Fact, State, Status
from bot.settings import Settings
from bot.workspace import Workspace

LOOKED_BACK = timedelta(days=365)
POSTS_KEPT = 30  # of each fact; more are counted
TELLINGS_KEPT = 50
REHEARSALS = "file"  # the network that nobody can follow
LANGUAGE = "en"  # of claims; see bot.library.format
_OURS = uuid.UUID("2f0a3c58-5d0e-4a39-9c53-1d3a9a7f6b11")
_PROFILES = {
    "x": "https://x.com/{name}",
    "bluesky": "https://bsky.app/profile/{name}",
    "mastodon": "{server}/@{name}",
}


class Standing(StrEnum):
    """How a fact that was posted stands now, as far as followers are told."""

    VALID = "valid"
    REVIEW = "review"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The same for a reader."""
        return {"valid": "Still valid", "review": "Under review", "superseded": "Superseded"}.get(
            self, "No longer posted"
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One post that is out: where and when, how it begins, and where to read it if the network said."""

    network: str
    at: datetime
    language: str
    words: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Cited:
    """What a fact rests on."""

    title: str
    publisher: str
    published: str | None
    address: str | None
    as_of: date


@dataclass(frozen=True, slots=True)
class Published:
    """A fact that was posted. One that left the library has the words of its last post, and no source any more."""

    key: str
    claim: str
    language: str
    attributed_to: str | None
    source: Cited | None
    standing: Standing
    since: date | None  # None where it is valid, or nobody knows
    changed_at: datetime | None  # when it came to stand so
    instead: str | None  # the claim that took its place, if that was posted too
    posts: tuple[Told, ...]  # newest first
    earlier: int  # how many more there were


@dataclass(frozen=True, slots=True)
class Telling:
    """One time at which a fact was posted, on one network or several."""

    id: str  # the same for ever: urn:uuid:…
    fact: Published
    posts: tuple[Told, ...]
    updated: datetime

    @property
    def published(self) -> datetime:
        """When its first post went out."""
        return min(post.at for post in self.posts)


@dataclass(frozen=True, slots=True)
class PublicAccount:
    """Where the campaign speaks."""

    network: str
    name: str
    address: str | None


@dataclass(frozen=True, slots=True)
class Publication:
    """All that the public page and its feed tell; facts and tellings are newest first."""

    id: str
    campaign: str
    operator: str | None
    accounts: tuple[PublicAccount, ...]
    facts: tuple[Published, ...]
    tellings: tuple[Telling, ...]
    updated: datetime


def read(space: Workspace, now: datetime) -> Publication | None:
    """What followers may know now; None where the campaign has not switched its public page on."""
    if not space.settings.campaign.public_page:
        return None
    entries = space.ledger.whole_history(Wanted(state=State.SENT, since=now - LOOKED_BACK))
    holds = {hold.fact_id: hold.since for hold in space.ledger.holds()}
    return publication(space.settings, space.library.facts, entries, holds, now)


def publication(
    settings: Settings,
    facts: Mapping[str, Fact],
    entries: Iterable[Entry],
    holds: Mapping[str, datetime],
    now: datetime,
) -> Publication:
    """The same from values: `entries` is what was sent, newest first; `holds`, since when people hold facts."""
    name = settings.campaign.name
    posts, counts, times = _gathered(entries, now)
    known = {
        fact_id: _published(
            _key(name, "fact", fact_id),
            facts.get(fact_id),
            tuple(posts[fact_id]),
            count,
            _instead(facts.get(fact_id), facts, counts),
            holds.get(fact_id),
            settings,
            now,
        )
        for fact_id, count in counts.items()
    }
    tellings = [
        _telling(_key(name, "post", slot_id), known[fact_id], told)
        for (fact_id, slot_id), told in times.items()
    ]
    tellings.sort(key=lambda telling: (telling.published, telling.id), reverse=True)
    return Publication(
        id=_key(name, "feed").urn,
        campaign=name,
        operator=settings.campaign.operator,
        accounts=tuple(_account(a) for a in settings.active_accounts() if a.network != REHEARSALS),
        facts=tuple(sorted(known.values(), key=lambda fact: (fact.posts[0].at, fact.key), reverse=True)),
        tellings=tuple(tellings),
        updated=max((t.updated for t in tellings), default=_midnight(settings.day_of(now), settings)),
    )


def standing_of(fact: Fact, today: date) -> tuple[Standing, date | None]:
    """How a fact stands, and since which day it is not valid any more. The guard decides; this only names it."""
    reasons = refusals(fact, today)
    if not reasons:
        return Standing.VALID, None
    if fact.status is Status.ARCHIVED or (fact.superseded_by and not fact.status.postable):
        return Standing.SUPERSEDED, fact.status_since
    if fact.status in (Status.RETIRED, Status.INTERNAL):
        return Standing.WITHDRAWN, fact.status_since
    return Standing.REVIEW, min((r.since for r in reasons if r.code != "not-yet"), default=None)


def _gathered(
    entries: Iterable[Entry], now: datetime
) -> tuple[dict[str, list[Told]], Counter[str], dict[tuple[str, str], list[Told]]]:
    """What is public: each fact's newest posts, how many there were, and the newest tellings by fact and slot."""
    posts: dict[str, list[Told]] = defaultdict(list)
    counts: Counter[str] = Counter()
    times: dict[tuple[str, str], list[Told]] = {}
    for entry in entries:
        if not _is_public(entry, now):
            continue
        counts[entry.fact_id] += 1
        time_of_it = (entry.fact_id, entry.slot_id)
        if counts[entry.fact_id] <= POSTS_KEPT:
            posts[entry.fact_id].append(_told(entry))
        if time_of_it in times or len(times) < TELLINGS_KEPT:
            times.setdefault(time_of_it, []).append(_told(entry))
    return posts, counts, times


def _is_public(entry: Entry, now: datetime) -> bool:
    is_out = entry.state is State.SENT and entry.deleted_at is None
    return is_out and entry.network != REHEARSALS and _sent_at(entry) > now - LOOKED_BACK


def _sent_at(entry: Entry) -> datetime:
    return entry.sent_at or entry.due_at  # a person may have marked it as sent


def _told(entry: Entry) -> Told:
    return Told(
        entry.network.capitalize(),
        _sent_at(entry),
        entry.language,
        entry.first_line,
        web_address(entry.url),
    )


def _instead(fact: Fact | None, facts: Mapping[str, Fact], told: Container[str]) -> str | None:
    """The claim that took a fact's place, if that was posted too."""
    successor = facts.get(fact.superseded_by or "") if fact else None
    return successor.claim if successor and successor.id in told else None


def _published(
    key: uuid.UUID,
    fact: Fact | None,
    posts: tuple[Told, ...],
    count: int,
    instead: str | None,
    held_at: datetime | None,
    settings: Settings,
    now: datetime,
) -> Published:
    posts = tuple(sorted(posts, key=lambda post: (post.at, post.network), reverse=True))
    anchor, earlier = key.hex[:16], count - len(posts)
    if fact is None:
        words, language = posts[0].words, posts[0].language
        gone = Standing.WITHDRAWN
        return Published(anchor, words, language, None, None, gone, None, None, None, posts, earlier)
    standing, since = standing_of(fact, settings.day_of(now))
    changed_at = held_at if fact.status is Status.HOLD and held_at else None
    return Published(
        key=anchor,
        claim=fact.claim,
        language=LANGUAGE,
        attributed_to=fact.attributed_to,
        source=_cited(fact),
        standing=standing,
        since=since,
        changed_at=changed_at or (_midnight(since, settings) if since else None),
        instead=instead if standing is Standing.SUPERSEDED else None,
        posts=posts,
        earlier=earlier,
    )


def _cited(fact: Fact) -> Cited:
    source = fact.source
    address = web_address(source.address) or web_address(fact.link)
    return Cited(source.title, source.publisher, source.date, address, fact.as_of)


def _telling(key: uuid.UUID, fact: Published, posts: list[Told]) -> Telling:
    newest_first = tuple(sorted(posts, key=lambda post: (post.at, post.network), reverse=True))
    changes = [post.at for post in posts] + ([fact.changed_at] if fact.changed_at else [])
    return Telling(key.urn, fact, newest_first, max(changes))


def _account(account: Account) -> PublicAccount:
    name = (account.handle or "").removeprefix("@")
    server = (account.server or "").rstrip("/")
    address = _PROFILES.get(account.network, "").format(name=name.partition("@")[0], server=server)
    return PublicAccount(
        account.network.capitalize(), f"@{name}" if name else "", web_address(address) if name else None
    )


def _key(campaign: str, *parts: str) -> uuid.UUID:
    return uuid.uuid5(_OURS, "\0".join((campaign, *parts)))


def _midnight(day: date, settings: Settings) -> datetime:
    return datetime.combine(day, time.min, settings.zone).astimezone(UTC)
