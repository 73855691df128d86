"""Who hears a card is told what who sees it reads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.drawing import alt_text
from tests.drawing.samples import BARS, CASUALTIES, HASHTAGS, casualties, treaty

SAID = {
    "ar": "6,279 شخصًا قُتلوا أو أُصيبوا بالألغام ومخلفات الحرب القابلة للانفجار في عام 2024. "
    "2023: 5,757؛ 2024: 6,279. "
    "المصدر: \u2068Landmine Monitor 2025\u2069، حتى 1 ديسمبر 2025. Forward Not Fragmented.",
    "en": "6,279 people were killed or injured by mines and explosive remnants of war in 2024. 2023: 5,757; 2024: 6,279. "
    "Source: Landmine Monitor 2025, as of 1 December 2025. Forward Not Fragmented.",
    "es": "6.279 personas murieron o resultaron heridas por minas y restos explosivos de guerra en 2024. "
    "2023: 5,757; 2024: 6,279. Fuente: Landmine Monitor 2025, a 1 de diciembre de 2025. Forward Not Fragmented.",
    "fr": "6\u202f279 personnes ont été tuées ou blessées par des mines et des restes explosifs de guerre en 2024. "
    "2023\u00a0: 5,757\u00a0; 2024\u00a0: 6,279. Source\u00a0: Landmine Monitor 2025, au 1er décembre 2025. "
    "Forward Not Fragmented.",
    "ru": "6\u00a0279 человек погибли или были ранены из-за мин и взрывоопасных пережитков войны в 2024 году. "
    "2023: 5,757; 2024: 6,279. Источник: Landmine Monitor 2025, по состоянию на 1 декабря 2025 г. "
    "Forward Not Fragmented.",
    "zh": "6,279人在2024年因地雷和战争遗留爆炸物而死亡或受伤。2023：5,757；2024：6,279。"
    "来源：《2025年地雷监测报告》，截至2025年12月1日。Forward Not Fragmented。",
}


@pytest.mark.parametrize("language", CASUALTIES)
def test_figure_text_bars_credit_and_campaign_are_said_in_this_order(language: str) -> None:
    assert alt_text(replace(casualties(language), bars=BARS[-2:])) == SAID[language]


def test_hashtags_are_not_said() -> None:
    assert HASHTAGS.split()[0] not in alt_text(casualties("en"))


def test_without_a_figure_the_text_comes_first() -> None:
    assert alt_text(treaty()).startswith("Under the Anti-Personnel Mine Ban Convention, every State Party")


def test_a_sentence_that_has_its_end_gets_no_other() -> None:
    card = replace(casualties("en"), text="people asked “why?”", credit="Source: UN (2025)")
    assert "“why?” Source: UN (2025). Forward" in alt_text(card)


def test_two_numbers_never_become_one() -> None:
    assert alt_text(replace(casualties("zh"), figure="162", text="2025年的缔约国")).startswith(
        "162 2025年的缔约国。"
    )
