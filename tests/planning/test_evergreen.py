"""Facts that stay true come back quietly: after their rest, and in the words that their account told longest ago."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.library import Library
from bot.model import Telling
from bot.programme import programme
from bot.settings import Settings
from tests.planning.campaign import DAY, campaign_of, fact, library, moment, rules_of, sent

START = "2026-12-01"
LANGUAGES = st.sampled_from([(), ("fr",), ("fr", "es")])


@st.composite
def evergreen(draw: st.DrawFn) -> tuple[Settings, Library]:
    """Up to five facts without a review date, and an account on each of up to three networks."""
    accounts: dict[str, dict[str, Any]] = {
        network: {"network": network, "more_languages": draw(LANGUAGES)}
        for network in draw(st.lists(st.sampled_from(["x", "bluesky", "file"]), min_size=1, unique=True))
    }
    made = campaign_of(
        {
            "cool_downs": {"fact_days": str(draw(st.integers(0, 20)))},
            "accounts": accounts,
            "slots": {"it": {"every_days": draw(st.integers(1, 4)), "starting": START, "at": "09:00"}},
        }
    )
    facts = [fact(name) for name in "abcde"[: draw(st.integers(1, 5))]]
    wordings = draw(st.integers(1, 5))
    return made, library(made, *facts, wordings=wordings, languages=["en", "fr", "es"])


def told_in(made: Settings, lib: Library, months: int) -> list[Telling]:
    """What goes out when each month is planned for itself, with all before it as it went out."""
    history: list[Telling] = []
    for month in range(months):
        start = moment(START) + month * 30 * DAY
        history += sent(programme(made, lib, rules_of(made), history, start, start + 30 * DAY))
    return history


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(evergreen())
def test_an_evergreen_fact_comes_back_after_its_rest_in_the_words_told_longest_ago(
    found: tuple[Settings, Library],
) -> None:
    made, lib = found
    history = told_in(made, lib, 8)
    assert {telling.fact_id for telling in history} == set(lib.facts), "each has its turn"
    days = defaultdict(set)
    words = defaultdict(list)
    for telling in history:
        days[telling.fact_id].add(telling.day)
        words[telling.account_id, telling.template_id.rpartition("/")[0]].append(telling.template_id)
    for told in days.values():
        rest = made.campaign.cool_downs.fact_days
        assert all((after - before).days > rest for before, after in pairwise(sorted(told)))
    for (_, about), told_so in words.items():
        fact_id, language = about.split("/")
        known = len(lib.wordings(fact_id, language))
        for at, template_id in enumerate(told_so):
            others = told_so[max(at - known + 1, 0) : at]
            assert template_id not in others, "no wording comes again before all others were told"
