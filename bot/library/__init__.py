"""Facts and their wordings: read from `messages/`, linted, and guarded."""

from bot.library.guard import Refusal, Told, conflicts_near, refusals
from bot.library.lint import as_template, flaws_of_words, lint, unfillable
from bot.library.reading import load
from bot.library.shelf import Block, Library, Reviewed, Style

__all__ = [
    "Block",
    "Library",
    "Refusal",
    "Reviewed",
    "Style",
    "Told",
    "as_template",
    "conflicts_near",
    "flaws_of_words",
    "lint",
    "load",
    "refusals",
    "unfillable",
]
