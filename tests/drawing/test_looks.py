"""Every text of a card can be read, and every bar be seen, as WCAG 2.2 reckons it."""

from __future__ import annotations

import re

import pytest

from bot.drawing import looks
from bot.drawing.drawing import TEMPLATE


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#0000ff", "#ffffff", 8.59),
        ("#123456", "#123456", 1.0),
    ],
)
def test_contrast_is_reckoned_as_wcag_does(one: str, other: str, ratio: float) -> None:
    assert looks.contrast(one, other) == pytest.approx(ratio, abs=0.005) == looks.contrast(other, one)


@pytest.mark.parametrize("ink", looks.INKS)
def test_every_text_stands_out_from_the_ground(ink: str) -> None:
    assert looks.contrast(looks.INKS[ink], looks.GROUND) >= looks.TEXT_CONTRAST


@pytest.mark.parametrize("shape", looks.SHAPES)
def test_every_part_of_a_chart_stands_out_from_the_ground(shape: str) -> None:
    assert looks.contrast(looks.SHAPES[shape], looks.GROUND) >= looks.SHAPE_CONTRAST


def test_the_template_has_no_colour_of_its_own() -> None:
    template = re.sub(r"//.*", "", TEMPLATE.read_text(encoding="utf-8"))
    named = re.findall(
        r'rgb\(([^)]*\))|luma|cmyk|oklch|"#[0-9a-fA-F]{3,8}"|fill: (?:white|black|blue|gray)', template
    )
    assert sorted(named) == sorted(
        ["looks.ground)", "looks.inks.at(name)", "looks.shapes.at(name)", "looks.decoration.at(name)"]
    )


def test_no_text_is_ever_smaller_than_can_be_read() -> None:
    smallest = {name: least for name, (_, least) in looks.SIZES.items()}
    assert smallest.pop("text") >= 28
    assert min(smallest.values()) >= 22
