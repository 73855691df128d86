"""The pictures people looked at, and how a new one is compared with them.

python -m tests.drawing.golden     draws them all anew; then look at every one of them
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from bot.drawing import draw
from bot.model import Card
from tests.drawing.samples import CASUALTIES, SMALL, casualties, chart, treaty

FOLDER: Final = Path(__file__).with_name("golden")
BLOCK: Final = 12  # pixels: about one letter
MOST_OVERALL, MOST_IN_A_BLOCK = 1.0, 24.0  # mean difference of grey, of 255

CARDS: Final[Mapping[str, Card]] = {
    **{language: casualties(language, SMALL) for language in CASUALTIES},
    "en-text-alone": treaty(SMALL),
    "en-chart": chart("en", SMALL),
    "ar-chart": chart("ar", SMALL),
    "fr-square-chart": chart("fr", (540, 540)),
    "es-square": casualties("es", (540, 540)),
}


def difference(new: Path, old: Path) -> str | None:
    """How two pictures differ more than smooth edges may, in words; None where they look the same."""
    with Image.open(new) as one, Image.open(old) as other:
        if one.size != other.size:
            return f"it is {one.size}, and was {other.size}"
        apart = ImageChops.difference(one.convert("L"), other.convert("L"))
    blocks = apart.reduce(BLOCK)
    values = list(blocks.get_flattened_data())
    overall, worst = sum(values) / len(values), max(values)
    if overall <= MOST_OVERALL and worst <= MOST_IN_A_BLOCK:
        return None
    y, x = divmod(values.index(worst), blocks.width)
    return f"mean difference {overall:.1f}, the most, {worst}, around pixel ({x * BLOCK}, {y * BLOCK})"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, card in CARDS.items():
        data = draw(card)
        (FOLDER / f"{name}.png").write_bytes(data)
        print(f"{name}: {len(data):,} bytes")
