"""What `bot check` finds by reading: mistakes in the wording of templates, and facts that fall due."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import regex

from bot.library.guard import refusals
from bot.library.reviews import lint_reviews
from bot.library.shelf import SOURCE_LANGUAGE, Library, Style
from bot.library.spots import Files
from bot.library.wording import BadWording, Wording, literal, offset_of, parse
from bot.model import CardWording, Fact, Finding, Number, Place, Severity, Status, Template, Value


def _words(words: str, joined: str = "") -> re.Pattern[str]:
    return re.compile(rf"\b{joined}(?:{'|'.join(words.split())})\b", re.IGNORECASE)


_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion "
    "dozen half quarter twice"
)

# Digits of any script, and letters that are numbers (½, Ⅻ) unless they belong to a unit (km²).
_DIGITS = regex.compile(r"\p{Nd}+(?:[.,\u00A0\u202F\u066B\u066C]?\p{Nd}+)*\s?%?|(?<!\p{L})[\p{Nl}\p{No}]+")
_SPELLED_OUT = {
    "en": re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS.split())})(?:e?s)?\b", re.IGNORECASE),
    "fr": _words(
        "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante "
        "cinquante soixante cents? mille millions? milliards? douzaines? moitié quart"
    ),
    "es": _words(
        "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince veinte treinta cuarenta "
        "cincuenta sesenta setenta ochenta noventa cien ciento cientos mil millón millones docenas? mitad"
    ),
    "ru": _words(
        "два две двух три трёх трех четыре четырёх четырех пять пяти шесть семь восемь девять десять двадцать тридцать "
        "сорок пятьдесят шестьдесят сто тысяч[аи]? миллион(?:а|ов)? миллиард(?:а|ов)? половин[аы]"
    ),
    "zh": re.compile(r"[二三四五六七八九十百千万亿两]+(?=[个名国年月日枚人次份])"),
    "ar": _words(
        "اثنان اثنين ثلاثة ثلاث أربعة أربع خمسة خمس ستة ست سبعة سبع ثمانية ثماني تسعة تسع عشرة عشرون عشرين ثلاثون ثلاثين "
        "مائة مئة ألف آلاف مليون ملايين نصف",
        "(?:[وفبلك]{1,2})?",
    ),
}
_JOINED = {
    "ar": "(?:[وفبلك]{1,2})?"
}  # Arabic writes and, so, with, for, as together with the word that follows
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>|<!--|&(?:[a-zA-Z][a-zA-Z0-9]*|#\d+|#[xX][0-9a-fA-F]+);")
_MENTION = re.compile(r"(?<!\w)[@＠][^\s\0]*")  # an address such as info@example.org mentions nobody
_LINK = re.compile(r"(?:https?://|www\.)[^\s\0]*|(?<![\w.@-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?!\w)", re.IGNORECASE)
_UNSEEN = "\u202a\u202b\u202c\u202d\u202e\u200b\u2028\u2029\u2060\ufeff\u00ad"  # isolates and joiners have their uses
_BRACE = re.compile(r"[{}]+")
_AS_FACT = re.compile(r"\bfacts?\b", re.IGNORECASE)


class _Line(NamedTuple):
    """A line of a style file: which values it has, and which of them it always shows."""

    called: str
    offers: frozenset[str]
    needs: frozenset[str]
    rule: str


_OF_CREDIT = frozenset({"credit", "as_of"})
_CREDIT = _Line("The credit line", _OF_CREDIT, _OF_CREDIT, "credit-incomplete")
_CORRECTION = _Line(
    "A correction", frozenset({"was", "now", "on"}), frozenset({"was", "now"}), "correction-incomplete"
)


class Flaw(NamedTuple):
    """Something wrong in a text, at an offset."""

    offset: int
    rule: str
    problem: str
    mend: str


def lint(library: Library, root: Path, today: date, due_within: int = 30) -> list[Finding]:
    """Every finding that needs no rendering. `root` is the folder above `messages/`, to point at columns."""
    findings = list(library.findings)
    files = Files(root)
    for template in library.all_templates():
        fact = library.facts.get(template.fact_id)
        if fact is not None:
            flaws = _flaws_of_template(template, fact, library.styles.get(template.language))
            findings += _findings(flaws, template.text, template.place, files)
    for card in library.cards.values():
        fact = library.facts.get(card.fact_id)
        if fact is not None:
            findings += _findings(
                _flaws_of_card(card, fact, library.styles.get(card.language)), card.text, card.place, files
            )
    for style in library.styles.values():
        findings += _findings(_flaws_of_credit(style), style.credit, style.place, files)
        if style.correction is not None:
            flaws = _flaws_of_correction(style, style.correction)
            findings += _findings(flaws, style.correction, style.correction_place, files)
    findings += _unnamed_sources(library)
    findings += lint_reviews(library)
    for fact in library.facts.values():
        findings += _lint_fact(fact, library, today, due_within)
        findings += _lint_values(fact, library, files)
    return sorted(findings)


def unfillable(template: Template, fact: Fact) -> bool:
    """Whether a wording cannot be filled with its fact, as `lint` has said with the place of the mistake."""
    try:
        return not parse(template.text).names <= _known(template, fact)
    except BadWording:
        return True


def as_template(card: CardWording, text: str) -> Template:
    """A text of a card as if it were a wording of its own."""
    return Template(
        f"{card.fact_id}/{card.language}/card", card.fact_id, card.language, text, values=card.values
    )


def flaws_of_words(body: str, style: Style) -> list[Flaw]:
    """What speaks against a person's own words for one post; its numbers are judged by whoever knows the fact."""
    return [*_unfit_for_posts(body), *_house_style(body, style)]


