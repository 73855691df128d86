"""The programme: what each account will say at each slot, word for word. Pure: the worker, `bot plan`
and `bot preview` all call this, which is why what is previewed is what is posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache, partial
from types import MappingProxyType

from bot.composing import Beside, DoesNotFit, Unrenderable, compose
from bot.library import Library
from bot.model import Account, Fact, LinkCard, Message, PlannedPost, Rules, Telling, Template
from bot.planning import Choice, choose
from bot.settings import Settings

Say = Callable[[Template, Rules, date], Message | str]  # a wording's message on a day, or why there is none


def programme(
    settings: Settings,
    library: Library,
    rules: Mapping[str, Rules],
    tellings: Iterable[Telling],
    start: datetime,
    end: datetime,
    fixed: frozenset[str] = frozenset(),
    link_cards: Mapping[str, LinkCard] = MappingProxyType({}),
    scores: Mapping[str, float] = MappingProxyType({}),
) -> list[PlannedPost]:
    """Planned posts for every slot from start (inclusive) to end (exclusive), but for the `fixed` ones.

    `rules` says how each account's network measures; `tellings` is what was posted or is fixed already;
    `link_cards` are the cards of links, by address, as far as they are known; `scores` how well facts worked.
    """

    say = _sayer(settings, library, link_cards)

    def why_not_said(template: Template, account: Account, day: date) -> str | None:
        said = say(template, rules[account.id], day)
        return said if isinstance(said, str) else None

    choices = choose(settings, library, tellings, start, end, fixed, why_not_said, scores)
    return [_write(choice, settings, rules, say) for choice in choices]


def write(
    choice: Choice,
    settings: Settings,
    library: Library,
    rules: Mapping[str, Rules],
    link_cards: Mapping[str, LinkCard] = MappingProxyType({}),
) -> PlannedPost:
    """The planned post of a choice."""
    return _write(choice, settings, rules, _sayer(settings, library, link_cards))


def beside(
    settings: Settings, library: Library, fact: Fact, language: str, link_cards: Mapping[str, LinkCard]
) -> Beside:
    """What a post about a fact may carry beside its text in a language."""
    return Beside(settings.campaign.name, library.card(fact.id, language), link_cards.get(fact.link or ""))


def _sayer(settings: Settings, library: Library, link_cards: Mapping[str, LinkCard]) -> Say:
    """Composes each wording once for all accounts of the same rules, and for choosing as well as for writing."""
    return cache(partial(_compose, settings, library, link_cards))


def _write(choice: Choice, settings: Settings, rules: Mapping[str, Rules], say: Say) -> PlannedPost:
    """Compose a choice for each of its accounts: the first wording that fits, never the same text twice
    where the network forbids that."""
    if choice.fact_id is None:
        return PlannedPost(choice.slot, None, None, skip=choice.skip)
    messages: dict[str, Message] = {}
    refused = dict(choice.silent)
    said: dict[str, set[str]] = defaultdict(set)
    for account_id, wordings in choice.wordings.items():
        own_rules = rules[account_id]
        already = set() if own_rules.identical_text_allowed else said[settings.accounts[account_id].network]
        message, why = _first_that_fits(wordings, own_rules, choice.slot.day, already, say)
        if message is None:
            refused[account_id] = why
        else:
            messages[account_id] = message
            said[settings.accounts[account_id].network].add(message.text)
    skip = None if messages else "; ".join(refused.values())
    return PlannedPost(choice.slot, choice.fact_id, choice.observance_id, messages, refused, skip)


def _first_that_fits(
    wordings: Iterable[Template], rules: Rules, day: date, already: set[str], say: Say
) -> tuple[Message | None, str]:
    why = "there is no wording"
    for template in wordings:
        said = say(template, rules, day)
        if isinstance(said, str):
            why = said
        elif said.text in already:
            why = "every wording that fits is used on another account of this network"
        else:
            return said, ""
    return None, why


def _compose(
    settings: Settings,
    library: Library,
    link_cards: Mapping[str, LinkCard],
    template: Template,
    rules: Rules,
    day: date,
) -> Message | str:
    """The message of a wording on a day, or why there is none."""
    style = library.styles.get(template.language)
    if style is None:
        return f"there is no messages/style/{template.language}.yaml"
    fact = library.facts[template.fact_id]
    observance = settings.observances.get(template.observance_id or "")
    try:
        illustrated = beside(settings, library, fact, template.language, link_cards)
        return compose(template, fact, style, rules, settings.campaign.hashtags, day, observance, illustrated)
    except (DoesNotFit, Unrenderable) as error:
        return str(error)
