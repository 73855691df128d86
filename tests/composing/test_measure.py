"""How long a text is, as each network counts it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.composing import fits, length
from bot.composing.measure import graphemes, weighted
from bot.model import Account, Counting, Rules
from bot.networks import network

X, BLUESKY, MASTODON = (
    network(name).default_rules(Account(name, name)) for name in ("x", "bluesky", "mastodon")
)
SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # twitter-text, config/v3.json


@pytest.mark.parametrize(
    ("text", "on_x", "signs", "size"),
    [
        ("", 0, 0, 0),
        ("mine", 4, 4, 4),
        ("é", 1, 1, 2),
        ("e\u0301", 1, 1, 3),
        ("q\u0323\u0307", 3, 1, 5),
        ("–“”‘’", 5, 5, 15),
        ("…", 2, 1, 3),
        ("€", 2, 1, 3),
        ("6\u00a0279", 5, 5, 6),
        ("6\u202f279", 6, 5, 7),
        ("سلام", 4, 4, 8),
        ("دُمِّر", 6, 3, 12),
        ("мины", 4, 4, 8),
        ("क्षि", 4, 1, 12),
        ("地雷", 4, 2, 6),
        ("지뢰", 4, 2, 6),
        ("\u1100\u1161", 2, 1, 6),
        ("，。", 4, 2, 6),
        ("👍", 2, 1, 4),
        ("👍🏿", 2, 1, 8),
        ("👩‍👩‍👧‍👦", 2, 1, 25),
        ("🇨🇭", 2, 1, 8),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 2, 1, 28),
        ("❤️", 2, 1, 6),
        ("#️⃣", 2, 1, 7),
    ],
)
def test_a_sign_counts_by_its_weight_on_x_and_once_elsewhere(
    text: str, on_x: int, signs: int, size: int
) -> None:
    assert length(text, X) == on_x
    assert length(text, BLUESKY) == signs
    assert length(text, MASTODON) == signs
    assert len(text.encode()) == size


@pytest.mark.parametrize(
    ("text", "on_x", "on_bluesky", "on_mastodon"),
    [
        ("https://un.org", 23, 14, 23),
        ("http://un.org", 23, 13, 23),
        ("https://www.un.org/" + "a" * 100, 23, 119, 23),
        ("See https://un.org/a, then go.", 37, 30, 37),
        ("See https://un.org/a.", 28, 21, 28),
        ("(https://un.org/a)", 25, 18, 25),
        ("https://un.org/a https://un.org/b", 47, 33, 47),
        ("https://un.org/a\n#Mines", 30, 23, 30),
        ("un.org", 23, 6, 6),
        ("notes.txt", 9, 9, 9),
        ("https://", 8, 8, 8),
    ],
)
def test_a_link_counts_23_on_x_and_mastodon_however_long_it_is(
    text: str, on_x: int, on_bluesky: int, on_mastodon: int
) -> None:
    found = (length(text, X), length(text, BLUESKY), length(text, MASTODON))
    assert found == (on_x, on_bluesky, on_mastodon)


def test_a_server_may_count_links_at_a_length_of_its_own() -> None:
    text = "See https://un.org/a"
    assert length(text, Rules(Counting.CHARACTERS, 500, link_length=30)) == 34
    assert length(text, Rules(Counting.CHARACTERS, 500, link_length=None)) == 20


@pytest.mark.parametrize(
    ("rules", "sign", "most"),
    [
        (X, "a", 280),
        (X, "雷", 140),
        (X, "👩‍👩‍👧‍👦", 140),
        (BLUESKY, "雷", 300),
        (BLUESKY, "👩‍👩‍👧‍👦", 120),
        (MASTODON, "👩‍👩‍👧‍👦", 500),
    ],
)
def test_a_network_takes_exactly_as_much_as_it_says(rules: Rules, sign: str, most: int) -> None:
    assert fits(sign * most, rules)
    assert not fits(sign * (most + 1), rules)


@given(st.text(st.characters(categories=["L", "Zs"]), max_size=300))
def test_letters_weigh_on_x_what_twitter_texts_ranges_say(text: str) -> None:
    def weight(sign: str) -> int:
        return 1 if any(first <= ord(sign) <= last for first, last in SINGLE) else 2

    assert weighted(text) == sum(map(weight, unicodedata.normalize("NFC", text)))


@given(st.text(max_size=200))
def test_no_text_counts_more_signs_than_code_points_or_bytes(text: str) -> None:
    assert graphemes(text) <= len(text) <= len(text.encode())


@given(st.text(max_size=100), st.text(max_size=100))
def test_a_line_break_lets_no_sign_grow_into_the_next_line(above: str, below: str) -> None:
    assert graphemes(f"{above}\n{below}") in {
        graphemes(above) + 1 + graphemes(below),
        graphemes(above) + graphemes(below),  # where the line above ends in a carriage return
    }
