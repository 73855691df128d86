"""A post of people's own before it is written down: as each account would show it, and what speaks against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.choosing import near
from bot.drafting import draft, known_account, known_fact
from bot.model import Account, Message, PlannedPost, Slot, Template
from bot.planning import Choice
from bot.programme import write
from bot.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Proof:
    """A post as it would go out, by account, and what speaks against it; reasons under "" are about all of it."""

    messages: Mapping[str, Message]
    reasons: Mapping[str, Sequence[str]]

    @property
    def all_reasons(self) -> list[str]:
        """Every reason, with the account that it is about."""
        return [f"{name}: {why}" if name else why for name, told in self.reasons.items() for why in told]


def try_out(
    space: Workspace,
    fact_id: str,
    account_ids: Sequence[str],
    at: datetime,
    bodies: Mapping[str, str],
    now: datetime,
) -> Proof:
    """What `add` would make of the same words, without writing it down. Raises Misconfigured for unknown names."""
    fact, day = known_fact(space, fact_id), space.settings.day_of(at)
    accounts = {name: known_account(space, name) for name in account_ids}
    reasons: dict[str, list[str]] = defaultdict(list)
    reasons[""] += near(space, day).reasons(space, fact)
    if not accounts:
        reasons[""].append("Choose at least one account.")
    if at < now - timedelta(minutes=5):
        reasons[""].append("The moment has passed already.")
    unworded = [account for name, account in accounts.items() if not bodies.get(name, "").strip()]
    planned = written(space, Slot(at, "", "one-off", day), fact_id, unworded)
    for name, why in planned.refused.items():
        reasons[name].append(f"{why}.")
    messages = dict(planned.messages)
    for name, account in accounts.items():
        if account not in unworded:
            drafted = draft(space, account, fact_id, bodies[name], day)
            reasons[name] += [why for why in drafted.reasons if why not in reasons[""]]
            messages[name] = drafted.message
    for name, why in _said_twice(space, messages).items():
        reasons[name].append(why)
    return Proof(messages, {name: told for name, told in reasons.items() if told})


def written(space: Workspace, slot: Slot, fact_id: str, accounts: Sequence[Account]) -> PlannedPost:
    """What the library says of a fact at a slot, to each account in a wording of its own where there are enough."""
    wordings: dict[str, tuple[Template, ...]] = {}
    for place, account in enumerate(accounts):
        own = next(
            (known for language in account.languages if (known := space.library.wordings(fact_id, language))),
            [],
        )
        turn = place % len(own) if own else 0
        wordings[account.id] = (*own[turn:], *own[:turn])
    rules = {account.id: space.rules_of(account) for account in accounts}
    choice = Choice(slot, fact_id, wordings=wordings)
    return write(choice, space.settings, space.library, rules, space.ledger.link_cards())


def _said_twice(space: Workspace, messages: Mapping[str, Message]) -> dict[str, str]:
    seen: dict[tuple[str, str], str] = {}
    reasons = {}
    for name, message in messages.items():
        account = space.settings.accounts[name]
        key = (account.network, message.text)
        if not space.rules_of(account).identical_text_allowed and key in seen:
            reasons[name] = (
                f"{account.network} forbids the same text on several accounts ({seen[key]} has it)."
            )
        seen[key] = name
    return reasons
