"""A text that is too long for one post becomes a thread: whole sentences, in order, each post within its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.composing import DoesNotFit, body_of, compose, fits
from bot.composing.thread import sentences
from bot.library import Style
from bot.model import Account, Fact, Message, Rules, Source, Status, Template
from bot.networks import network

TAGS = ("MineAction", "ForwardNotFragmented")
NETWORKS = [
    replace(network(name).default_rules(Account(name, name)), threads=True)
    for name in ("x", "bluesky", "mastodon")
]
SENTENCES = {
    "ar": ["دُمِّر 53 مليون لغم.", "هل يكفي ذلك؟", "تقول UNMAS: لا!", "القرار 60/97 صدر في 2005."],
    "en": ["Mines killed 6,279 people in 2024.", "Is that all?", "The U.N. says 3.5 in 10.", "Mr. Lee (of the Monitor) agrees."],
    "es": ["Murieron 6.279 personas.", "¿Es todo?", "El Sr. Lee dijo: «¡No!»", "EE.UU. no es parte."],
    "fr": ["Plus de 53 millions de mines ont été détruites.", "Est-ce tout ?", "M. Lee répond : « Non. »", "Voir l’art. 5."],
    "ru": ["Уничтожено 53 млн мин.", "Разве это всё?", "По состоянию на 2025 г. их 165.", "Так говорит г. Ли."],
    "zh": ["5300万枚地雷已被销毁。", "这就够了吗？", "联合国说：“不！”", "第60/97号决议于2005年通过。"],
}  # fmt: skip


def composed(body: str, language: str, rules: Rules) -> Message:
    source = Source("monitor", "Monitor", "ICBL-CMC", "Landmine Monitor 2025")
    fact = Fact(
        "fact", "Test", "A claim.", {}, source, date(2025, 12, 1), None, Status.POST, date(2026, 1, 1)
    )
    style = Style(
        language, "{{ credit }}, {{ as_of }}.", sources={"Landmine Monitor 2025": "Landmine Monitor 2025"}
    )
    return compose(
        Template(f"fact/{language}/a", "fact", language, body), fact, style, rules, TAGS, date(2026, 11, 24)
    )


def glue(language: str) -> str:
    return "" if language == "zh" else " "


bodies = st.sampled_from(sorted(SENTENCES)).flatmap(
    lambda language: st.lists(st.sampled_from(SENTENCES[language]), min_size=1, max_size=40).map(
        lambda each: (language, each)
    )
)


@settings(deadline=None, max_examples=150)
@given(bodies, st.sampled_from(NETWORKS), st.booleans())
def test_no_post_in_any_language_exceeds_its_limit_or_loses_or_splits_anything(
    told: tuple[str, list[str]], rules: Rules, numbered: bool
) -> None:
    language, each = told
    body = glue(language).join(each)
    message = composed(body, language, replace(rules, numbered=numbered))
    assert all(fits(post.text, rules) for post in message.posts)
    assert body_of(message) == body
    assert regex.findall(r"\X", body_of(message)) == regex.findall(r"\X", body)
    if message.thread:
        ends = tuple(sentence[-1] for sentence in SENTENCES[language])
        for n, post in enumerate(message.posts, 1):
            words = body_of(replace(message, thread=())) if n == 1 else post.text
            words = words.replace("\u2068", "").replace("\u2069", "")
            if numbered:
                words = words.removesuffix(f" {n}/{len(message.posts)}")
            assert words.endswith(ends), words


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_each_language_ends_its_sentences_in_its_own_way(language: str) -> None:
    each = SENTENCES[language]
    found = sentences(glue(language).join(each))
    assert "".join(found).replace(" ", "") == "".join(each).replace(" ", "")
    assert all(any(part.endswith(sentence) for sentence in each) for part in found)
    assert len(found) >= len(each) - 1


@pytest.mark.parametrize(
    "whole",
    [
        "It cost 3.5 million.",
        "The U.N. General Assembly met.",
        "Mr. Lee spoke.",
        "See art. 5 of it.",
        "Gen. J. Smith said so.",
        "They came, i.e. the States.",
        "Читайте ст. 5 Конвенции.",
        "Read www.un.org.Today it works.",
    ],
)
def test_a_number_a_name_or_a_link_is_never_split(whole: str) -> None:
    assert sentences(whole) == [whole]


def test_posts_are_numbered_only_where_that_is_asked_for() -> None:
    body = " ".join(SENTENCES["en"] * 5)
    plain, numbered = (composed(body, "en", replace(NETWORKS[0], numbered=asked)) for asked in (False, True))
    assert not any(post.text.endswith(f"/{len(plain.posts)}") for post in plain.posts)
    count = len(numbered.posts)
    assert [
        post.text.split("\n\n")[0].endswith(f" {n}/{count}") for n, post in enumerate(numbered.posts, 1)
    ] == [True] * count


def test_a_sentence_that_is_longer_than_a_post_is_refused_and_never_cut() -> None:
    with pytest.raises(DoesNotFit):
        composed("Mines hurt people, " * 30 + "and more.", "en", NETWORKS[0])


def test_without_threads_a_long_text_is_refused() -> None:
    with pytest.raises(DoesNotFit):
        composed(" ".join(SENTENCES["en"] * 5), "en", replace(NETWORKS[0], threads=False))


def test_a_number_that_ends_a_thread_without_numbers_is_no_number_of_its_posts() -> None:
    body = " ".join(["Mines killed 6,279 people in 2024."] * 20 + ["See resolution 60/97"])
    message = composed(body, "en", NETWORKS[0])
    assert message.thread and body_of(message) == body