def _findings(flaws: Iterator[Flaw], text: str, start: Place, files: Files) -> Iterator[Finding]:
    for flaw in flaws:
        yield Finding(files.spot(text, flaw.offset, start), flaw.rule, flaw.problem, flaw.mend)


def _known(template: Template, fact: Fact) -> set[str]:
    own = ["attributed_to"] if fact.attributed_to else []
    return {*fact.values, *own, *(["years"] if template.observance_id else [])}


def _flaws_of_template(template: Template, fact: Fact, style: Style | None) -> Iterator[Flaw]:
    text = template.text
    try:
        wording = parse(text)
    except BadWording as error:
        yield _syntax(error)
        return
    known = _known(template, fact)
    offers = ", ".join(sorted(known)) or "none"
    for name in sorted(wording.names - known):
        problem = f"{fact.id} has no value called {name!r}."
        yield Flaw(offset_of(name, text), "unknown-value", problem, f"It has: {offers}.")
    yield from _flaws_of_translation(template, fact, wording, style)
    by_hand = f"Make it a value of {fact.id} and quote that."
    yield from _flaws_of_words(text, template.language, by_hand)
    yield from _house_style(literal(text), style)
    if fact.status is Status.POSITION:
        yield from _flaws_of_position(fact, text, wording.always_shown)


def _flaws_of_card(card: CardWording, fact: Fact, style: Style | None) -> Iterator[Flaw]:
    for text in filter(None, (card.figure, card.text)):
        for flaw in _flaws_of_template(as_template(card, text), fact, style):
            if flaw.rule != "unattributed" or text is card.text:
                yield (
                    flaw if text is card.text else flaw._replace(offset=0, problem=f"figure: {flaw.problem}")
                )


