"""Cards as the campaign would make them, in the six languages: what is drawn, looked at and compared here."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Bar, Card

HASHTAGS = "#MineAction #ForwardNotFragmented"
CAMPAIGN = "Forward Not Fragmented"
WIDE, SQUARE, SMALL = (1200, 675), (1080, 1080), (600, 338)

CASUALTIES = {
    "ar": (
        "6,279",
        "شخصًا قُتلوا أو أُصيبوا بالألغام ومخلفات الحرب القابلة للانفجار في عام 2024.",
        "المصدر: \u2068Landmine Monitor 2025\u2069، حتى 1 ديسمبر 2025.",
    ),
    "en": (
        "6,279",
        "people were killed or injured by mines and explosive remnants of war in 2024.",
        "Source: Landmine Monitor 2025, as of 1 December 2025.",
    ),
    "es": (
        "6.279",
        "personas murieron o resultaron heridas por minas y restos explosivos de guerra en 2024.",
        "Fuente: Landmine Monitor 2025, a 1 de diciembre de 2025.",
    ),
    "fr": (
        "6\u202f279",
        "personnes ont été tuées ou blessées par des mines et des restes explosifs de guerre en 2024.",
        "Source\u00a0: Landmine Monitor 2025, au 1er décembre 2025.",
    ),
    "ru": (
        "6\u00a0279",
        "человек погибли или были ранены из-за мин и взрывоопасных пережитков войны в 2024 году.",
        "Источник: Landmine Monitor 2025, по состоянию на 1 декабря 2025 г.",
    ),
    "zh": (
        "6,279人",
        "在2024年因地雷和战争遗留爆炸物而死亡或受伤。",
        "来源：《2025年地雷监测报告》，截至2025年12月1日。",
    ),
}
BY_YEAR = {
    2013: 3457,
    2014: 3992,
    2015: 6971,
    2016: 9439,
    2017: 7253,
    2018: 6897,
    2019: 5853,
    2020: 7073,
    2021: 5544,
    2022: 4710,
    2023: 5757,
    2024: 6279,
}
BARS = tuple(Bar(str(year), float(count), f"{count:,}") for year, count in BY_YEAR.items())


def casualties(language: str, size: tuple[int, int] = WIDE) -> Card:
    """The card of a year's casualties."""
    figure, text, credit = CASUALTIES[language]
    return Card(language, CAMPAIGN, figure, text, credit, HASHTAGS, *size)


def treaty(size: tuple[int, int] = WIDE) -> Card:
    """A card that has no figure."""
    text = (
        "Under the Anti-Personnel Mine Ban Convention, every State Party undertakes never to use, develop, produce or "
        "stockpile anti-personnel mines."
    )
    credit = "Source: United Nations Treaty Collection, as of 25 November 2026."
    return replace(casualties("en", size), figure=None, text=text, credit=credit)


def chart(language: str, size: tuple[int, int] = WIDE) -> Card:
    """The card of a year's casualties, with those of the years before."""
    return replace(casualties(language, size), bars=BARS)
