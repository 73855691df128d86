"""How X's answers are read: what a text was before X changed it, and what followers did."""

from __future__ import annotations

import pytest

from bot.model import Metrics
from bot.networks.x import expanded, metrics_in


def test_metrics_are_read_by_their_old_names_too_and_what_is_not_told_is_unknown() -> None:
    assert metrics_in({"retweet_count": 3, "quote_count": 1}) == Metrics(reposts=4)
    assert metrics_in({}) == Metrics()


def test_a_link_that_leads_on_is_known_by_the_address_that_was_written() -> None:
    urls = [
        {
            "url": "https://t.co/abc",
            "expanded_url": "https://unoda.org/a",
            "unwound_url": "https://disarmament.unoda.org/en/a",
        }
    ]
    post = {"id": "5", "text": "See https://t.co/abc", "entities": {"urls": urls}}
    assert expanded(post) == "See https://unoda.org/a"
    assert expanded(post, "unwound_url") == "See https://disarmament.unoda.org/en/a"


def test_an_address_is_not_unescaped() -> None:
    urls = [{"url": "https://t.co/abc", "expanded_url": "https://unoda.org/?a=1&copy=2"}]
    post = {"id": "5", "text": "R&amp;D: https://t.co/abc", "entities": {"urls": urls}}
    assert expanded(post) == "R&D: https://unoda.org/?a=1&copy=2"


@pytest.mark.parametrize("more", [{"media_key": "3_7"}, {}])
def test_the_link_to_a_posts_own_pictures_is_no_part_of_its_text(more: dict[str, str]) -> None:
    photo = {"url": "https://t.co/pic", "expanded_url": "https://x.com/facts/status/5/photo/1", **more}
    post = {"id": "5", "text": "Mines. https://t.co/pic", "entities": {"urls": [photo, photo]}}
    assert expanded(post) == "Mines."
