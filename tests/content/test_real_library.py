"""The shipped library, on dates of the tests' own choosing: it passes on any day of any year."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.checking import check
from bot.composing import DoesNotFit, compose
from bot.library import Library, load, refusals
from bot.model import Account, Rules, Severity, Status
from bot.networks import network
from bot.programme import programme
from bot.settings import Settings, load_settings
from tests.content.checked_facts import CHECKED_FACTS
from tests.world import ROOT

CHECKED_ON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NETWORKS = ("x", "bluesky", "mastodon")
SETTINGS = load_settings(ROOT / "config")
LIBRARY = load(ROOT / "messages", SETTINGS.observances)


def rules_of(name: str) -> Rules:
    return network(name).default_rules(Account(name, name))


def plan(start: datetime, days: int = 30, library: Library = LIBRARY, with_settings: Settings = SETTINGS):
    accounts = with_settings.active_accounts()
    rules = {account.id: network(account.network).default_rules(account) for account in accounts}
    return programme(with_settings, library, rules, [], start, start + timedelta(days=days))


def test_the_shipped_library_has_no_error() -> None:
    report = check(ROOT, CHECKED_ON)
    assert [str(f) for f in report.findings if f.severity is Severity.ERROR] == []
    assert report.facts >= len(CHECKED_FACTS)


def test_every_checked_fact_has_its_entry() -> None:
    assert set(CHECKED_FACTS) - set(LIBRARY.facts) == set()


def test_every_seed_fact_keeps_what_the_page_said() -> None:
    assert [f.id for f in LIBRARY.facts.values() if f.id.startswith("seed-") and not f.seed] == []


@pytest.mark.parametrize("on", [date(2025, 6, 20), date(2026, 11, 24), date(2035, 1, 1)])
def test_165_states_is_refused_with_why_since_when_and_what_would_lift_it(on: date) -> None:
    reasons = {refusal.code: refusal for refusal in refusals(LIBRARY.facts["seed-165-parties"], on)}
    retired = reasons["retired"]
    assert retired.why.startswith("is retired: ")
    assert isinstance(retired.since, date)
    assert len(retired.lift) > 20


def test_the_landmine_monitors_figures_fall_due_with_the_first_of_december() -> None:
    fact = LIBRARY.facts["lm2025-casualties-2024"]
    assert refusals(fact, date(2026, 12, 1)) == ()
    assert [refusal.code for refusal in refusals(fact, date(2026, 12, 2))] == ["overdue"]


def test_facts_of_doubtful_standing_are_never_postable() -> None:
    doubtful = [
        "seed-55m-destroyed",
        "seed-58-contaminated",
        "seed-virtual-halt",
        "apmbc-parties-derived",
        "lm2025-children",
    ]
    doubtful += [
        "sg-100m-at-risk",
        "unmas-12-entities",
        "seed-campaign-leads",
        "seed-40m-stockpiled",
        "ccm-parties-112",
    ]
    assert [name for name in doubtful if LIBRARY.facts[name].status.postable] == []


def test_in_2035_there_are_still_timeless_facts_to_post() -> None:
    free = [fact for fact in LIBRARY.facts.values() if not refusals(fact, date(2035, 6, 1))]
    assert len(free) >= 12
    assert len([post for post in plan(datetime(2035, 6, 1, tzinfo=UTC)) if post.messages]) >= 4


@pytest.mark.parametrize("name", NETWORKS)
def test_every_postable_fact_has_three_wordings_that_fit(name: str) -> None:
    rules, style = rules_of(name), LIBRARY.styles["en"]
    texts: dict[str, set[str]] = defaultdict(set)
    for template in (t for t in LIBRARY.all_templates() if t.language == "en"):
        fact = LIBRARY.facts[template.fact_id]
        observance = SETTINGS.observances.get(template.observance_id or "")
        try:
            message = compose(
                template,
                fact,
                style,
                rules,
                ["MineAction", "ForwardNotFragmented"],
                date(2027, 4, 4),
                observance,
            )
        except DoesNotFit:
            continue
        assert message.text.count("#MineAction") == 1
        assert message.text.count("#ForwardNotFragmented") == 1
        assert "Source: " in message.text
        assert " as of " in message.text
        texts[template.observance_id or template.fact_id].add(message.text)
    postable = [fact.id for fact in LIBRARY.facts.values() if fact.status.postable]
    days = [
        o.id for o in SETTINGS.observances.values() if o.post and LIBRARY.facts[o.fact_id].status.postable
    ]
    assert [about for about in postable + days if len(texts[about]) < 3] == []


def test_a_position_is_always_attributed_and_never_called_a_fact() -> None:
    for fact in (f for f in LIBRARY.facts.values() if f.status is Status.POSITION):
        wordings = LIBRARY.wordings(fact.id, "en")
        assert wordings
        for template in wordings:
            assert "attributed_to" in template.text
            assert not re.search(r"\bfact\b", template.text, re.IGNORECASE)


@settings(max_examples=25, deadline=None)
@given(st.datetimes(datetime(2026, 11, 24), datetime(2045, 12, 31), timezones=st.just(UTC)))
def test_no_plan_on_any_day_holds_a_refused_fact(start: datetime) -> None:
    for post in plan(start):
        if post.fact_id:
            assert refusals(LIBRARY.facts[post.fact_id], post.slot.day) == ()


@settings(max_examples=10, deadline=None)
@given(st.datetimes(datetime(2026, 11, 24), datetime(2035, 12, 31), timezones=st.just(UTC)))
def test_no_account_says_the_same_words_twice_in_a_quarter_of_a_year(start: datetime) -> None:
    said = [(account, m.text) for post in plan(start, 90) for account, m in post.messages.items()]
    assert len(said) == len(set(said))


def test_on_3_december_the_day_of_persons_with_disabilities_goes_first() -> None:
    posts = [p for p in plan(datetime(2026, 12, 3, tzinfo=UTC), days=1) if p.messages]
    assert [post.observance_id for post in posts] == ["idpd"]


def test_no_withdrawing_state_is_ever_named_in_any_language() -> None:
    named = re.compile(
        "Estoni|Latvia|Lithuania|Finland|Poland|Ukraine|Lettonie|Lituani|Finlandia|Finlande|Pologne|Letonia|Polonia|Ucrania"
        "|Эстони|Латви|Литв|Финлянд|Польш|Украин|爱沙尼亚|拉脱维亚|立陶宛|芬兰|波兰|乌克兰"
        "|إستونيا|لاتفيا|ليتوانيا|فنلندا|بولندا|أوكرانيا",
        re.IGNORECASE,
    )
    said = {template.id: template.text for template in LIBRARY.all_templates()}
    said |= {f"card of {'/'.join(key)}": card.text for key, card in LIBRARY.cards.items()}
    assert [name for name, text in said.items() if named.search(text)] == []


def test_every_postable_fact_has_a_share_card() -> None:
    postable = {fact.id for fact in LIBRARY.facts.values() if fact.status.postable}
    assert postable - {fact_id for fact_id, language in LIBRARY.cards if language == "en"} == set()
