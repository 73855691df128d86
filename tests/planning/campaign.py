"""Campaigns for tests of planning, written as an officer writes them, but in one short text and without rests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import yaml

from bot.library import Library
from bot.library.shelf import Style
from bot.model import (
    Account,
    Counting,
    Fact,
    Observance,
    PlannedPost,
    Rules,
    Source,
    Status,
    Telling,
    Template,
)
from bot.planning import Choice, choose
from bot.settings import (
    CampaignFile,
    ObservancesFile,
    Settings,
    SlotsFile,
)

SOURCE = Source("monitor", "Landmine Monitor 2025", "ICBL-CMC", "Landmine Monitor 2025")
STYLE = Style("en", "Source: {{ credit }}, as of {{ as_of }}.")
DAILY = 'slots: {it: {weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"}}\n'
DAY = timedelta(days=1)
TWO = """
observances:
  great: {day: 12-03, fact: a, priority: 5}
  also: {day: 12-03, fact: b}
"""
NO_RESTS = {"fact_days": "0", "group_days": "0", "conflict_days": "0", "account_minutes": "0"}


def campaign(text: str) -> Settings:
    """Settings from one text: zone, cool_downs, accounts, slots, quiet_hours, rules, observances, sensitive_days.

    `rules` says how observances are kept. What is left out is: UTC, no rests, and one account called `one`.
    """
    return campaign_of(yaml.load(text, Loader=yaml.BaseLoader) or {})  # noqa: S506 - reads text only


def campaign_of(data: dict[str, Any]) -> Settings:
    """Settings from what such a text holds."""
    rests = NO_RESTS | (data.get("cool_downs") or {})
    timing = SlotsFile.model_validate(
        {
            "slots": data.get("slots") or {},
            "quiet_hours": data.get("quiet_hours"),
            "observances": data.get("rules") or {},
        }
    )
    calendar = ObservancesFile.model_validate(
        {
            "observances": {
                name: {"title": name, "fact": "a", **entry}
                for name, entry in (data.get("observances") or {}).items()
            },
            "sensitive_days": data.get("sensitive_days") or {},
        }
    )
    accounts = data.get("accounts") or {"one": {"network": "file"}}
    return Settings(
        campaign=CampaignFile.model_validate(
            {"name": "Test", "time_zone": data.get("zone", "UTC"), "hashtags": ["Tag"], "cool_downs": rests}
        ),
        accounts={name: Account(name, **entry) for name, entry in accounts.items()},
        slots=timing.slots,
        quiet_hours=timing.quiet_hours,
        observance_rules=timing.observances,
        observances={
            name: Observance(
                name,
                entry.title,
                entry.day,
                entry.fact,
                origin=entry.origin,
                priority=entry.priority,
                post=entry.post,
            )
            for name, entry in calendar.observances.items()
        },
        sensitive_days=calendar.sensitive_days,
    )


def fact(name: str, **replaced: Any) -> Fact:
    """A fact that may always be told, but for what is replaced; `conflicts` may be any iterable."""
    known: dict[str, Any] = {
        "subject": "Test",
        "claim": f"This is {name}.",
        "values": {},
        "source": SOURCE,
        "as_of": date(2020, 1, 1),
        "review_by": None,
        "status": Status.POST,
        "status_since": date(2020, 1, 1),
    }
    replaced["conflicts"] = frozenset(replaced.get("conflicts", ()))
    return Fact(name, **{**known, **replaced})


def library(
    settings: Settings, *facts: Fact, wordings: int = 3, languages: Iterable[str] = ("en",)
) -> Library:
    """The facts with so many wordings each, and as many for every observance about one of them."""
    made = Library(facts={fact.id: fact for fact in facts})
    abouts = [(fact.id, fact.id, None) for fact in facts]
    abouts += [(o.id, o.fact_id, o.id) for o in settings.observances.values() if o.fact_id in made.facts]
    for language in languages:
        made.styles[language] = Style(language, STYLE.credit, sources={SOURCE.credit: SOURCE.credit})
        for about, fact_id, observance_id in abouts:
            key = f"observance:{about}" if observance_id else about
            made.templates[key, language] = [
                Template(
                    f"{about}/{language}/{name}", fact_id, language, f"{about} as {name}.", observance_id
                )
                for name in "abcdefgh"[:wordings]
            ]
    return made


def moment(text: str) -> datetime:
    """A moment in UTC, from `2026-12-01` or `2026-12-01 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(fact_id: str, when: str, account_id: str = "one", wording: str = "a") -> Telling:
    """A telling of a fact in the past, in UTC."""
    at = moment(when)
    return Telling(fact_id, f"{fact_id}/en/{wording}", account_id, at, at.date())


def tellings_of(choices: Iterable[Choice]) -> list[Telling]:
    """What the ledger would remember, had every choice gone out with its first wording."""
    return [
        Telling(choice.fact_id, order[0].id, account_id, choice.slot.at, choice.slot.day)
        for choice in choices
        if choice.fact_id
        for account_id, order in choice.wordings.items()
    ]


def sent(posts: Iterable[PlannedPost]) -> list[Telling]:
    """What the ledger would remember, had every planned message gone out."""
    return [
        Telling(message.fact_id, message.template_id, account_id, post.slot.at, post.slot.day)
        for post in posts
        for account_id, message in post.messages.items()
    ]


def rules_of(settings: Settings, **replaced: Any) -> dict[str, Rules]:
    """Generous rules for every account, but for what is replaced."""
    rules = Rules(**{"counting": Counting.GRAPHEMES, "limit": 300, **replaced})
    return dict.fromkeys(settings.accounts, rules)


def plan(
    settings: Settings, lib: Library, start: str, days: int, history: list[Telling] | None = None
) -> list[Choice]:
    return choose(settings, lib, history or [], moment(start), moment(start) + days * DAY)


def facts_of(choices: list[Choice]) -> str:
    """The facts told, in order; a dot where a slot stays empty."""
    return " ".join(choice.fact_id or "." for choice in choices)


def told_daily(text: str, *facts: Fact, start: str = "2026-12-01", days: int = 8) -> list[Choice]:
    settings = campaign(DAILY + text)
    return plan(settings, library(settings, *facts), start, days)
