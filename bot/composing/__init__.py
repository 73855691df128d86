"""How a fact reads on a network: (fact, template, language, rules, day) → the exact message. Pure."""

from bot.composing.cards import NOTHING, Beside
from bot.composing.compose import (
    DoesNotFit,
    Unrenderable,
    Words,
    body_of,
    compose,
    lay_out,
    render,
    values_of,
)
from bot.composing.correcting import BLANK, correction_line, figure_now, figure_told
from bot.composing.direction import isolated, without_isolates
from bot.composing.entities import entities_of
from bot.composing.measure import fits, length

__all__ = [
    "BLANK",
    "NOTHING",
    "Beside",
    "DoesNotFit",
    "Unrenderable",
    "Words",
    "body_of",
    "compose",
    "correction_line",
    "entities_of",
    "figure_now",
    "figure_told",
    "fits",
    "isolated",
    "lay_out",
    "length",
    "render",
    "values_of",
    "without_isolates",
]