def _flaws_of_translation(
    template: Template, fact: Fact, wording: Wording, style: Style | None
) -> Iterator[Flaw]:
    for forms in wording.counted:
        if missing := categories(template.language) - forms:
            problem = f"`counted` lacks the form for {', '.join(sorted(missing))} in {template.language}."
            yield Flaw(0, "plural", problem, "Give every form that CLDR has for this language.")
    if template.language == SOURCE_LANGUAGE:
        return
    known: dict[str, Value | None] = {**fact.values, "attributed_to": fact.attributed_to}
    for name in sorted(wording.names & known.keys()):
        value = known[name]
        if isinstance(value, str | tuple) and name not in template.values:
            problem = f"{name!r} is text, and {template.language} has none for it."
            mend = f"Write values: {fact.id}: {name}: in a file of messages/templates/{template.language}/."
            yield Flaw(offset_of(name, template.text), "untranslated-value", problem, mend)
        comparator = value.comparator if isinstance(value, Number) else None
        if comparator and style is not None and comparator not in style.comparators:
            mend = f"Write it under comparators: in messages/style/{template.language}.yaml."
            problem = f"There are no words for {comparator!r} in {template.language}."
            yield Flaw(offset_of(name, template.text), "comparator", problem, mend)


@cache
def categories(language: str) -> frozenset[str]:
    """The ways of counting that CLDR knows in a language."""
    from babel import Locale

    return frozenset({*Locale.parse(language).plural_form.tags, "other"})


def _unnamed_sources(library: Library) -> Iterator[Finding]:
    for language, style in library.styles.items():
        told = {fact_id for fact_id, other in library.cards if other == language}
        told |= {t.fact_id for t in library.all_templates() if t.language == language}
        facts = (library.facts[fact_id] for fact_id in told if fact_id in library.facts)
        for credit in sorted({fact.source.credit for fact in facts if style.name_of(fact.source) is None}):
            problem = f"{language} has no name for the source {credit!r}."
            yield Finding(style.place, "unnamed-source", problem, "Write it under sources: in this file.")


def _flaws_of_position(fact: Fact, text: str, always_shown: frozenset[str]) -> Iterator[Flaw]:
    if "attributed_to" not in always_shown:
        problem = f"{fact.id} is a position, and this wording does not say whose."
        yield Flaw(0, "unattributed", problem, "Use {{ attributed_to }}, outside of any {% if %}.")
    for match in _AS_FACT.finditer(literal(text)):
        problem = f"{fact.id} is a position and is called a fact."
        yield Flaw(match.start(), "position-as-fact", problem, "Say whose view it is.")


def _flaws_of_credit(style: Style) -> Iterator[Flaw]:
    yield from _flaws_of_line(style.credit, style, _CREDIT)


def _flaws_of_correction(style: Style, text: str) -> Iterator[Flaw]:
    yield from _flaws_of_line(text, style, _CORRECTION)
    yield from _house_style(literal(text), style)


def _flaws_of_line(text: str, style: Style, line: _Line) -> Iterator[Flaw]:
    try:
        wording = parse(text)
    except BadWording as error:
        yield _syntax(error)
        return
    for name in sorted(wording.names - line.offers):
        problem = f"{line.called} has no value called {name!r}."
        yield Flaw(
            offset_of(name, text), "unknown-value", problem, f"It has: {', '.join(sorted(line.offers))}."
        )
    for name in sorted(line.needs - wording.always_shown):
        problem = f"{line.called} does not always show {name}."
        yield Flaw(0, line.rule, problem, f"Add {{{{ {name} }}}}.")
    quoted = " and ".join(f"{{{{ {name} }}}}" for name in sorted(line.needs, reverse=True))
    yield from _flaws_of_words(text, style.language, f"Quote {quoted}.")


def _syntax(error: BadWording) -> Flaw:
    return Flaw(
        error.offset, "template-syntax", f"The template cannot be read: {error}.", "Check its {{ and }}."
    )


def _flaws_of_words(text: str, language: str, mend_number: str) -> Iterator[Flaw]:
    words = literal(text)
    numbers = [_DIGITS, *([_SPELLED_OUT[language]] if language in _SPELLED_OUT else [])]
    for pattern in numbers:
        for match in pattern.finditer(words):
            problem = f"The number {match[0]!r} is written by hand."
            yield Flaw(match.start(), "number-by-hand", problem, mend_number)
    for match in _BRACE.finditer(words):
        problem = f"{match[0]!r} stands alone; followers would see it as it is."
        yield Flaw(match.start(), "template-syntax", problem, "A value stands in {{ and }}.")
    yield from _unfit_for_posts(words)


