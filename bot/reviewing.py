"""A person reads a translation beside its fact, as it would go out, and says that it may be posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from bot.composing import Beside, compose
from bot.composing.display import display
from bot.ledger import Review
from bot.library import Block, Library
from bot.library.shelf import about
from bot.model import (
    Account,
    BotError,
    Counting,
    Fact,
    Message,
    Misconfigured,
    PictureRules,
    Rules,
    Template,
    Translation,
)
from bot.networks import names, network
from bot.planning.slots import kept_on
from bot.workspace import Workspace

_CARD = Rules(Counting.CHARACTERS, 10**6, pictures=PictureRules(1200, 675, 10**6, 10**6))


class NotReviewed(Misconfigured):
    """Nothing was said of this translation; the text says why."""


class Changed(NotReviewed):
    """The translation is not what was read."""


# ── what waits ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Waiting:
    """The translations of a language: how many there are, and those that wait, by file."""

    language: str
    total: int
    files: Mapping[str, tuple[Block, ...]]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """Those that wait, in the order of the files."""
        return tuple(block for blocks in self.files.values() for block in blocks)


def waiting(library: Library) -> list[Waiting]:
    """What waits to be reviewed in each language that anything is translated into."""
    totals: dict[str, int] = {}
    files: dict[str, dict[str, list[Block]]] = {}
    for block in library.blocks():
        totals[block.language] = totals.get(block.language, 0) + 1
        of_language = files.setdefault(block.language, {})
        if block.translation is Translation.UNREVIEWED:
            of_language.setdefault(block.place.file, []).append(block)
    return [
        Waiting(language, total, {file: tuple(blocks) for file, blocks in files[language].items()})
        for language, total in totals.items()
    ]


def waiting_in(library: Library, language: str) -> Waiting:
    """What waits in one language. Raises NotReviewed where nothing is translated into it."""
    found = waiting(library)
    for each in found:
        if each.language == language:
            return each
    known = ", ".join(each.language for each in found) or "none"
    raise NotReviewed(f"Nothing is translated into {language!r}. There are translations into: {known}.")


# ── a person's word ──────────────────────────────────────────────────────────────────────────


def block_of(space: Workspace, name: str, language: str) -> Block:
    """What a language says of a fact, or of a day (`observance:` and its id). Raises NotReviewed for none."""
    block = space.library.block(name, language)
    if block is not None:
        return block
    if space.library.block(about("", name), language) is not None:
        raise NotReviewed(f"{name} is a day: write {about('', name)}.")
    raise NotReviewed(
        f"Nothing is said of {name!r} in {language!r}. `bot review {language}` lists what waits there."
    )


def review(space: Workspace, name: str, language: str, seen: str, who: str, now: datetime) -> None:
    """Somebody has read a translation, with the fingerprint `seen`, and it may be posted.

    Raises Changed when it is not what was read, and NotReviewed when there is none or nothing waits.
    """
    review_all(space, language, {name: seen}, who, now)


def review_all(
    space: Workspace, language: str, read: Mapping[str, str], who: str, now: datetime
) -> list[Block]:
    """The same for several, by name; all of them or none. What had been reviewed before is left as it is."""
    who = _named(who)
    blocks = [block_of(space, name, language) for name in read]
    for block in blocks:
        _check_seen(block, read[block.name])
    said = [block for block in blocks if block.translation is Translation.UNREVIEWED]
    for block in said:
        space.ledger.review(Review(block.name, language, block.fingerprint, True, who, now))
        space.library.mark(block, Translation.REVIEWED)
    return said


def withdraw(
    space: Workspace, name: str, language: str, seen: str | None, who: str, why: str, now: datetime
) -> None:
    """Take back that a translation may be posted: it waits for a person again.

    Raises Changed when it is not what was seen (None: as it stands), and NotReviewed when it waits already.
    """
    who, why = _named(who), " ".join(why.split())
    block = block_of(space, name, language)
    if seen is not None:
        _check_seen(block, seen)
    if not why:
        raise NotReviewed("Say why it is taken back.")
    if block.translation is Translation.UNREVIEWED:
        raise NotReviewed(f"{name} ({language}) waits to be reviewed already.")
    space.ledger.review(Review(name, language, block.fingerprint, False, who, now), why)
    space.library.mark(block, Translation.UNREVIEWED)


def _named(who: str) -> str:
    who = " ".join(who.split())
    if not 0 < len(who) <= 100:
        raise NotReviewed("Say who has read it, in at most 100 characters.")
    return who


def _check_seen(block: Block, seen: str) -> None:
    if block.fingerprint != seen:
        raise Changed(
            f"{block.name} ({block.language}) is not what you read: it was changed meanwhile ({seen} was read, "
            f"{block.fingerprint} stands now). Nothing was marked. Read it again."
        )


# ── the reading sheet ────────────────────────────────────────────────────────────────────────


class Measure(NamedTuple):
    """How long a text (or the first post of a thread) is on a network, and how long it may be."""

    network: str
    length: int
    limit: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A wording as it goes out, and the networks on which it reads so."""

    message: Message
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class ReadWording:
    """A wording filled with its fact: what it gives, and why it cannot go out on a network."""

    template: Template
    readings: tuple[Reading, ...]
    misfits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReadCard:
    """What a share card says; or, where it cannot be filled, the problem."""

    figure: str | None
    text: str
    alt_text: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """Who said that it may be posted, or took that back. `at` is a moment, or the day that a file tells."""

    who: str
    at: datetime | date
    reviewed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that a person needs to judge a translation: the fact, and beside it what followers will read.

    `values` are (name, in English, in this language); `on` is the day for which it is filled.
    """

    block: Block
    fact: Fact
    on: date
    values: tuple[tuple[str, str, str], ...]
    wordings: tuple[ReadWording, ...]
    card: ReadCard | None
    words: tuple[Word, ...]  # newest first

    @property
    def waits(self) -> bool:
        """Whether nobody has reviewed it as it stands."""
        return self.block.translation is Translation.UNREVIEWED

    @property
    def last(self) -> Word | None:
        """The last word on it as it stands now."""
        return next((word for word in self.words if word.seen == self.block.fingerprint), None)


def sheet(space: Workspace, name: str, language: str, now: datetime) -> Sheet:
    """The reading sheet of a translation. Raises NotReviewed where there is none, or its fact is gone."""
    block = block_of(space, name, language)
    fact = space.library.facts.get(block.fact_id)
    if fact is None:
        raise NotReviewed(
            f"{name} is about {block.fact_id!r}, which is no fact: `bot check` says what to mend."
        )
    on = _day(space, block.observance_id, space.settings.day_of(now))
    ways = _ways(space)
    return Sheet(
        block,
        fact,
        on,
        tuple(_values(space.library, block, fact)),
        tuple(_read(space, template, fact, on, ways) for template in block.templates),
        _card(space, block, fact, on),
        tuple(_words(space, block)),
    )


def _day(space: Workspace, observance_id: str | None, today: date) -> date:
    observance = space.settings.observances.get(observance_id or "")
    if observance is None:
        return today
    this_year = kept_on(observance, today.year)
    return this_year if this_year >= today else kept_on(observance, today.year + 1)


def _ways(space: Workspace) -> list[tuple[str, Rules]]:
    """How the enabled accounts measure, each way once under its network's name; with none, every network's way."""
    accounts = space.settings.accounts
    found = [(_shown_as(accounts[account_id]), rules) for account_id, rules in space.rules().items()]
    if not found:
        found = [
            (name, network(name).default_rules(Account(name, name))) for name in names() if name != "file"
        ]
    return list(dict.fromkeys(found))


def _shown_as(account: Account) -> str:
    return account.options.get("like", account.network) if account.network == "file" else account.network


def _read(
    space: Workspace, template: Template, fact: Fact, on: date, ways: Iterable[tuple[str, Rules]]
) -> ReadWording:
    readings: dict[str, Reading] = {}
    misfits = []
    for way, rules in ways:
        try:
            message = _composed(space, template, fact, rules, on)
        except BotError as error:
            misfits.append((way, str(error)))
        else:
            text = "\0".join(post.text for post in message.posts)
            before = readings.get(text, Reading(message, ()))
            measure = Measure(way, message.length, message.limit)
            readings[text] = replace(before, measures=(*before.measures, measure))
    return ReadWording(template, tuple(readings.values()), tuple(misfits))


def _composed(
    space: Workspace, template: Template, fact: Fact, rules: Rules, on: date, beside: Beside | None = None
) -> Message:
    campaign, library = space.settings.campaign, space.library
    observance = space.settings.observances.get(template.observance_id or "")
    style = library.style_of(template.language)
    beside = beside or Beside(campaign.name)
    return compose(template, fact, style, rules, campaign.hashtags, on, observance, beside)


def _card(space: Workspace, block: Block, fact: Fact, on: date) -> ReadCard | None:
    """The card with its own words for a body: it is read even where no wording of the fact can be filled."""
    told = block.card
    if told is None:
        return None
    words = Template(
        f"{fact.id}/{block.language}/card", fact.id, block.language, told.text, values=told.values
    )
    try:
        message = _composed(space, words, fact, _CARD, on, Beside(space.settings.campaign.name, told))
    except BotError as error:
        return ReadCard(told.figure, told.text, "", str(error))
    (picture,) = message.pictures
    assert picture.card is not None
    return ReadCard(picture.card.figure, picture.card.text, picture.alt_text)


def _values(library: Library, block: Block, fact: Fact) -> Iterator[tuple[str, str, str]]:
    first = block.templates[0] if block.templates else block.card
    own = first.values if first else {}
    values = dict(sorted(fact.values.items()))
    if fact.attributed_to:
        values["attributed_to"] = fact.attributed_to
    style = library.styles.get(block.language)
    comparators = style.comparators if style else {}
    for name, value in values.items():
        try:
            shown = display(own.get(name, value), block.language, comparators)
        except ValueError as error:
            shown = f"({error})"
        yield name, display(value, "en"), shown


def _words(space: Workspace, block: Block) -> Iterator[Word]:
    for said in reversed(space.ledger.reviews()):
        if (said.name, said.language) == (block.name, block.language):
            yield Word(said.who, said.at, said.reviewed, said.seen)
    for told in space.library.reviewed:
        if block.name in told.names and told.language == block.language:
            yield Word(told.by, told.on, True, told.seen)
