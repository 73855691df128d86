"""What people may choose from: the facts that the guard lets pass on a day, and the wordings of a fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.composing import compose
from bot.ledger import Delivery, Post
from bot.library import Told, conflicts_near, refusals
from bot.model import Account, BotError, Fact, Message, State, Template
from bot.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of a fact as one account would show it, or why it cannot."""

    template_id: str
    message: Message | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """What is told around a day, as far as a contradiction would be noticed."""

    day: date
    told: tuple[Told, ...]

    def reasons(self, space: Workspace, fact: Fact) -> list[str]:
        """Every reason why a fact may not be told on this day, each a sentence."""
        days = space.settings.campaign.cool_downs.conflict_days
        against = conflicts_near(fact, self.day, self.told, space.library.facts, days)
        return [str(refusal) for refusal in (*refusals(fact, self.day), *against)]


def near(space: Workspace, day: date, slot_id: str = "") -> Near:
    """What other posts than the one of `slot_id` tell around a day."""
    days = space.settings.campaign.cool_downs.conflict_days
    midnight = datetime.combine(day, datetime.min.time(), space.settings.zone)
    posts = space.ledger.posts_between(
        midnight - timedelta(days=days + 1), midnight + timedelta(days=days + 2)
    )
    told = (Told(p.fact_id, p.day) for p in posts if p.fact_id and p.slot_id != slot_id and _is_told(p))
    return Near(day, tuple(told))


def facts_for(
    space: Workspace, day: date, languages: Iterable[str], words: str = "", slot_id: str = ""
) -> list[Fact]:
    """The facts that may be told on a day, have a wording in each language, and hold all the words asked for."""
    around, wanted, spoken = near(space, day, slot_id), words.casefold().split(), set(languages)
    return [
        fact
        for fact in space.library.facts.values()
        if all(word in _searched(fact) for word in wanted)
        and all(space.library.wordings(fact.id, language) for language in spoken)
        and not around.reasons(space, fact)
    ]


def wordings_for(space: Workspace, post: Post, delivery: Delivery) -> list[Wording]:
    """Every wording of a delivery's fact in its language, as its account would show it on the post's day."""
    fact = space.library.facts.get(delivery.message.fact_id)
    account = space.settings.accounts.get(delivery.account_id)
    if fact is None or account is None:
        return []
    offered = []
    for template in space.library.wordings(fact.id, delivery.message.language, post.observance_id):
        try:
            message = composed(space, template, fact, account, post.observance_id, post.day)
        except BotError as error:
            offered.append(Wording(template.id, None, f"{error}."))
        else:
            offered.append(Wording(template.id, message))
    return offered


def composed(
    space: Workspace, template: Template, fact: Fact, account: Account, observance_id: str | None, day: date
) -> Message:
    """One wording for one account. Raises DoesNotFit and Unrenderable."""
    style = space.library.style_of(template.language)
    about = space.settings.observances.get(observance_id or "")
    rules, hashtags = space.rules_of(account), space.settings.campaign.hashtags
    beside = space.beside(fact, template.language)
    return compose(template, fact, style, rules, hashtags, day, about, beside)


def _searched(fact: Fact) -> str:
    said = (fact.id, fact.claim, fact.subject, fact.group or "", fact.source.publisher, fact.source.title)
    return " ".join(said).casefold()


def _is_told(post: Post) -> bool:
    return any(d.state not in (State.SKIPPED, State.FAILED) for d in post.deliveries)