def _unfit_for_posts(text: str) -> Iterator[Flaw]:
    """What no post may hold, whether it comes from a wording or from a value."""
    for match in _HTML.finditer(text):
        problem = f"{match[0]!r} is HTML; followers would see it as it is."
        yield Flaw(match.start(), "html", problem, "Write plain text.")
    for match in _MENTION.finditer(text):
        problem = f"{match[0]!r} mentions an account, or looks as if it did."
        yield Flaw(match.start(), "mention", problem, "Write the name without @.")
    for match in _LINK.finditer(text):
        problem = f"{match[0]!r} is a link, or becomes one on a network."
        yield Flaw(
            match.start(), "inline-link", problem, "Use the fact's `link`, or write the name in words."
        )
    for offset, character in enumerate(text):
        if _is_control(character):
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            yield Flaw(offset, "control-character", f"There is a control character ({name}).", "Delete it.")


def _is_control(character: str) -> bool:
    return character in _UNSEEN or (
        character not in "\0\t\n" and unicodedata.category(character) in ("Cc", "Co", "Cs")
    )


def _house_style(words: str, style: Style | None) -> Iterator[Flaw]:
    for avoid in style.avoid if style else ():
        spaced = r"\s+".join(re.escape(part) for part in avoid.word.split())
        for match in re.finditer(_whole(spaced, style.language if style else ""), words, re.IGNORECASE):
            problem = f"Avoid {match[0]!r} ({avoid.why})."
            yield Flaw(match.start(), "house-style", problem, f"Say: {avoid.say}.")


def _whole(word: str, language: str) -> str:
    """A pattern for a word that stands by itself; Chinese writes no spaces between words."""
    return word if language == "zh" else rf"(?<!\w){_JOINED.get(language, '')}{word}(?!\w)"


def _lint_values(fact: Fact, library: Library, files: Files) -> Iterator[Finding]:
    texts: list[tuple[tuple[str | int, ...], str]] = []
    for name, value in fact.values.items():
        if isinstance(value, str):
            texts.append((("values", name), value))
        elif isinstance(value, tuple):
            texts += [(("values", name, index), item) for index, item in enumerate(value)]
    if fact.attributed_to:
        texts.append((("attributed_to",), fact.attributed_to))
    for key, text in texts:
        yield from _findings(_unfit_for_posts(text), text, library.value_place_in(fact, *key), files)


def _lint_fact(fact: Fact, library: Library, today: date, due_within: int) -> Iterator[Finding]:
    for other_id in sorted(fact.conflicts):
        other = library.facts.get(other_id)
        if other is not None and fact.id not in other.conflicts:
            yield Finding(
                other.place, "one-sided-conflict", f"{fact.id} names {other_id} as a conflict, but not the other way round.",
                f"Add {fact.id} to the conflicts of {other_id}.",
            )  # fmt: skip
    if not fact.status.postable:
        return
    if not library.wordings(fact.id, "en") and "templates" not in library.incomplete:
        yield Finding(
            fact.place,
            "no-wording",
            f"{fact.id} may be posted but has no wording.",
            "Add some under messages/templates/en/.",
        )
    if fact.review_by is not None:
        yield from _due(fact, fact.review_by, library, today, due_within)


def _due(fact: Fact, last_day: date, library: Library, today: date, due_within: int) -> Iterator[Finding]:
    place = library.place_in(fact, "review_by")
    if any(refusal.code == "overdue" for refusal in refusals(fact, today)):
        yield Finding(
            place, "overdue", f"{fact.id} fell due on {last_day} and is not posted.",
            f"Check it against {fact.source.publisher}, then set as_of and review_by.", Severity.WARNING,
        )  # fmt: skip
    elif (days := (last_day - today).days) <= due_within:
        when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {last_day}")
        yield Finding(
            place, "due-soon", f"{fact.id} falls due {when}.",
            f"Check it against {fact.source.publisher} before then.", Severity.WARNING,
        )  # fmt: skip
