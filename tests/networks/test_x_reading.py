"""How X's answers are read: what a text was before X changed it, and what followers did."""

from __future__ import annotations

from typing import Any

import pytest

from bot.model import Metrics
from bot.networks.x import metrics_in, says


def test_metrics_are_read_by_their_old_names_too_and_what_is_not_told_is_unknown() -> None:
    assert metrics_in({"retweet_count": 3, "quote_count": 1}) == Metrics(reposts=4)
    assert metrics_in({}) == Metrics()


def post(text: str, *urls: dict[str, str]) -> dict[str, Any]:
    return {"id": "5", "text": text, "entities": {"urls": list(urls)}}


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ("Mines &amp; more &lt;1&gt; https://t.co/Ab9 #Ban", "Mines & more <1> https://unoda.org/a #Ban"),
        ("https://t.co/Ab9, https://t.co/Cd8.", "https://unoda.org/?a=1&copy=2, https://unoda.org/b."),
        ("From https://t.co/Ab9: none.", "From unoda.org: none."),
        ("禁雷https://t.co/Ab9。加入", "禁雷https://unoda.org/zh。加入"),
        (
            "الألغام 165 #MineBan https://t.co/Ab9",
            "الألغام \u2068165\u2069 #MineBan \u2068https://unoda.org/ar\u2069",
        ),
        ("Me\u0301dical\n\nfin", "M\u00e9dical\n\n\nfin"),
    ],
)
def test_a_post_is_known_again_by_what_was_written(shown: str, written: str) -> None:
    assert says(post(shown), written)


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        ("165 States https://t.co/Ab9", "166 States https://unoda.org/a"),
        ("165 States https://t.co/Ab9", "165 States"),
        ("165 States", "165 States https://unoda.org/a"),
        ("165 States https://t.co/Ab9", "165 States https://unoda.org/a and more"),
        ("165 States.", "165 States!"),
    ],
)
def test_another_text_is_not_taken_for_it(shown: str, written: str) -> None:
    assert not says(post(shown), written)


@pytest.mark.parametrize(
    "photo",
    [
        {"expanded_url": "https://x.com/facts/status/4/photo/1", "media_key": "3_7"},
        {"expanded_url": "https://x.com/facts/status/5/photo/1"},
    ],
)
def test_the_link_to_a_posts_own_pictures_is_no_part_of_its_text(photo: dict[str, str]) -> None:
    urls = [{"url": "https://t.co/pic", **photo}] * 2
    assert says(post("Mines. https://t.co/pic", *urls), "Mines.")
    assert not says(post("Mines. https://t.co/pic", *urls), "Mines. https://unoda.org/a")
