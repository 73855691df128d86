"""Tags and links, where they stand, and what no text may do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.composing import DoesNotFit, body_of, compose, entities_of, fits
from bot.composing.entities import host_of, tags_in
from bot.library.shelf import Style
from bot.model import Account, EntityKind, Fact, Message, Rules, Source, Status, Template
from bot.networks import network

NETWORKS = [network(name).default_rules(Account(name, name)) for name in ("x", "bluesky", "mastodon")]
STYLE = Style("en", "Source: {{ credit }}, as of {{ as_of }}.")
TAGS = ("MineAction", "地雷")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#MineAction", ["MineAction"]),
        ("Say #one, #two; (#three) and “#four”!", ["one", "two", "three", "four"]),
        ("#one#two", ["one"]),
        ("#one\n#two", ["one", "two"]),
        ("#MineAction's", ["MineAction"]),
        ("#mine-action", ["mine"]),
        ("#mine_action", ["mine_action"]),
        ("#1997treaty #treaty1997", ["1997treaty", "treaty1997"]),
        ("#الألغام #دُمِّر", ["الألغام", "دُمِّر"]),
        ("#地雷 #지뢰 #じらい", ["地雷", "지뢰", "じらい"]),
        ("#мины #νάρκες #טקסט", ["мины", "νάρκες", "טקסט"]),
        ("#नमस्ते #ทุ่น #ხმა", ["नमस्ते", "ทุ่น", "ხმა"]),
        ("#Zu\u0308rich", ["Zu\u0308rich"]),
    ],
)
def test_tags_are_found_in_every_script(text: str, tags: list[str]) -> None:
    assert tags_in(text) == tags


@pytest.mark.parametrize(
    "text",
    [
        "",
        "#",
        "# alone",
        "#123",
        "#_",
        "#!",
        "#️⃣",
        "#⃣",
        "#👍",
        "##twice",
        "C#sharp",
        "&#x27;",
        "https://un.org/a#part",
        "https://un.org/#part",
        "https://un.org/?#part",
        "https://un.org/a-#part",
        "un.org/#part",
    ],
)
def test_what_is_no_tag(text: str) -> None:
    assert tags_in(text) == []


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://www.unmas.org/en/a", "unmas.org"),
        ("https://unmas.org", "unmas.org"),
        ("https://disarmament.unoda.org/a?b#c", "disarmament.unoda.org"),
        ("https://user@UN.org:8443/", "un.org"),
        ("http://wwwx.org/", "wwwx.org"),
        ("https://www./", "https://www./"),
        ("https://[", "https://["),
    ],
)
def test_the_host_of_an_address_is_as_a_reader_knows_it(link: str, host: str) -> None:
    assert host_of(link) == host


def test_places_are_counted_in_signs_of_the_text_and_in_bytes() -> None:
    (tag, link) = entities_of("Né 👍 #地雷\nun.org", "https://un.org/a", "un.org")
    assert (tag.kind, tag.start, tag.end, tag.byte_start, tag.byte_end) == (EntityKind.TAG, 5, 8, 9, 16)
    assert (link.kind, link.start, link.end, link.byte_start, link.byte_end) == (
        EntityKind.LINK,
        9,
        15,
        17,
        23,
    )
    assert (tag.value, link.value) == ("地雷", "https://un.org/a")


def test_a_tag_within_the_link_is_part_of_the_link() -> None:
    (entity,) = entities_of("Read https://un.org/a-#part", "https://un.org/a-#part", "https://un.org/a-#part")
    assert entity.kind is EntityKind.LINK


def test_a_host_that_the_text_names_too_is_the_link_only_in_its_own_line() -> None:
    text = "un.org says\n\nSource: un.org\nun.org\n#Mines"
    link = entities_of(text, "https://un.org/", "un.org")[0]
    assert text[: link.start].endswith("Source: un.org\n")


# What holds for every text

LETTERS = st.characters(exclude_categories=["Zs", "Zl", "Zp", "Cc", "Cs"], exclude_characters="{")
PIECES = st.sampled_from(
    [
        "#MineAction",
        "#mineaction",
        "#地雷",
        "#️⃣",
        "👩‍👩‍👧‍👦",
        "e\u0301",
        "un.org",
        "https://un.org/a#b",
        "地雷。",
        "دُمِّر",
        "6\u00a0279",
    ]
)
WORDS = st.text(LETTERS, min_size=1, max_size=12) | PIECES
BODIES = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
LINKS = st.sampled_from([None, "https://un.org/", "https://www.unmas.org/en/" + "a" * 60 + "?b=1#MineAction"])


def composed(body: str, link: str | None, rules: Rules) -> Message:
    fact = Fact(
        "fact",
        "Test",
        "A claim.",
        {},
        Source("monitor", "Monitor", "ICBL-CMC", "un.org"),
        date(2025, 12, 1),
        None,
        Status.POST,
        date(2026, 1, 1),
        link=link,
    )
    return compose(Template("fact/en/a", "fact", "en", body), fact, STYLE, rules, TAGS, date(2026, 11, 24))


def shows_what_it_stands_for(message: Message) -> None:
    end = 0
    for entity in message.entities:
        shown = message.text.encode()[entity.byte_start : entity.byte_end].decode()
        assert shown == message.text[entity.start : entity.end]
        if entity.kind is EntityKind.TAG:
            assert shown == f"#{entity.value}"
        else:
            assert shown in (message.link, host_of(message.link or ""))
            assert entity.value == message.link
        assert entity.start >= end
        end = entity.end


@settings(deadline=None, max_examples=200)
@given(BODIES, LINKS, st.sampled_from(NETWORKS))
def test_a_message_is_whole_within_the_rules_and_its_entities_are_what_they_say(
    body: str, link: str | None, rules: Rules
) -> None:
    try:
        message = composed(body, link, rules)
    except DoesNotFit as error:
        assert error.measured > error.limit
        return
    first = body_of(replace(message, thread=()))
    assert message.text.startswith(f"{first}\n\nSource: un.org, as of 1 December 2025.")
    assert body_of(message) == body
    assert sum(entity.kind is EntityKind.LINK for entity in message.entities) == (link is not None)
    for post in message.posts:
        assert fits(post.text, rules)
        assert post.byte_length == len(post.text.encode())
        shows_what_it_stands_for(post)


@settings(deadline=None, max_examples=100)
@given(BODIES, LINKS, st.sampled_from(NETWORKS))
def test_every_tag_of_the_campaign_is_there_and_never_added_to_one_that_is(
    body: str, link: str | None, rules: Rules
) -> None:
    try:
        message = composed(body, link, rules)
    except DoesNotFit:
        return
    written = [tag.casefold() for tag in tags_in(body)]
    entities = [entity for post in message.posts for entity in post.entities]
    found = [entity.value.casefold() for entity in entities if entity.kind is EntityKind.TAG]
    for tag in TAGS:
        assert found.count(tag.casefold()) == max(1, written.count(tag.casefold()))


@settings(deadline=None, max_examples=50)
@given(BODIES, LINKS, st.sampled_from(NETWORKS))
def test_a_preview_is_the_same_every_time(body: str, link: str | None, rules: Rules) -> None:
    def preview() -> Message | str:
        try:
            return composed(body, link, rules)
        except DoesNotFit as error:
            return str(error)

    assert preview() == preview()


@given(st.text())
def test_the_bytes_of_any_text_give_back_its_tags(text: str) -> None:
    for entity in entities_of(text, None, None):
        assert text.encode()[entity.byte_start : entity.byte_end] == f"#{entity.value}".encode()
        assert text[entity.start : entity.end] == f"#{entity.value}"
