"""Fills a template with a fact and lays out the post: wording, credit line, link, hashtags, and what is beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, pass_context
from jinja2 import Template as Jinja
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.composing.cards import NOTHING, Beside, card_of
from bot.composing.direction import isolated, without_isolates
from bot.composing.display import counted, display, upper_first, years_since
from bot.composing.entities import entities_of, host_of, tags_in
from bot.composing.measure import length
from bot.composing.thread import in_posts, joined
from bot.library.shelf import Style
from bot.library.wording import COUNTED, BadWording, parse
from bot.model import BotError, Fact, Message, Observance, Rules, Template

_DAY = "_day"
# Spaces that a wrapped line in the file leaves; those that hold a number together (6 279) stay.
_BETWEEN_CHINESE = re.compile(r"(?<=[\u3000-\u9FFF\uFF00-\uFFEF]) (?=[\u3000-\u9FFF\uFF00-\uFFEF])")
_STOPPED = (
    "\0"  # stands behind a value that ends in a stop (2025 г.), so that its sentence does not end in two
)
_SPACES = re.compile(r"[^\S\u00A0\u2007\u202F]+")


class Unrenderable(BotError):
    """The template cannot be filled with this fact; the text says why."""


class DoesNotFit(BotError):
    """The finished text is longer than the network allows; it is never cut."""

    def __init__(self, template_id: str, measured: int, limit: int, unit: str = "") -> None:
        super().__init__(f"{template_id} measures {measured}{unit}, and the limit is {limit}")
        self.measured = measured
        self.limit = limit


def compose(
    template: Template,
    fact: Fact,
    style: Style,
    rules: Rules,
    hashtags: Sequence[str],
    on: date,
    observance: Observance | None = None,
    beside: Beside = NOTHING,
) -> Message:
    """The exact message for one day (the campaign's calendar day of the slot).

    Raises Unrenderable when the template asks for what the fact does not have, and DoesNotFit
    when the text is too long for the rules, for one post and for a thread.
    """
    body = _body(template, fact, style, on, observance)
    words = Words(body, template.language, template.id, fact.link)
    return _fitting(lay_out(words, fact, style, rules, hashtags, on, beside))


@dataclass(frozen=True, slots=True)
class Words:
    """What a person or a template says, in one language, before credit line, link and hashtags join it."""

    body: str
    language: str
    template_id: str
    link: str | None


def lay_out(
    words: Words,
    fact: Fact,
    style: Style,
    rules: Rules,
    hashtags: Sequence[str],
    on: date,
    beside: Beside = NOTHING,
) -> Message:
    """The message around a body, measured but not judged: it may be too long.

    A body that is too long for one post makes a thread where the rules allow that: the first post has credit line,
    link and hashtags, because it is the one that is seen and shared alone.
    """
    link_text = _link_text(words.link, rules)
    credit = _credit_line(fact, style, on)

    def laid_out(part: str, place: int) -> Message:
        shown = link_text if place == 0 else None
        text = part if place else _layout(part, credit, link_text, hashtags, words.body, words.language)
        return _measured(isolated(text, words.language), words, fact, rules, shown)

    message = laid_out(words.body, 0)
    if rules.threads and not _is_fitting(message):
        message = (
            in_posts(words.body, words.language, laid_out, _is_fitting, numbered=rules.numbered) or message
        )
    return _illustrated(message, fact, rules, credit, hashtags, style, on, beside)


def _illustrated(
    message: Message,
    fact: Fact,
    rules: Rules,
    credit: str,
    hashtags: Sequence[str],
    style: Style,
    on: date,
    beside: Beside,
) -> Message:
    """The message with its share card; else, where the network shows one, with the card of its link."""
    if rules.pictures is not None and beside.card is not None:
        said = [
            render(f"{fact.id}/{style.language}/card", text, style, on, values_of(fact, beside.card.values))
            if text
            else None
            for text in (beside.card.figure, beside.card.text)
        ]
        tags = " ".join(f"#{tag}" for tag in hashtags)
        card = card_of(
            said[0], said[1] or "", credit, tags, beside.campaign, fact.series, style, rules.pictures
        )
        return replace(message, pictures=(card,))
    link_card = beside.link_card
    if rules.link_cards and link_card is not None and link_card.url == message.link:
        return replace(message, link_card=link_card)
    return message


def body_of(message: Message) -> str:
    """The words of a message, without credit line, link, hashtags and the numbers of a thread's posts."""
    parts = [message.text.rpartition("\n\n")[0], *(post.text for post in message.thread)]
    return joined([without_isolates(part) for part in parts], message.language)


def _is_fitting(message: Message) -> bool:
    within_bytes = message.byte_limit is None or message.byte_length <= message.byte_limit
    return message.length <= message.limit and within_bytes


def _fitting(message: Message) -> Message:
    if message.length > message.limit:
        raise DoesNotFit(message.template_id, message.length, message.limit)
    if message.byte_limit is not None and message.byte_length > message.byte_limit:
        raise DoesNotFit(message.template_id, message.byte_length, message.byte_limit, " bytes")
    return message


def values_of(fact: Fact, own: Mapping[str, Any]) -> dict[str, Any]:
    """What a wording may quote: the fact's values, its texts as the language has them."""
    values: dict[str, Any] = dict(fact.values)
    if fact.attributed_to:
        values["attributed_to"] = fact.attributed_to
    return values | dict(own)


def _body(template: Template, fact: Fact, style: Style, on: date, observance: Observance | None) -> str:
    values = values_of(fact, template.values)
    if observance is not None and observance.origin is not None:
        try:
            values["years"] = years_since(observance.origin, on)
        except ValueError as error:
            raise Unrenderable(f"{template.id} cannot be filled: {error}") from error
    body = render(template.id, template.text, style, on, values)
    if not body:
        raise Unrenderable(f"{template.id} says nothing on {on}")
    return body


def _credit_line(fact: Fact, style: Style, on: date) -> str:
    name = style.name_of(fact.source)
    if name is None:
        raise Unrenderable(
            f"messages/style/{style.language}.yaml has no name for the source {fact.source.credit!r}"
        )
    return render(f"credit/{style.language}", style.credit, style, on, {"credit": name, "as_of": fact.as_of})


def render(name: str, text: str, style: Style, on: date, values: dict[str, Any]) -> str:
    """A text of the files filled with values, on one line; `name` says in an error whose it is. Raises Unrenderable."""
    try:
        if unknown := parse(text).names - values.keys():
            raise Unrenderable(f"{name} cannot be filled: there is no value called {min(unknown)!r}")
        comparators = tuple(sorted(style.comparators.items()))
        rendered = _template(text, style.language, comparators).render(values, **{_DAY: on})
    except (BadWording, TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise Unrenderable(f"{name} cannot be filled: {error}") from error
    said = _SPACES.sub(" ", rendered.replace(f"{_STOPPED}.", "").replace(_STOPPED, "")).strip(" ")
    return _BETWEEN_CHINESE.sub("", said) if style.language == "zh" else said


@cache
def _environment(language: str, comparators: tuple[tuple[str, str], ...]) -> ImmutableSandboxedEnvironment:
    known = dict(comparators)

    def shown(value: Any) -> str:
        text = display(value, language, known)
        return text + _STOPPED if text.endswith(".") else text

    def _counted(value: Any, **forms: str) -> str:
        return counted(value, forms, language, known)

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # posts are plain text
        finalize=shown,
    )
    environment.globals.clear()
    environment.filters = {
        "upper_first": upper_first(language, known),
        "years_since": _years_since,
        COUNTED: _counted,
    }
    environment.tests.clear()
    return environment


@pass_context
def _years_since(context: Context, value: Any) -> int:
    on: date = context[_DAY]
    return years_since(value, on)


@lru_cache(maxsize=64)  # a compiled wording weighs 30 kB, and is used again at once or not for long
def _template(text: str, language: str, comparators: tuple[tuple[str, str], ...]) -> Jinja:
    return _environment(language, comparators).from_string(text)


def _link_text(link: str | None, rules: Rules) -> str | None:
    if link is None:
        return None
    return host_of(link) if rules.links == "host" else link


def _layout(
    body: str, credit: str, link_text: str | None, hashtags: Sequence[str], whole: str, language: str
) -> str:
    """A post's text; `whole` is the body of all posts of a thread, where a hashtag may stand already."""
    already = {tag.casefold() for tag in tags_in(isolated(f"{whole}\n{credit}", language))}
    missing = []
    for tag in hashtags:
        if tag.casefold() not in already:
            already.add(tag.casefold())
            missing.append(f"#{tag}")
    tail = [credit, link_text, " ".join(missing)]
    return f"{body}\n\n" + "\n".join(line for line in tail if line)


def _measured(text: str, words: Words, fact: Fact, rules: Rules, link_text: str | None) -> Message:
    return Message(
        text=text,
        language=words.language,
        entities=entities_of(text, words.link, link_text),
        link=words.link if link_text else None,
        fact_id=fact.id,
        fact_version=fact.version,
        template_id=words.template_id,
        length=length(text, rules),
        limit=rules.limit,
        byte_length=len(text.encode()),
        byte_limit=rules.byte_limit,
    )
