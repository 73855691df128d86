"""`bot check`: the library linted, then every fact × wording × language × network filled and measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from bot.composing import DoesNotFit, Unrenderable, compose, render, values_of
from bot.library import Library, as_template, lint, load, unfillable
from bot.library.shelf import Style, about
from bot.model import Account, Fact, Finding, Message, Misconfigured, Place, Rules, Severity, Template
from bot.networks import names, network
from bot.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and every finding in the order of the files."""

    findings: tuple[Finding, ...]
    facts: int
    templates: int
    rendered: int


def check(home: Path, now: datetime, due_within: int = 30) -> Report:
    """Look at everything under `config/` and `messages/` as it stands at a moment (aware)."""
    try:
        settings = load_settings(home / "config")
    except Misconfigured as error:
        return Report(error.findings, 0, 0, 0)
    library = load(home / "messages", settings.observances)
    today = settings.day_of(now)
    findings = lint(library, home, today, due_within)
    findings += _accounts(settings)
    findings += _styles(library)
    findings += _observances(settings, library)
    rendered, measured = _measure(settings, library, now)
    findings += measured
    findings += _cards(library, today)
    return Report(tuple(sorted(set(findings))), len(library.facts), len(library.all_templates()), rendered)


def _accounts(settings: Settings) -> Iterator[Finding]:
    known = names()
    for account in settings.accounts.values():
        if account.network not in known:
            yield Finding(
                account.place,
                "unknown-network",
                f"There is no network called {account.network!r}.",
                f"Known: {', '.join(known)}.",
            )
        elif account.enabled and isinstance(rules := _rules_of(account), Misconfigured):
            yield Finding(
                account.place, "account-options", f"{account.id}: {rules}", "Correct the account's options."
            )


def _rules_of(account: Account) -> Rules | Misconfigured:
    try:
        return network(account.network).default_rules(account)
    except Misconfigured as error:
        return error


def _styles(library: Library) -> Iterator[Finding]:
    for language in sorted({template.language for template in library.all_templates()} - set(library.styles)):
        if "style" not in library.incomplete:
            file = f"messages/style/{language}.yaml"
            yield Finding(
                Place(file),
                "no-style",
                f"There is no style for {language}, and so no credit line.",
                f"Write {file}.",
            )


def _observances(settings: Settings, library: Library) -> Iterator[Finding]:
    languages = {language for account in settings.active_accounts() for language in account.languages}
    for observance in settings.observances.values():
        fact = library.facts.get(observance.fact_id)
        if fact is None and library.may_exist(observance.fact_id):
            continue
        if fact is None:
            yield Finding(
                observance.place,
                "unknown-fact",
                f"{observance.id} is about {observance.fact_id!r}, which is no fact.",
                "Correct the name.",
            )
        elif observance.post and fact.status.postable and "templates" not in library.incomplete:
            for language in sorted(languages):
                if not library.templates.get((about(fact.id, observance.id), language)):
                    yield Finding(
                        observance.place, "no-wording", f"{observance.id} has no wording in {language}.",
                        f"Add some under observances: in messages/templates/{language}/.",
                    )  # fmt: skip


def _rules(settings: Settings) -> dict[str, Rules]:
    """The rules of each way a text can go out: of every known network, and of the accounts that differ."""
    networks = {name: network(name).default_rules(Account(name, name)) for name in names() if name != "file"}
    found = {name: _of_texts(rules) for name, rules in networks.items()}
    for account in settings.active_accounts():
        rules = _rules_of(account)
        if isinstance(rules, Rules) and (own := _of_texts(account.within(rules))) not in found.values():
            found[account.id] = own
    return found


def _of_texts(rules: Rules) -> Rules:
    """The same without what goes out beside a text."""
    return replace(rules, pictures=None, link_cards=False)


def _measure(settings: Settings, library: Library, now: datetime) -> tuple[int, list[Finding]]:
    findings: list[Finding] = []
    rendered = 0
    ways = _rules(settings)
    for templates in library.templates.values():
        fact = library.facts.get(templates[0].fact_id) if templates else None
        if fact is None or not fact.status.postable:
            continue
        style = library.styles.get(templates[0].language)
        if style is None:
            continue
        for way, rules in ways.items():
            tried = [template for template in templates if not unfillable(template, fact)]
            results = [_try(template, fact, settings, style, rules, now) for template in tried]
            rendered += len(tried)
            findings += _judge(tried, results, fact, way)
    return rendered, findings


def _try(
    template: Template, fact: Fact, settings: Settings, style: Style, rules: Rules, now: datetime
) -> Message | DoesNotFit | Unrenderable:
    """A wording as it would go out, or why it cannot."""
    observance = settings.observances.get(template.observance_id or "")
    try:
        return compose(
            template, fact, style, rules, settings.campaign.hashtags, settings.day_of(now), observance
        )
    except (DoesNotFit, Unrenderable) as error:
        return error


def _judge(
    templates: list[Template], results: list[Message | DoesNotFit | Unrenderable], fact: Fact, way: str
) -> Iterator[Finding]:
    none_fits = not any(isinstance(result, Message) for result in results)
    for template, result in zip(templates, results, strict=True):
        if isinstance(result, Unrenderable):
            yield _unrenderable(template.place, result, fact)
        elif isinstance(result, DoesNotFit):
            severity = Severity.ERROR if none_fits else Severity.WARNING
            over = result.measured - result.limit
            mend = (
                f"Shorten it by {over}."
                if none_fits
                else f"Another wording is used there; shorten it by {over} if you want this one."
            )
            yield Finding(template.place, "too-long", f"On {way}, {result}.", mend, severity)
        elif result.thread:
            problem = f"On {way}, {template.id} is too long for one post and goes out as {len(result.posts)}."
            mend = "Shorten it if you want a single post."
            yield Finding(template.place, "thread", problem, mend, Severity.WARNING)


def _cards(library: Library, today: date) -> Iterator[Finding]:
    """A card that cannot be filled keeps every wording of its fact from going out."""
    for card in library.cards.values():
        fact, style = library.facts.get(card.fact_id), library.styles.get(card.language)
        if fact is None or not fact.status.postable or style is None:
            continue
        for text in filter(None, (card.figure, card.text)):
            wording = as_template(card, text)
            if unfillable(wording, fact):
                continue
            try:
                render(wording.id, text, style, today, values_of(fact, card.values))
            except Unrenderable as error:
                yield _unrenderable(card.place, error, fact)


def _unrenderable(place: Place, why: Unrenderable, fact: Fact) -> Finding:
    return Finding(place, "unrenderable", f"{why}.", f"Compare it with the values of {fact.id}.")
