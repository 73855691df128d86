"""An image goes out with alt text, credit and licence, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images import MOST_ALT_TEXT, Flaw, Statement, Unstated, statement

SAID = {"alt_text": "A deminer kneels in a field.", "credit": "Jane Doe / ICBL", "licence": "CC BY 4.0"}


def flaws(**changed: str) -> dict[str, Flaw]:
    with pytest.raises(Unstated) as caught:
        statement(**{**SAID, **changed})
    assert all(str(flaw) in str(caught.value) for flaw in caught.value.flaws)
    return {flaw.field: flaw for flaw in caught.value.flaws}


def test_what_is_complete_is_taken_with_its_blanks_tidied() -> None:
    said = statement(" A deminer kneels. \r\nBehind her: a road.\n", " Jane Doe ", " CC BY 4.0\t")
    assert said == Statement("A deminer kneels.\nBehind her: a road.", "Jane Doe", "CC BY 4.0")


@pytest.mark.parametrize("nothing", ["", "  ", "\n\t", "...", "—"])
@pytest.mark.parametrize("name", ["alt_text", "credit", "licence"])
def test_each_of_the_three_is_needed(name: str, nothing: str) -> None:
    found = flaws(**{name: nothing})
    assert list(found) == [name]
    assert found[name].problem.startswith("An image needs")
    assert found[name].mend


def test_every_field_is_told_of_at_once() -> None:
    assert list(flaws(alt_text="", credit="", licence="")) == ["alt_text", "credit", "licence"]


def test_an_alt_text_is_at_most_a_thousand_characters_long() -> None:
    assert statement("a" * MOST_ALT_TEXT, "b", "c").alt_text
    assert "1,001 characters" in flaws(alt_text="a" * 1001)["alt_text"].problem


@pytest.mark.parametrize("name", ["credit", "licence"])
def test_credit_and_licence_are_short(name: str) -> None:
    assert "201 characters" in flaws(**{name: "a" * 201})[name].problem


@pytest.mark.parametrize("begins", ["Image of", "A picture of", "an image showing", "PICTURE OF", "Une image de", "L’image d’", "Una imagen de", "Изображение", "图片：", "صورة ل"])  # fmt: skip
def test_an_alt_text_begins_with_what_is_shown(begins: str) -> None:
    assert "begins with" in flaws(alt_text=f"{begins} a field")["alt_text"].problem


@pytest.mark.parametrize("fine", ["Imagery from space", "Pictures of victims hang on a wall", "The imagined road", "A film called “Image of war.jpg” is shown", "地雷清除人员", "صورتان"])  # fmt: skip
def test_an_alt_text_that_only_looks_like_it_is_taken(fine: str) -> None:
    assert statement(fine, "b", "c").alt_text == fine


@pytest.mark.parametrize("name", ["IMG_2031.JPG", "deminer in field.png", "photo-1.webp", "IMG_2031", "DSC01234", "Screenshot 2026-11-25"])  # fmt: skip
def test_a_files_name_is_no_alt_text(name: str) -> None:
    assert flaws(alt_text=name)["alt_text"].problem == "The alt text is a file's name."


@pytest.mark.parametrize("character", ["\0", "\x1b", "\u202e", "\u200b", "\ue000", "\u2028"])
@pytest.mark.parametrize("name", ["alt_text", "credit", "licence"])
def test_a_control_character_is_refused_by_its_name(name: str, character: str) -> None:
    assert "control character" in flaws(**{name: f"a{character}b"})[name].problem


def test_a_credit_stands_in_one_line() -> None:
    assert list(flaws(credit="Jane\nDoe")) == ["credit"]


def test_isolates_and_joiners_of_other_scripts_are_taken() -> None:
    text = "لافتة \u2066#MineFree\u2069 می\u200cخواهم"
    assert statement(text, "b", "c").alt_text == text


@settings(deadline=None)
@given(st.text(max_size=1200), st.text(max_size=250), st.text(max_size=250))
def test_whatever_is_written_is_a_statement_or_says_what_to_mend(
    alt_text: str, credit: str, licence: str
) -> None:
    try:
        said = statement(alt_text, credit, licence)
    except Unstated as unstated:
        assert all(flaw.problem and flaw.mend for flaw in unstated.flaws)
        return
    assert said.alt_text and said.credit and said.licence
    assert statement(said.alt_text, said.credit, said.licence) == said
