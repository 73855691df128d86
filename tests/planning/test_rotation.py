"""Whose turn it is at a slot: rests, conflicts, fixed slots, wordings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from bot.library import Library
from bot.model import Status, Telling, Translation
from bot.planning import Choice, choose
from tests.planning.campaign import (
    DAILY,
    DAY,
    TWO,
    campaign,
    fact,
    facts_of,
    library,
    moment,
    plan,
    tellings_of,
    told,
    told_daily,
)

FOUR = [fact(name) for name in "abcd"]
NOTHING_FREE = "no fact is free: all are refused, resting, or too near to another"


# Turns


def test_every_fact_has_its_turn_before_any_has_a_second() -> None:
    told_facts = facts_of(told_daily("", *FOUR, days=12)).split()
    rounds = [told_facts[n : n + 4] for n in (0, 4, 8)]
    assert [sorted(each) for each in rounds] == [["a", "b", "c", "d"]] * 3
    assert rounds[0] == rounds[1] == rounds[2]


def test_the_fact_told_longest_ago_goes_first_and_one_never_told_before_all() -> None:
    settings = campaign(DAILY)
    history = [told("a", "2026-11-20"), told("b", "2026-11-01"), told("c", "2026-11-10")]
    assert facts_of(plan(settings, library(settings, *FOUR), "2026-12-01", 4, history)) == "d b c a"


def test_only_the_last_telling_counts_whatever_order_history_comes_in() -> None:
    settings = campaign(DAILY)
    history = [told("a", "2026-01-01"), told("a", "2026-11-20"), told("b", "2026-11-01")]
    two = library(settings, *FOUR[:2])
    assert facts_of(plan(settings, two, "2026-12-01", 1, history)) == "b"
    assert facts_of(plan(settings, two, "2026-12-01", 1, history[::-1])) == "b"


def test_a_new_fact_goes_next_and_changes_nothing_else() -> None:
    before = facts_of(told_daily("", *FOUR, days=4)).split()
    after = facts_of(told_daily("", *FOUR, fact("new"), days=5)).split()
    assert [name for name in after if name != "new"] == before


# What keeps a fact silent


def test_without_any_fact_the_slot_is_empty_and_says_why() -> None:
    (choice,) = told_daily("", days=1)
    assert (choice.fact_id, dict(choice.wordings), choice.skip) == (None, {}, NOTHING_FREE)


@pytest.mark.parametrize(
    "held",
    [
        {"status": Status.HOLD},
        {"status": Status.RETIRED},
        {"status": Status.ARCHIVED},
        {"status": Status.INTERNAL},
        {"review_by": date(2026, 11, 30)},
        {"as_of": date(2026, 12, 2)},
    ],
)
def test_a_fact_the_guard_refuses_is_never_chosen(held: dict[str, object]) -> None:
    (choice,) = told_daily("", fact("a", **held), days=1)
    assert choice.skip == NOTHING_FREE


def test_a_fact_is_told_up_to_its_review_date_and_not_after() -> None:
    choices = told_daily("", fact("a", review_by=date(2026, 12, 2)), days=3)
    assert facts_of(choices) == "a a ."


def test_a_fact_rests_for_fact_days_between_two_tellings() -> None:
    assert facts_of(told_daily("cool_downs: {fact_days: 3}", fact("a"), days=9)) == "a . . . a . . . a"


def test_a_group_rests_for_group_days_between_two_of_its_facts() -> None:
    facts = [fact("a", group="g"), fact("b", group="g")]
    choices = facts_of(told_daily("cool_downs: {group_days: 2}", *facts, days=7)).split()
    assert choices[1:3] == choices[4:6] == [".", "."]
    assert {choices[0], choices[3]} == {"a", "b"}
    assert choices[6] == choices[0]


@pytest.mark.parametrize(("a_names", "b_names"), [(["b"], []), ([], ["a"]), (["b"], ["a"])])
def test_two_facts_in_conflict_keep_conflict_days_whichever_names_the_other(
    a_names: list[str], b_names: list[str]
) -> None:
    text = "cool_downs: {fact_days: 5, conflict_days: 2}"
    choices = told_daily(text, fact("a", conflicts=a_names), fact("b", conflicts=b_names), days=9)
    days = {choice.fact_id: choice.slot.day for choice in choices[:6] if choice.fact_id}
    assert abs(days["a"] - days["b"]) == 3 * DAY


def test_a_conflict_with_what_was_told_lasts_even_when_that_fact_is_gone() -> None:
    settings = campaign(DAILY + "cool_downs: {conflict_days: 2}")
    lib = library(settings, fact("a", conflicts=["gone"]))
    assert facts_of(plan(settings, lib, "2026-12-01", 4, [told("gone", "2026-11-30")])) == ". . a a"


def test_an_account_rests_for_account_minutes_between_two_posts() -> None:
    hourly = 'slots: {it: {cron: "0 9-13 * * *"}}\ncool_downs: {account_minutes: 120}'
    settings = campaign(hourly)
    choices = plan(settings, library(settings, *FOUR), "2026-12-01", 1)
    assert [f"{choice.slot.at:%H}" for choice in choices if choice.fact_id] == ["09", "11", "13"]
    assert choices[1].skip == "every account posted too recently"


def test_a_slot_that_no_account_may_use_costs_no_fact_its_turn() -> None:
    settings = campaign(
        'slots: {it: {cron: "0 9-13 * * *"}}\ncool_downs: {account_minutes: 120, fact_days: 9}'
    )
    assert facts_of(plan(settings, library(settings, *FOUR[:3]), "2026-12-01", 1)).count(".") == 2


def test_an_account_that_may_post_does_so_though_another_rests() -> None:
    text = (
        DAILY + "cool_downs: {account_minutes: 120}\naccounts: {one: {network: file}, two: {network: file}}"
    )
    settings = campaign(text)
    history = [told("b", "2026-12-01 08:00", "one")]
    (choice,) = plan(settings, library(settings, fact("a"), fact("b")), "2026-12-01", 1, history)
    assert list(choice.wordings) == ["two"]


def test_a_slot_tells_only_the_groups_it_names() -> None:
    facts = [fact("a", group="g"), fact("b", group="h"), fact("c")]
    only = 'slots: {it: {cron: "0 9 * * *", facts: {groups: [g]}}}'
    but = 'slots: {it: {cron: "0 9 * * *", facts: {not_groups: [g]}}}'
    for text, names in ((only, {"a"}), (but, {"b", "c"})):
        settings = campaign(text)
        assert set(facts_of(plan(settings, library(settings, *facts), "2026-12-01", 4)).split()) == names


def test_a_slot_for_some_accounts_tells_only_what_they_have_words_for() -> None:
    text = """
    accounts: {one: {network: file}, deux: {network: file, language: fr}}
    slots: {it: {cron: "0 9 * * *", accounts: [deux]}}
    """
    settings = campaign(text)
    lib = library(settings, fact("a"), fact("b"))
    french = library(settings, fact("b"), languages=["fr"])
    lib.templates |= french.templates
    assert facts_of(plan(settings, lib, "2026-12-01", 3)) == "b b b"


# Fixed slots


def test_fixed_slots_are_left_alone_and_what_they_tell_is_kept_clear_of() -> None:
    settings = campaign(DAILY + "cool_downs: {fact_days: 3}")
    lib = library(settings, fact("a"))
    fixed = frozenset({"it@2026-12-05T09:00"})
    choices = choose(
        settings, lib, [told("a", "2026-12-05 09:00")], moment("2026-12-01"), moment("2026-12-10"), fixed
    )
    assert fixed.isdisjoint(choice.slot.id for choice in choices)
    assert facts_of(choices) == "a . . . . . . a"


# Wordings

ACCOUNTS = "accounts: {x1: {network: x}, x2: {network: x}, x3: {network: x}, sky: {network: bluesky}}\n"


def first_wordings(choice: Choice) -> dict[str, str]:
    return {account: order[0].id for account, order in choice.wordings.items()}


def test_wordings_differ_between_the_accounts_of_one_network() -> None:
    for choice in told_daily(ACCOUNTS, fact("a"), days=20):
        firsts = first_wordings(choice)
        assert len({firsts["x1"], firsts["x2"], firsts["x3"]}) == 3


def test_with_fewer_wordings_than_accounts_all_are_used_before_one_comes_twice() -> None:
    settings = campaign(DAILY + ACCOUNTS)
    for choice in plan(settings, library(settings, fact("a"), wordings=2), "2026-12-01", 10):
        firsts = first_wordings(choice)
        assert {firsts["x1"], firsts["x2"]} == {"a/en/a", "a/en/b"}


def test_an_account_goes_through_all_wordings_before_it_repeats_one() -> None:
    said = [first_wordings(choice)["one"] for choice in told_daily("", fact("a"), days=9)]
    assert len(set(said[:3])) == 3
    assert said[:3] == said[3:6] == said[6:]


def test_a_wording_that_another_account_of_the_network_has_used_comes_later() -> None:
    settings = campaign(DAILY + "accounts: {one: {network: x}, two: {network: x}}")
    history = [told("a", "2026-09-01", "two", "a"), told("a", "2026-09-02", "two", "b")]
    (choice, *_) = plan(settings, library(settings, fact("a"), wordings=3), "2026-12-01", 1, history)
    assert choice.wordings["one"][0].id[-1] == "c"


def test_the_wording_used_longest_ago_comes_first_whatever_order_history_comes_in() -> None:
    settings = campaign(DAILY)
    history = [
        told("a", f"2026-11-{day}", wording=name)
        for day, name in [("01", "b"), ("05", "a"), ("09", "c"), ("11", "b")]
    ]
    for order in (history, history[::-1]):
        (choice,) = plan(settings, library(settings, fact("a")), "2026-12-01", 1, order)
        assert [template.id[-1] for template in choice.wordings["one"]] == ["a", "c", "b"]


def test_a_chosen_wording_is_never_of_another_language() -> None:
    text = "accounts: {one: {network: file}, deux: {network: file, language: fr}}"
    settings = campaign(DAILY + text)
    lib = library(settings, fact("a"), languages=["en", "fr"])
    (choice,) = plan(settings, lib, "2026-12-01", 1)
    assert {account: order[0].language for account, order in choice.wordings.items()} == {
        "one": "en",
        "deux": "fr",
    }


# The same inputs give the same plan


def test_choices_are_the_same_whatever_order_the_files_are_in() -> None:
    text = ACCOUNTS + TWO + "cool_downs: {fact_days: 2, account_minutes: 60}"
    settings = campaign(DAILY + text)
    lib = library(settings, *FOUR)
    turned = replace(
        settings,
        **{
            name: dict(reversed(getattr(settings, name).items()))
            for name in ("accounts", "slots", "observances", "sensitive_days")
        },
    )
    turned_lib = Library(
        facts=dict(reversed(lib.facts.items())),
        templates={key: group[::-1] for key, group in reversed(lib.templates.items())},
        styles=lib.styles,
    )
    assert plan(turned, turned_lib, "2026-11-25", 20) == plan(settings, lib, "2026-11-25", 20)


def test_the_reason_names_the_same_rival_on_every_machine() -> None:
    settings = campaign("cool_downs: {conflict_days: 9}\nobservances: {it: {day: 12-03}}")
    rivals = [f"r{n}" for n in range(8)]
    history = [told(name, "2026-12-01") for name in reversed(rivals)]
    (choice,) = plan(settings, library(settings, fact("a", conflicts=rivals)), "2026-12-03", 1, history)
    assert choice.skip
    assert choice.skip.startswith("it: a contradicts r0 ")


def test_slots_follow_one_another_in_time() -> None:
    choices = told_daily(TWO, *FOUR, days=30)
    assert all(before.slot < after.slot for before, after in pairwise(choices))


def test_a_history_of_the_plan_itself_leads_on_where_the_plan_would() -> None:
    settings = campaign(DAILY + "cool_downs: {fact_days: 2}" + TWO)
    lib = library(settings, *FOUR)
    whole = plan(settings, lib, "2026-11-20", 60)
    first = plan(settings, lib, "2026-11-20", 30)
    second = plan(settings, lib, "2026-12-20", 30, tellings_of(first))
    assert whole == first + second


# Translations that nobody has reviewed


def unreviewed(shelf: Library, name: str, language: str) -> None:
    block = shelf.block(name, language)
    assert block is not None
    shelf.mark(block, Translation.UNREVIEWED)


def test_an_account_whose_language_nobody_has_reviewed_stays_silent_and_its_slot_says_why() -> None:
    settings = campaign(DAILY + "accounts: {one: {network: file}, two: {network: file, language: fr}}")
    shelf = library(settings, fact("a"), languages=("en", "fr"))
    unreviewed(shelf, "a", "fr")
    (choice,) = plan(settings, shelf, "2026-12-01", 1)
    assert list(choice.wordings) == ["one"]
    assert choice.silent == {"two": "nobody has reviewed what there is in fr: `bot review fr`"}


def test_where_nobody_has_reviewed_anything_that_is_why_nothing_is_told() -> None:
    settings = campaign(DAILY + "accounts: {two: {network: file, language: fr}}")
    shelf = library(settings, fact("a"), languages=("fr",))
    unreviewed(shelf, "a", "fr")
    (choice,) = plan(settings, shelf, "2026-12-01", 1)
    assert choice.skip == "nobody has reviewed what there is in fr: `bot review fr`"


def test_facts_told_on_one_day_come_again_in_the_order_in_which_they_were_told() -> None:
    settings = campaign('slots: {it: {cron: "0 1-12 * * *"}}')
    told = facts_of(plan(settings, library(settings, *FOUR), "2026-12-01", 1)).split()
    assert told == told[:4] * 3


POLYGLOT = """
accounts:
  one: {network: x, language: ar, more_languages: [en, fr]}
"""


def languages_of(choices: list[Choice]) -> str:
    return " ".join(choice.wordings["one"][0].language for choice in choices if choice.wordings)


def test_the_languages_of_an_account_take_turns_in_the_order_of_time_around_observances_too() -> None:
    settings = campaign(DAILY + POLYGLOT + TWO)
    shelf = library(settings, *FOUR, languages=("ar", "en", "fr"))
    assert languages_of(plan(settings, shelf, "2026-12-01", 7)) == "ar en fr ar en fr ar"


def test_a_plan_of_one_day_is_the_first_day_of_a_longer_one() -> None:
    settings = campaign(DAILY + POLYGLOT + TWO)
    shelf = library(settings, *FOUR, languages=("ar", "en", "fr"))
    assert plan(settings, shelf, "2026-12-01", 1) == plan(settings, shelf, "2026-12-01", 7)[:1]


def test_what_an_account_told_that_is_gone_counts_as_told_by_somebody() -> None:
    settings = campaign(DAILY)
    shelf = library(settings, fact("a"), fact("b"))
    gone = Telling("a", "", "", moment("2026-11-30"), date(2026, 11, 30))
    assert facts_of(plan(settings, shelf, "2026-12-01", 1, [gone])) == "b"
