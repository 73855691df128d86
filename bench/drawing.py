"""How long a share card takes to draw, in each language, and how heavy it is; and what a batch costs."""

from __future__ import annotations

import resource
import statistics
import time
from dataclasses import replace

from bench.report import Figure, say
from bot.drawing import draw, draw_all
from bot.model import Card
from tests.drawing.samples import CASUALTIES, casualties, chart

RUNS = 20
CARD_MS, CARD_KB = 150.0, 150.0


def measure() -> list[Figure]:
    """Cards of 1200 × 675 pixels, once this process has drawn one of each kind; then as the worker has them drawn."""
    cards = {language: casualties(language) for language in CASUALTIES} | {"en-chart": chart("en")}
    figures = [figure for name, card in cards.items() for figure in _card(name, card)]
    return [*figures, *_batch(list(cards.values()))]


def _card(name: str, card: Card) -> list[Figure]:
    size = len(draw(card)) / 1000
    took = []
    for number in range(RUNS):
        began = time.perf_counter()
        draw(_otherwise(card, number))
        took.append(1000 * (time.perf_counter() - began))
    median = statistics.median(took)
    say(f"drawing {name} ms={median:.0f} fastest={min(took):.0f} slowest={max(took):.0f} kb={size:.1f}")
    how = f"a new card of 1200 × 675, median of {RUNS}"
    return [
        Figure(f"card_ms ({name})", median, "ms", CARD_MS, how=how),
        Figure(f"card_kb ({name})", size, "kB", CARD_KB),
    ]


def _otherwise(card: Card, number: int) -> Card:
    """Another card: what typst laid out before, it remembers."""
    return replace(card, figure=f"{6279 + number:,}", text=f"{card.text} {number}")


def _batch(cards: list[Card]) -> list[Figure]:
    began = time.perf_counter()
    draw_all(cards)
    took = time.perf_counter() - began
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    say(f"drawing batch_seconds={took:.2f} child_mb={most:.0f}")
    how = f"{len(cards)} cards in a process of their own, its start included"
    return [
        Figure("batch_seconds", took, "s", how=how),
        Figure("child_mb", most, "MB", how="its most memory"),
    ]
