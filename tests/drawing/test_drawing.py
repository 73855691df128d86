"""One card becomes one picture, or a reason a person can act on."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.drawing import CannotDraw, draw, looks
from bot.drawing.fonts import uncovered
from bot.model import Bar, Card
from tests.drawing.samples import BARS, CASUALTIES, SMALL, SQUARE, WIDE, casualties, chart

EN = casualties("en", SMALL)
LONG = "Every State Party undertakes never to use, develop, produce or stockpile anti-personnel mines. "


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def chunks(png: bytes) -> Iterator[str]:
    at = 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        yield kind.decode()
        at += length + 12


@pytest.mark.parametrize("size", [WIDE, SQUARE, (600, 315), (1080, 1350)])
def test_a_card_has_the_size_that_was_asked_for_and_is_small(size: tuple[int, int]) -> None:
    data = draw(chart("fr", size))
    assert opened(data).size == size
    assert len(data) < 150_000


def test_the_same_card_is_the_same_bytes() -> None:
    assert draw(EN) == draw(EN)


def test_the_file_holds_nothing_but_the_picture() -> None:
    assert set(chunks(draw(EN))) == {"IHDR", "PLTE", "IDAT", "IEND"}


def test_the_ground_and_the_inks_are_exactly_those_whose_contrast_is_checked() -> None:
    picture = opened(draw(chart("en"))).convert("RGB")
    found = {f"#{bytes(colour).hex()}" for _, colour in picture.getcolors(10_000) or []}
    assert found >= {looks.GROUND, *looks.INKS.values(), *looks.SHAPES.values(), *looks.DECORATION.values()}


@pytest.mark.parametrize("language", CASUALTIES)
def test_nothing_is_drawn_in_the_margins(language: str) -> None:
    picture = opened(draw(casualties(language))).convert("RGB")
    width, height = picture.size
    for box in [
        (21, 0, width - 21, 30),
        (21, height - 25, width - 21, height),
        (21, 0, 60, height),
        (width - 60, 0, width - 21, height),
    ]:
        assert picture.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), (0x0B, 0x2F, 0x5B))]


WORDS = st.sampled_from(
    [
        "people",
        "mines",
        "Convention",
        "противопехотных",
        "взрывоопасных",
        "الألغام",
        "المضادة",
        "للأفراد",
        "地雷",
        "杀伤人员地雷公约",
        "6,279",
        "2024",
        "anti-personnel",
        "Donaudampfschifffahrtsgesellschaft",
        "«",
        "»",
        "—",
        "%",
    ]
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    language=st.sampled_from(sorted(CASUALTIES)),
    figure=st.none() | st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    text=st.lists(WORDS, min_size=1, max_size=60).map(" ".join),
    bars=st.integers(0, 14),
    size=st.sampled_from([SMALL, (540, 540), (600, 315)]),
)
def test_whatever_is_said_is_drawn_inside_the_margins_or_refused(
    language: str, figure: str | None, text: str, bars: int, size: tuple[int, int]
) -> None:
    card = replace(casualties(language, size), figure=figure, text=text, bars=BARS[:bars])
    try:
        picture = opened(draw(card)).convert("RGB")
    except CannotDraw as error:
        assert "does not fit" in str(error)
        return
    width, height = size
    margin = (0, 0, 26, height) if language == "ar" else (width - 26, 0, width, height)
    assert picture.crop(margin).getcolors() == [(26 * height, (0x0B, 0x2F, 0x5B))]


@pytest.mark.parametrize(
    "text", ['#include "x"', "$x$", "\\", "*b* _i_", "@ref <l>", "`r` // c /* d */", "= h", "#panic()", "- a"]
)
def test_text_is_shown_as_it_is_and_never_obeyed(text: str) -> None:
    """Each sign takes room of its own: without it, the same card looks otherwise."""
    whole = opened(draw(replace(EN, text=f"{text} end", credit=text, figure="5"))).convert("L")
    for at, sign in enumerate(text):
        if sign != " ":
            without = text[:at] + text[at + 1 :]
            other = opened(draw(replace(EN, text=f"{without} end", credit=text, figure="5"))).convert("L")
            assert ImageChops.difference(whole, other).getbbox(), f"{sign} was not drawn"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"text": LONG * 12}, "the text"),
        ({"text": LONG * 12, "figure": None}, "the text"),
        ({"text": "Donaudampfschifffahrt" * 6}, "the text"),
        ({"figure": "9" * 60}, "the figure"),
        ({"credit": LONG * 6}, "the credit line"),
        ({"campaign": "Forward" * 20}, "the campaign's name"),
        ({"hashtags": "#MineAction " * 40}, "the line of hashtags"),
        ({"bars": tuple(Bar(str(year), 1.0, "1") for year in range(90))}, "a chart of 90 bars"),
        ({"text": LONG * 3, "width": 1200, "height": 240}, "the foot of the card"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_with_its_reason(change: dict[str, str], what: str) -> None:
    with pytest.raises(CannotDraw, match=f"{what} does not fit, at the smallest size that can be read"):
        draw(replace(EN, **change))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("mines 😀", r"“😀” \(U\+1F600, GRINNING FACE\)"),
        ("ታቦት", r"“ታ” \(U\+1273, ETHIOPIC SYLLABLE TAA\)"),
        ("a\x07b", r"\(U\+0007, a character without a name\)"),
    ],
)
def test_a_character_that_no_font_has_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(CannotDraw, match=named):
        draw(replace(EN, text=text))


def test_a_character_is_looked_for_everywhere_on_the_card() -> None:
    for change in ("figure", "credit", "campaign", "hashtags"):
        with pytest.raises(CannotDraw, match="1F600"):
            draw(replace(EN, **{change: "😀"}))
    with pytest.raises(CannotDraw, match="1F600"):
        draw(replace(EN, bars=(Bar("😀", 1.0, "1"),)))


def test_the_fonts_have_what_the_six_languages_need() -> None:
    assert (
        uncovered(
            "“”‘’«»„—–…№°½²₂€%‰ءئؤأإآةى،؛؟٪٫٬٠١٢٣٤٥٦٧٨٩ёЁъÿœŒçñ¿¡，。、《》：；？！％\u00a0\u202f\u2068\u2069"
        )
        is None
    )


def test_what_a_card_does_not_say_takes_no_room() -> None:
    bare = opened(draw(replace(EN, credit="", campaign="", hashtags=""))).convert("RGB")
    assert bare.size == SMALL


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_a_bar_below_zero_or_without_end_is_refused(amount: float) -> None:
    with pytest.raises(CannotDraw, match="2024"):
        draw(replace(EN, bars=(*BARS[:2], Bar("2024", amount, "?"))))


@pytest.mark.parametrize("size", [(0, 675), (1200, -1), (50_000, 50_000)])
def test_a_size_beyond_reason_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(CannotDraw, match="pixels cannot be drawn"):
        draw(replace(EN, width=size[0], height=size[1]))


def highest_at(picture: Image.Image, colour: str) -> tuple[int, int]:
    """The column and row of the highest pixel of a colour, as parts of a hundred, in the half where the chart is."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    pixels = [
        (y, x)
        for y in range(picture.height)
        for x in range(picture.width)
        if picture.getpixel((x, y)) == wanted
    ]
    y, x = min(pixels)
    return 100 * x // picture.width, 100 * y // picture.height


@pytest.mark.parametrize(("language", "where"), [("en", range(50, 65)), ("ar", range(35, 50))])
def test_bars_stand_in_the_order_in_which_the_language_is_read(language: str, where: range) -> None:
    """The first of two bars is the lower one: the chart is read from the side of the text."""
    card = Card(
        language,
        "F",
        None,
        "53",
        "S",
        "#a",
        600,
        338,
        (Bar("1", 9.0, "9"), Bar("2", 5.0, "5"), Bar("3", 5.0, "5")),
    )
    column, _ = highest_at(opened(draw(card)).convert("RGB"), looks.SHAPES["bar"])
    assert column in where


def test_a_chart_begins_at_zero() -> None:
    card = replace(EN, bars=(Bar("1", 50.0, "50"), Bar("2", 100.0, "100"), Bar("3", 0.0, "0")))
    picture = opened(draw(card)).convert("RGB")
    bar = tuple(bytes.fromhex(looks.SHAPES["bar"][1:]))
    heights = [
        sum(picture.getpixel((x, y)) == bar for y in range(picture.height)) for x in range(picture.width)
    ]
    half, whole = sorted({height for height in heights if heights.count(height) > 20 and height})
    assert half / whole == pytest.approx(0.5, abs=0.02)
