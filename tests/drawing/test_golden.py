"""Every kind of card still looks as it did when people last looked at it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.drawing import draw
from tests.drawing.golden import CARDS, FOLDER, difference


@pytest.mark.parametrize("name", CARDS)
def test_a_card_looks_as_it_did(name: str, tmp_path: Path) -> None:
    new = tmp_path / f"{name}.png"
    new.write_bytes(draw(CARDS[name]))
    found = difference(new, FOLDER / f"{name}.png")
    assert found is None, (
        f"The card looks otherwise: {found}.\nNow:    {new}\nBefore: {FOLDER / new.name}\n"
        "If it is to look so: python -m tests.drawing.golden, look at each, and raise Card.edition by one."
    )


def test_no_picture_is_kept_that_is_not_compared() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CARDS)


@pytest.mark.parametrize(
    "change",
    [
        {"hashtags": "MineAction# #ForwardNotFragmented"},
        {"text": CARDS["ar"].text.replace("2024", "2042")},
        {"figure": "6,297"},
        {"language": "en"},
    ],
    ids=["a number sign at the wrong end", "a digit", "the figure", "the direction"],
)
def test_the_comparison_sees(change: dict[str, str], tmp_path: Path) -> None:
    new = tmp_path / "new.png"
    new.write_bytes(draw(replace(CARDS["ar"], **change)))
    assert difference(new, FOLDER / "ar.png") is not None
