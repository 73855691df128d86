"""People's own words for a post: laid out, measured, and held to the fact that they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.composing import Words, compose, lay_out, without_isolates
from bot.library import flaws_of_words, refusals
from bot.model import Account, BotError, Counting, Fact, Message, Misconfigured, Rules
from bot.workspace import Workspace

BY_HAND = "by hand"
_ANY_LENGTH = Rules(Counting.CHARACTERS, 10_000)
_SPACES = re.compile(r"[^\S\u00A0\u2007\u202F]+")
_NUMBERS = re.compile(r"\d+(?:[.,\u00a0\u202f]\d+)*")


class Refused(BotError):
    """The guard, the linter or the network's limit does not allow it; each reason is a sentence."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as it would go out, with what speaks against it."""

    message: Message
    reasons: tuple[str, ...] = ()


def draft(
    space: Workspace,
    account: Account,
    fact_id: str,
    body: str,
    day: date,
    link: str | None = None,
    quoted: str = "",
    language: str | None = None,
) -> Draft:
    """A person's words about a fact on one account, laid out and measured, with every reason against them.

    `link` takes the place of the fact's own; the numbers of `quoted` may be named beside the fact's. `language` is
    the account's first one when left out.
    """
    fact = known_fact(space, fact_id)
    rules = space.rules_of(account)
    language = language or account.language
    words = Words(
        tidy(without_isolates(body)), language, f"{fact.id}/{language}/{BY_HAND}", link or fact.link
    )
    style = space.library.style_of(language)
    beside = space.beside(fact, language)
    message = lay_out(words, fact, style, rules, space.settings.campaign.hashtags, day, beside)
    reasons = [str(refusal) for refusal in refusals(fact, day)]
    reasons += [f"{flaw.problem} {flaw.mend}" for flaw in flaws_of_words(words.body, style)]
    reasons += _foreign_numbers(space, fact, language, words.body, day, quoted)
    whose = _named_as(space, fact, language)
    if whose and whose.casefold() not in words.body.casefold():
        reasons.append(f"This is a position: say whose, {whose}.")
    if not words.body:
        reasons.append("It says nothing.")
    if message.length > message.limit:
        reasons.append(f"It measures {message.length}, and the limit is {message.limit}.")
    if message.byte_limit is not None and message.byte_length > message.byte_limit:
        reasons.append(f"It has {message.byte_length} bytes, and the limit is {message.byte_limit}.")
    return Draft(message, tuple(reasons))


def tidy(body: str) -> str:
    """Words on one line; spaces that hold a number together (6 279) stay what they are."""
    return _SPACES.sub(" ", body).strip(" ")


def known_account(space: Workspace, account_id: str) -> Account:
    """An account by its id. Raises Misconfigured when there is none."""
    account = space.settings.accounts.get(account_id)
    if account is None:
        raise Misconfigured(f"There is no account called {account_id!r} in config/accounts.yaml.")
    return account


def known_fact(space: Workspace, fact_id: str) -> Fact:
    """A fact by its id. Raises Misconfigured when there is none."""
    fact = space.library.facts.get(fact_id)
    if fact is None:
        raise Misconfigured(f"There is no fact called {fact_id!r}. `bot facts` lists them.")
    return fact


def _named_as(space: Workspace, fact: Fact, language: str) -> str | None:
    """Who says a position, as a language names them."""
    for template in space.library.wordings(fact.id, language):
        if isinstance(named := template.values.get("attributed_to"), str):
            return named
    return fact.attributed_to


def _foreign_numbers(
    space: Workspace, fact: Fact, language: str, body: str, day: date, quoted: str
) -> list[str]:
    """Numbers that are not the fact's own: they would stand under its source without being in it."""
    own = " ".join([fact.claim, quoted, *_own_texts(space, fact, language, day)])
    known = set(_NUMBERS.findall(own))
    return [
        f"The number {number} is not one of {fact.id}'s. A number needs its own fact and source."
        for number in dict.fromkeys(_NUMBERS.findall(body))
        if number not in known
    ]


def _own_texts(space: Workspace, fact: Fact, language: str, day: date) -> list[str]:
    style = space.library.style_of(language)
    texts = []
    for template in space.library.wordings(fact.id, language):
        try:
            message = compose(template, fact, style, _ANY_LENGTH, [], day, None)
        except BotError:
            continue
        texts.append(without_isolates(message.text))
    return texts
