"""A correction's first line, and the figures in it: as an old post told them, and as they are now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.composing.compose import body_of, render, values_of
from bot.composing.direction import without_isolates
from bot.library.shelf import Style
from bot.library.wording import BRACES
from bot.model import BotError, CardWording, Fact, Message, Number, Template

_SHOWN = re.compile(r"\{\{\s*(\w+)\s*(\|\s*upper_first\s*)?\}\}")
_SPACES = re.compile(r"[^\S\u00A0\u202F]+")
BLANK = "[…]"  # stands where a person is to write what nobody can know from here


def correction_line(style: Style, was: str | None, now: str | None, on: date) -> str | None:
    """How a correction begins in a language; a blank stands for a figure that is not known.

    None where the language has no words for it.
    """
    if style.correction is None:
        return None
    values = {"was": was or BLANK, "now": now or BLANK, "on": on}
    return render(f"correction/{style.language}", style.correction, style, on, values)


def figure_now(fact: Fact, card: CardWording | None, style: Style, on: date) -> str | None:
    """The main figure of a fact as its share card shows it; without a card, its only number. None: there is none."""
    try:
        if card is not None and card.figure is not None:
            shown = render(f"{fact.id}/figure", card.figure, style, on, values_of(fact, card.values))
            return without_isolates(shown)
        name = _only_number(fact)
        return None if name is None else render(fact.id, f"{{{{ {name} }}}}", style, on, dict(fact.values))
    except BotError:
        return None


def figure_told(
    message: Message, fact: Fact | None, card: CardWording | None, wordings: Iterable[Template]
) -> str | None:
    """The main figure as an old post told it: on its card, or where its wording has the number. None: nobody can know.

    `fact`, `card` and `wordings` are those of the old post, as they stand now; a wording that was changed since does
    not say where the number stood.
    """
    for picture in message.pictures:
        if picture.card is not None and picture.card.figure:
            return without_isolates(picture.card.figure)
    if fact is None:
        return None
    figure = card.figure if card is not None and card.figure else None
    name = _only_name(figure, fact) if figure else _only_number(fact)
    template = next((t for t in wordings if t.id == message.template_id), None)
    told = _told(body_of(message), template.text, name) if template and name else None
    if told is None:
        return None
    return BRACES.sub(lambda _: told, figure) if figure else told


def _only_number(fact: Fact) -> str | None:
    names = [name for name, value in fact.values.items() if isinstance(value, Number)]
    return names[0] if len(names) == 1 else None


def _only_name(figure: str, fact: Fact) -> str | None:
    """The value of a figure that shows one number and that as it is."""
    braces = BRACES.findall(figure)
    shown = _SHOWN.fullmatch(braces[0]) if len(braces) == 1 else None
    return shown[1] if shown and isinstance(fact.values.get(shown[1]), Number) else None


def _told(body: str, wording: str, name: str) -> str | None:
    """What stands in a text where its wording shows a value; None where the text is not of that wording."""
    pattern, at, place = "", 0, None
    for braces in BRACES.finditer(wording):
        shown = _SHOWN.fullmatch(braces[0])
        is_it = place is None and shown is not None and shown[1] == name
        place = shown if is_it else place
        pattern += _literally(wording[at : braces.start()]) + ("(.+?)" if is_it else ".*?")
        at = braces.end()
    match = re.fullmatch(pattern + _literally(wording[at:]), body) if place else None
    if match is None or place is None or not re.search(r"\d", match[1]):
        return None
    return match[1][:1].lower() + match[1][1:] if place[2] else match[1]


def _literally(text: str) -> str:
    """A pattern for a stretch of a wording; lines that were wrapped in the file are joined by one space."""
    return r"\s+".join(re.escape(part) for part in _SPACES.split(text))
