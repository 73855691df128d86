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

BLANK = "[…]"  # stands where a person is to write what nobody can know from here
# {{ name }}, as it is, counted, or with a capital letter.
_SHOWN = re.compile(r"\{\{\s*(\w+)\s*(?:\|\s*counted\((.*)\)\s*)?(\|\s*upper_first\s*)?\}\}", re.DOTALL)
_FORM = re.compile(r"\w+\s*=\s*(?:'([^']*)'|\"([^\"]*)\")")
_UPPER_FIRST = re.compile(r"\s*\|\s*upper_first")
_YEARS_STOP = re.compile(r"\d\s?г$")  # 2025 г. at the end of a sentence shares its stop
_SPACES = re.compile(r"[^\S\u00A0\u202F]+")


def correction_line(style: Style, was: str | None, now: str | None, on: date) -> str | None:
    """How a correction begins in a language; a blank stands for a figure that is not known.

    None where the language has no words for it. Raises Unrenderable.
    """
    if style.correction is None:
        return None
    values = {"was": was or BLANK, "now": now or BLANK, "on": on}
    return render(f"correction/{style.language}", style.correction, style, on, values)


def figure_now(fact: Fact, card: CardWording | None, style: Style, on: date) -> str | None:
    """The main figure of a fact as its share card shows it, as in the middle of a sentence; without a card, its only number.

    None where there is none.
    """
    figure, values = _figure(card), dict(fact.values)
    if figure and card:
        values = values_of(fact, card.values)
    elif name := _only_number(fact):
        figure = f"{{{{ {name} }}}}"
    try:
        shown = render(f"{fact.id}/figure", figure, style, on, values) if figure else ""
    except BotError:
        return None
    return _in_a_sentence(without_isolates(shown), figure or "") or None


def figure_told(
    message: Message, fact: Fact | None, card: CardWording | None, wordings: Iterable[Template]
) -> str | None:
    """The main figure as an old post told it: on its card, or where its wording has it. None: nobody can know.

    `fact`, `card` and `wordings` are those of the old post, as they stand now; a wording that was changed since does
    not say where the figure stood.
    """
    figure = _figure(card)
    for picture in message.pictures:
        if picture.card is not None and picture.card.figure:
            return _in_a_sentence(without_isolates(picture.card.figure), figure or "")
    if fact is None:
        return None
    name = _only_name(figure, fact) if figure else _only_number(fact)
    template = next((t for t in wordings if t.id == message.template_id), None)
    told = _told(body_of(message), template.text, name) if template and name else None
    return _in_a_sentence(BRACES.sub(lambda _: told, figure), figure) if told and figure else told


def _figure(card: CardWording | None) -> str | None:
    return card.figure if card is not None else None


def _only_number(fact: Fact) -> str | None:
    names = [name for name, value in fact.values.items() if isinstance(value, Number)]
    return names[0] if len(names) == 1 else None


def _only_name(figure: str, fact: Fact) -> str | None:
    """The value of a figure that shows one number, year or date, and does not count with it."""
    braces = BRACES.findall(figure)
    shown = _SHOWN.fullmatch(braces[0]) if len(braces) == 1 else None
    is_one = shown is not None and shown[2] is None
    return shown[1] if shown and is_one and not isinstance(fact.values.get(shown[1]), str | tuple) else None


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
    if match is None or place is None:
        return None
    whole = _lower_first(match[1]) if place[3] else match[1]
    told = _counted(whole, place[2]) if place[2] else whole
    return _YEARS_STOP.sub(r"\g<0>.", told) if told and re.search(r"\d", told) else None


def _counted(text: str, forms: str) -> str | None:
    """The number in what `counted` made of it; None where it is told in words."""
    for form in _FORM.finditer(forms):
        before, number, after = (form[1] or form[2] or "").partition("#")
        match = re.fullmatch(_literally(before) + r"(.*\d.*?)" + _literally(after), text)
        if number and match:
            return match[1]
    return None


def _in_a_sentence(shown: str, figure: str) -> str:
    """A figure as it stands in a sentence, where the card gave it, or a word before it, a capital letter."""
    has_capital = figure[:1].isalpha() or _UPPER_FIRST.search(figure)
    return _lower_first(shown) if has_capital else shown


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _literally(text: str) -> str:
    """A pattern for a stretch of a wording; lines that were wrapped in the file are joined by one space."""
    return r"\s+".join(re.escape(part) for part in _SPACES.split(text))
