"""Fills a template with a fact and lays out the post: wording, credit line, link, hashtags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined, TemplateError, pass_context
from jinja2 import Template as Jinja
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.composing.display import display, upper_first, years_since
from bot.composing.entities import entities_of, host_of, tags_in
from bot.composing.measure import length
from bot.library.reading import Style
from bot.library.wording import BadWording, parse
from bot.model import BotError, Fact, Message, Observance, Rules, Template

_DAY = "_day"
# Spaces that a wrapped line in the file leaves; those that hold a number together (6 279) stay.
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
) -> Message:
    """The exact message for one day (the campaign's calendar day of the slot).

    Raises Unrenderable when the template asks for what the fact does not have, and DoesNotFit
    when the text is too long for the rules.
    """
    body = _body(template, fact, on, observance)
    words = Words(body, template.language, template.id, fact.link)
    return _fitting(lay_out(words, fact, style, rules, hashtags, on))


@dataclass(frozen=True, slots=True)
class Words:
    """What a person or a template says, in one language, before credit line, link and hashtags join it."""

    body: str
    language: str
    template_id: str
    link: str | None


def lay_out(
    words: Words, fact: Fact, style: Style, rules: Rules, hashtags: Sequence[str], on: date
) -> Message:
    """The message around a body, measured but not judged: it may be too long."""
    link_text = _link_text(words.link, rules)
    text = _layout(words.body, _credit_line(fact, style, on), link_text, hashtags)
    return _measured(text, words, fact, rules, link_text)


def body_of(message: Message) -> str:
    """The words of a message, without credit line, link and hashtags."""
    return message.text.rpartition("\n\n")[0]


def _fitting(message: Message) -> Message:
    if message.length > message.limit:
        raise DoesNotFit(message.template_id, message.length, message.limit)
    if message.byte_limit is not None and message.byte_length > message.byte_limit:
        raise DoesNotFit(message.template_id, message.byte_length, message.byte_limit, " bytes")
    return message


def _body(template: Template, fact: Fact, on: date, observance: Observance | None) -> str:
    values: dict[str, Any] = dict(fact.values)
    if fact.attributed_to:
        values["attributed_to"] = fact.attributed_to
    if observance is not None and observance.origin is not None:
        try:
            values["years"] = years_since(observance.origin, on)
        except ValueError as error:
            raise Unrenderable(f"{template.id} cannot be filled: {error}") from error
    body = _render(template.id, template.text, template.language, on, values)
    if not body:
        raise Unrenderable(f"{template.id} says nothing on {on}")
    return body


def _credit_line(fact: Fact, style: Style, on: date) -> str:
    values = {"credit": fact.source.credit, "as_of": fact.as_of}
    return _render(f"credit/{style.language}", style.credit, style.language, on, values)


def _render(name: str, text: str, language: str, on: date, values: dict[str, Any]) -> str:
    try:
        if unknown := parse(text).names - values.keys():
            raise Unrenderable(f"{name} cannot be filled: there is no value called {min(unknown)!r}")
        rendered = _template(text, language).render(values, **{_DAY: on})
    except (BadWording, TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise Unrenderable(f"{name} cannot be filled: {error}") from error
    return _SPACES.sub(" ", rendered).strip(" ")


@cache
def _environment(language: str) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # posts are plain text
        finalize=partial(display, language=language),
    )
    environment.globals.clear()
    environment.filters = {"upper_first": upper_first(language), "years_since": _years_since}
    environment.tests.clear()
    return environment


@pass_context
def _years_since(context: Context, value: Any) -> int:
    on: date = context[_DAY]
    return years_since(value, on)


@lru_cache(maxsize=4096)
def _template(text: str, language: str) -> Jinja:
    return _environment(language).from_string(text)


def _link_text(link: str | None, rules: Rules) -> str | None:
    if link is None:
        return None
    return host_of(link) if rules.links == "host" else link


def _layout(body: str, credit: str, link_text: str | None, hashtags: Sequence[str]) -> str:
    already = {tag.casefold() for tag in tags_in(f"{body}\n{credit}")}
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
        link=words.link,
        fact_id=fact.id,
        fact_version=fact.version,
        template_id=words.template_id,
        length=length(text, rules),
        limit=rules.limit,
        byte_length=len(text.encode()),
        byte_limit=rules.byte_limit,
    )
