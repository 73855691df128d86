"""An account rests before its network refuses it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery import rest_of
from bot.model import SPANS, Allowance
from tests.world import HOUR, MINUTE, NOW


@pytest.mark.parametrize(
    ("budgets", "sent_ago", "until"),
    [
        ({}, [1] * 500, None),
        ({"hour": 3}, [50, 30], None),
        ({"hour": 3}, [50, 30, 10], 10),
        ({"hour": 3}, [70, 50, 30, 10], 10),
        ({"hour": 2}, [50, 30, 10], 30),
        ({"hour": 3, "day": 4}, [23 * 60, 50, 30, 10], 60),
        ({"day": 0}, [], 24 * 60),
    ],
)
def test_an_account_rests_until_its_oldest_post_leaves_the_span(
    budgets: dict[str, int], sent_ago: list[int], until: int | None
) -> None:
    sent = [NOW - minutes * MINUTE for minutes in sent_ago]
    rest = rest_of("one", budgets, sent, [], NOW)
    assert (rest.until if rest else None) == (None if until is None else NOW + until * MINUTE)


def test_what_the_network_says_counts_as_well() -> None:
    spent, left = Allowance("x-rate-limit", 0, NOW + HOUR), Allowance("x-rate-limit", 1, NOW + HOUR)
    rest = rest_of("one", {}, [], [spent], NOW)
    assert rest is not None
    assert rest.until == NOW + HOUR
    assert rest_of("one", {}, [], [left], NOW) is None
    assert rest_of("one", {}, [], [spent], NOW + HOUR) is None


@given(
    st.lists(st.integers(0, 3000), max_size=60).map(
        lambda ago: [NOW - m * MINUTE for m in sorted(ago)[::-1]]
    ),
    st.sampled_from(sorted(SPANS)),
    st.integers(1, 20),
)
def test_an_account_that_keeps_its_rests_never_exceeds_its_budget(
    sent: list[datetime], span: str, most: int
) -> None:
    rest = rest_of("one", {span: most}, sent, [], NOW)
    within = [at for at in sent if at > NOW - SPANS[span]]
    assert (rest is None) == (len(within) < most)
    if rest is not None:
        assert rest.until > NOW
        assert sum(at > rest.until - SPANS[span] for at in sent) < most
