"""The language of templates: what it allows, what it refuses, and where it says the mistake is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.wording import LONGEST, BadWording, literal, offset_of, parse
from tests.library import unhurried

ALLOWED = {
    "": set(),
    "No value at all.": set(),
    "A brace { or } alone, and 100 % of them.": set(),
    "In {{ year }}, {{ casualties }} people.": {"year", "casualties"},
    "{{ casualties | upper_first }} people.": {"casualties"},
    "{{adopted|years_since}} years ago.": {"adopted"},
    "{{- year -}}": {"year"},
    "{% if years == 1 %}a year{% else %}years{% endif %}": {"years"},
    "{% if years > 1 %}{{ a }}{% elif years != 0 %}{{ b }}{% else %}{{ c }}{% endif %}": {
        "years",
        "a",
        "b",
        "c",
    },
    "{% if place == 'Oslo' %}here{% endif %}": {"place"},
    "{% if adopted | years_since >= 20 %}long ago{% endif %}": {"adopted"},
    "{%- if a < b -%}less{%- endif -%}": {"a", "b"},
    "{% if 1 <= years %}x{% endif %}": {"years"},
}
REFUSED = {
    "a call": "{{ year() }}",
    "an attribute": "{{ year.real }}",
    "a private attribute": "{{ year.__class__ }}",
    "an item": "{{ year['a'] }}",
    "a number": "{{ 6279 }}",
    "a text": "{{ 'mines' }}",
    "arithmetic": "{{ year + 1 }}",
    "a sign": "{{ -year }}",
    "joining": "{{ a ~ b }}",
    "a list": "{{ [a, b] }}",
    "a dictionary": "{{ {'a': b} }}",
    "a choice": "{{ a if b else c }}",
    "a comparison that is shown": "{{ a == b }}",
    "a test": "{{ a is defined }}",
    "a filter of Jinja": "{{ a | upper }}",
    "an unknown filter": "{{ a | shout }}",
    "a filter with an argument": "{{ a | years_since(2) }}",
    "two filters": "{{ a | years_since | upper_first }}",
    "a filter on a text": "{{ 'a' | upper_first }}",
    "nothing": "{{ }}",
    "a name with capitals": "{{ Year }}",
    "a name that begins with a line": "{{ _year }}",
    "a name of another script": "{{ год }}",
    "the word true": "{{ true }}",
    "a loop": "{% for a in b %}x{% endfor %}",
    "a macro": "{% macro a() %}x{% endmacro %}",
    "a variable": "{% set a = 1 %}",
    "an include": "{% include 'a' %}",
    "an import": "{% import 'a' as b %}",
    "inheritance": "{% extends 'a' %}",
    "a block": "{% block a %}{% endblock %}",
    "a filter block": "{% filter upper %}x{% endfilter %}",
    "a with": "{% with a = 1 %}{% endwith %}",
    "raw text": "{% raw %}{{ a }}{% endraw %}",
    "a comment": "{# soon #}",
    "an unknown statement": "{% shout %}",
    "a condition without a comparison": "{% if a %}x{% endif %}",
    "a condition with and": "{% if a == 1 and b == 2 %}x{% endif %}",
    "a condition with not": "{% if not a == 1 %}x{% endif %}",
    "a chain of comparisons": "{% if 1 < a < 3 %}x{% endif %}",
    "a condition with in": "{% if a in b %}x{% endif %}",
    "a condition with a fraction": "{% if a == 1.5 %}x{% endif %}",
    "a condition with a truth": "{% if a == true %}x{% endif %}",
    "a call in a condition": "{% if a() == 1 %}x{% endif %}",
    "a condition in a condition": "{% if a == 1 %}{% if b == 1 %}x{% endif %}{% endif %}",
    "a loop in a condition": "{% if a == 1 %}{% for b in c %}x{% endfor %}{% endif %}",
    "a bad condition after elif": "{% if a == 1 %}x{% elif b %}y{% endif %}",
    "a condition without an end": "{% if a == 1 %}x",
    "an end without a condition": "x{% endif %}",
    "an open value": "{{ year",
    "a value closed with one brace": "{{ year }",
    "an open statement": "{% if a == 1",
    "an open comment": "{# soon",
    "an open text": "{% if a == 'b %}x{% endif %}",
    "brackets without end": "{{ " + "(" * 1500 + " }}",
    "more than a wording can hold": "a" * (LONGEST + 1),
}


@pytest.mark.parametrize(("text", "names"), ALLOWED.items())
def test_a_wording_may_quote_values_and_compare_them(text: str, names: set[str]) -> None:
    assert parse(text).names == names


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_a_wording_may_not_hold(text: str) -> None:
    with pytest.raises(BadWording) as refused:
        parse(text)
    assert str(refused.value)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_placed_at_the_braces_that_hold_it(text: str) -> None:
    before = "In {{ year }}, they say: "
    with pytest.raises(BadWording) as refused:
        parse(before + text)
    assert refused.value.offset >= len(before) or len(text) > LONGEST


@pytest.mark.parametrize(
    "marked",
    [
        "{{ a }} and ▶{{ b() }} and {{ c() }}",
        "two\nlines: {{ a }} ▶{{ b",
        "{% if a == 1 %}x▶{% elif b %}y{% endif %}",
        "{% if a == 1 %}x{% endif %}▶{% endif %}",
        "{{ a }}▶{% else %}",
        "{{ a }} ▶{% if a == 1 %}without an end",
        "{% if a == 1 %}x▶{% if b == 1 %}y{% endif %}{% endif %}",
        "{% if a == 1 %}x{% else %}▶{% for b in c %}{% endfor %}{% endif %}",
    ],
)
def test_the_first_braces_with_a_mistake_are_named(marked: str) -> None:
    with pytest.raises(BadWording) as refused:
        parse(marked.replace("▶", ""))
    assert refused.value.offset == marked.index("▶")


def test_the_longest_wording_is_still_read() -> None:
    assert parse("a" * LONGEST).names == frozenset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ a }}", {"a"}),
        ("{{ a | upper_first }} and {{ b }}", {"a", "b"}),
        ("{% if a == 1 %}{{ b }}{% else %}{{ b }}{% endif %}", set()),
        ("{% if a == 1 %}x{% endif %}{{ c }}", {"c"}),
    ],
)
def test_a_value_is_always_shown_only_outside_of_conditions(text: str, shown: set[str]) -> None:
    assert parse(text).always_shown == shown


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("In {{ year }}.", "In \0\0\0\0\0\0\0\0\0\0."),
        ("{% if a == 5 %}five{% endif %}", "\0" * 15 + "five" + "\0" * 11),
        ("{{ open", "\0" * 7),
        ("no braces", "no braces"),
    ],
)
def test_what_followers_read_literally_is_all_but_the_braces(text: str, blanked: str) -> None:
    assert literal(text) == blanked


def test_a_value_is_found_in_its_braces_and_not_in_the_words_around_them() -> None:
    assert offset_of("year", "The year is {{ years }} or {{ year }}.") == 30
    assert offset_of("year", "no such value") == 0


PIECES = [*"{}()[]|.,<>'\"\\1-+~%\0\n", "{{", "}}", "{%", "%}", "{#", "#}", "==", "!=", "'text'"]
PIECES += [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "in",
    "raw",
    "endraw",
    "macro",
    "set",
    "include",
    "call",
    "is",
    "not",
]
PIECES += [
    "year",
    "years_since",
    "upper_first",
    "self",
    "loop",
    "1e999",
    "9" * 40,
    "\\N{",
    "\\u12",
    "\\ud800",
]
texts = st.one_of(
    st.text(),
    st.lists(st.one_of(st.sampled_from([*PIECES, " "]), st.text(max_size=3)), max_size=20).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
)


@unhurried
@given(texts)
def test_any_text_is_either_a_wording_or_a_bad_wording_with_its_place(text: str) -> None:
    try:
        wording = parse(text)
    except BadWording as refused:
        assert str(refused)
        assert 0 <= refused.offset <= len(text)
    else:
        assert wording.always_shown <= wording.names


@unhurried
@given(texts)
def test_blanking_keeps_every_letter_in_its_place(text: str) -> None:
    blanked = literal(text)
    assert len(blanked) == len(text)
    assert all(kept in ("\0", letter) for kept, letter in zip(blanked, text, strict=True))


@unhurried
@given(
    st.from_regex(r"\A[a-z][a-z0-9_]{0,10}\Z"), st.sampled_from([" ", "", " | upper_first", "|years_since "])
)
def test_a_plain_name_is_a_value_unless_jinja_takes_it_for_a_word_of_its_own(name: str, rest: str) -> None:
    try:
        assert parse(f"{{{{ {name}{rest} }}}}").names == {name}
    except BadWording:
        assert name in {"and", "if", "in", "is", "not", "or", "else", "true", "false", "none", "elif", "for"}
