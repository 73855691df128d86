"""The figures of a correction: as every wording of the real library told them, and as the fact has them now."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.composing import BLANK, compose, correction_line, figure_now, figure_told
from bot.library import Library, load
from bot.library.shelf import Style
from bot.model import CardWording, Counting, Number, PictureRules, Rules
from bot.programme import beside
from bot.settings import Settings, load_settings
from tests.world import ROOT

ON = date(2026, 11, 25)
PLAIN = Rules(Counting.GRAPHEMES, 9_999)
WITH_CARDS = replace(PLAIN, pictures=PictureRules(1200, 675, 900_000, 9_999))
FACT = "lm2025-casualties-2024"


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(ROOT / "config")


@pytest.fixture(scope="module")
def library(settings: Settings) -> Library:
    return load(ROOT / "messages", settings.observances)


def test_what_a_wording_told_is_read_back_exactly_or_not_at_all(settings: Settings, library: Library) -> None:
    read: Counter[str] = Counter()
    for template in library.all_templates():
        fact, style = library.facts[template.fact_id], library.styles[template.language]
        card = library.cards.get((fact.id, style.language))
        now = figure_now(fact, card, style, ON) if fact.status.postable else None
        if now is None:
            continue
        observance = settings.observances.get(template.observance_id or "")
        message = compose(template, fact, style, PLAIN, settings.campaign.hashtags, ON, observance)
        told = figure_told(message, fact, card, [template])
        assert told in (now, None), template.id
        read[style.language] += told is not None
    assert min(read[language] for language in library.styles) >= 50, read


@pytest.mark.parametrize("language", ["ar", "en", "es", "fr", "ru", "zh"])
def test_a_figure_that_was_mended_is_told_as_it_was_and_as_it_is(
    settings: Settings, library: Library, language: str
) -> None:
    fact, style = library.facts[FACT], library.styles[language]
    card = library.cards[FACT, language]
    old = replace(fact, values={**fact.values, "casualties": Number(Decimal(5757), "at least")})
    for template in library.templates[FACT, language]:
        for rules in (PLAIN, WITH_CARDS):
            around = replace(beside(settings, library, fact, language, {}), card=card)
            message = compose(template, old, style, rules, ["MineAction"], ON, None, around)
            told = figure_told(message, fact, card, [template])
            assert told == figure_now(old, card, style, ON), (template.id, rules.pictures)
            line = correction_line(style, told, figure_now(fact, card, style, ON), ON)
            assert line is not None
            assert BLANK not in line
            assert "5757" in line.replace(",", "").replace("\u202f", "").replace("\xa0", "")


def test_a_wording_that_was_changed_since_says_nothing(library: Library) -> None:
    fact, style = library.facts[FACT], library.styles["en"]
    template = library.templates[FACT, "en"][0]
    message = compose(template, fact, style, PLAIN, [], ON)
    changed = replace(template, text="Now it reads otherwise: {{ casualties }}.")
    assert figure_told(message, fact, library.cards[FACT, "en"], [changed]) is None
    assert figure_told(message, None, None, [template]) is None


def test_a_fact_with_two_numbers_and_no_card_has_no_main_figure(library: Library) -> None:
    fact, style = library.facts[FACT], library.styles["en"]
    two = replace(fact, values={"one": Number(Decimal(1)), "two": Number(Decimal(2))})
    assert figure_now(two, None, style, ON) is None
    one = replace(fact, values={"one": Number(Decimal(1), "about"), "place": "Oslo"})
    assert figure_now(one, None, style, ON) == "about 1"
    unfit = CardWording(FACT, "en", "people", "{{ nobody }}")
    assert figure_now(one, unfit, style, ON) is None


def test_what_is_not_known_is_left_blank_and_a_language_without_the_line_has_none() -> None:
    style = Style("en", "Source: {{ credit }}, as of {{ as_of }}.")
    assert correction_line(style, "1", "2", ON) is None
    style = replace(style, correction="On {{ on }}: {{ was }}, now {{ now }}.")
    assert correction_line(style, None, "2", ON) == "On 25 November 2026: […], now 2."
