"""Standings compare within a network only, and say how far each is ahead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Metrics
from bot.ranking import engagement, leads, standings

POSTS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["x", "bluesky", "mastodon"]), st.integers(0, 50)),
    max_size=30,
)


@pytest.mark.parametrize(
    ("metrics", "engaged"),
    [
        (Metrics(3, 2, 1, 900), 6),
        (Metrics(0, 0, 0), 0),
        (Metrics(3, 2, None, 900), None),
        (Metrics(), None),
    ],
)
def test_engagement_is_likes_reposts_and_replies_where_all_are_told_and_never_views(
    metrics: Metrics, engaged: int | None
) -> None:
    assert engagement(metrics) == engaged


def test_a_standing_is_the_share_of_the_others_that_one_is_ahead_of() -> None:
    posts = [("a", "x", 1), ("b", "x", 5), ("c", "x", 9)]
    assert standings(posts) == {"a": 0.0, "b": 0.5, "c": 1.0}


def test_a_tie_counts_half() -> None:
    assert standings([("a", "x", 0), ("b", "x", 0), ("c", "x", 1)]) == {"a": 0.25, "b": 0.25, "c": 1.0}


def test_one_post_that_ran_away_does_not_outweigh_the_median() -> None:
    posts = [("a", "x", 1), ("a", "x", 1), ("a", "x", 1000), ("b", "x", 2), ("b", "x", 2)]
    assert standings(posts) == {"a": 0.0, "b": 1.0}


def test_a_big_network_does_not_outweigh_a_small_one() -> None:
    posts = [("a", "x", 9000), ("b", "x", 10), ("a", "mastodon", 1), ("b", "mastodon", 2)]
    assert standings(posts) == {"a": 0.5, "b": 0.5}


def test_where_only_one_was_told_nothing_is_compared() -> None:
    assert standings([("a", "x", 3), ("a", "x", 5)]) == {}
    assert leads({}) == {}


def test_the_lead_is_nothing_up_to_the_middle_one_and_whole_for_who_is_ahead_of_all() -> None:
    assert leads({"a": 0.0, "b": 0.25, "c": 0.5, "d": 0.75, "e": 1.0}) == {
        "a": 0.0, "b": 0.0, "c": 0.0, "d": 0.5, "e": 1.0,
    }  # fmt: skip
    assert leads({"a": 1.0, "b": 1.0}) == {"a": 0.0, "b": 0.0}


@given(POSTS, st.integers(2, 1000))
def test_how_many_follow_on_a_network_changes_no_standing(
    posts: list[tuple[str, str, int]], times: int
) -> None:
    found = standings(posts)
    assert all(0 <= standing <= 1 for standing in found.values())
    assert all(0 <= lead <= 1 for lead in leads(found).values())
    assert standings([(name, net, n * times if net == "x" else n) for name, net, n in posts]) == found
    assert standings(posts[::-1]) == found
