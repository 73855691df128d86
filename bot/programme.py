"""The programme: what each account will say at each slot, word for word. Pure: the worker, `bot plan`
and `bot preview` all call this, which is why what is previewed is what is posted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.composing import DoesNotFit, Unrenderable, compose
from bot.library import Library
from bot.model import Message, PlannedPost, Rules, Telling, Template
from bot.planning import Choice, choose
from bot.settings import Settings


def programme(
    settings: Settings,
    library: Library,
    rules: Mapping[str, Rules],
    tellings: Iterable[Telling],
    start: datetime,
    end: datetime,
    fixed: frozenset[str] = frozenset(),
) -> list[PlannedPost]:
    """Planned posts for every slot from start (inclusive) to end (exclusive), but for the `fixed` ones.

    `rules` says how each account's network measures; `tellings` is what was posted or is fixed already.
    """
    choices = choose(settings, library, tellings, start, end, fixed)
    return [write(choice, settings, library, rules) for choice in choices]


def write(choice: Choice, settings: Settings, library: Library, rules: Mapping[str, Rules]) -> PlannedPost:
    """Compose a choice for each of its accounts: the first wording that fits, never the same text twice
    where the network forbids that."""
    if choice.fact_id is None:
        return PlannedPost(choice.slot, None, None, skip=choice.skip)
    messages: dict[str, Message] = {}
    refused: dict[str, str] = {}
    said: dict[str, set[str]] = defaultdict(set)
    for account_id, wordings in choice.wordings.items():
        own_rules = rules[account_id]
        already = set() if own_rules.identical_text_allowed else said[settings.accounts[account_id].network]
        message, why = _first_that_fits(wordings, choice, settings, library, own_rules, already)
        if message is None:
            refused[account_id] = why
        else:
            messages[account_id] = message
            said[settings.accounts[account_id].network].add(message.text)
    skip = None if messages else "; ".join(refused.values())
    return PlannedPost(choice.slot, choice.fact_id, choice.observance_id, messages, refused, skip)


def _first_that_fits(
    wordings: Iterable[Template],
    choice: Choice,
    settings: Settings,
    library: Library,
    rules: Rules,
    already: set[str],
) -> tuple[Message | None, str]:
    why = "there is no wording"
    observance = settings.observances.get(choice.observance_id or "")
    fact = library.facts[choice.fact_id or ""]
    for template in wordings:
        style = library.styles.get(template.language)
        if style is None:
            return None, f"there is no messages/style/{template.language}.yaml"
        try:
            message = compose(
                template, fact, style, rules, settings.campaign.hashtags, choice.slot.day, observance
            )
        except (DoesNotFit, Unrenderable) as error:
            why = str(error)
            continue
        if message.text not in already:
            return message, ""
        why = "every wording that fits is used on another account of this network"
    return None, why
