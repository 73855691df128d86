"""The language of templates: all that may stand in braces. Linter and composer both read wordings through here.

    {{ casualties }}    {{ casualties | upper_first }}    {{ adopted | years_since }}
    {{ states | counted(one='# State', other='# States') }}    a form for each way of counting that CLDR knows in the
        language (zero, one, two, few, many, other), with # where the number stands
    {% if years == 1 %}year{% elif … %}…{% else %}years{% endif %}    each side a value, a number or a 'text'

Jinja knows far more: calls, attributes, arithmetic, loops, macros, includes. All of it is refused in the syntax
tree, before anything is compiled or run, because only what is named here is let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from bot.library.format import FILTERS, NAME_PATTERN
from bot.model import BotError

LONGEST = 2000  # characters; the longest post of any network is a quarter of this
COUNTED = "counted"
CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_COMPARISONS = {"eq", "ne", "gt", "gteq", "lt", "lteq"}
_TOKENS = {"data", "whitespace", "name", "operator", "integer", "string"} | {
    f"{kind}_{end}" for kind in ("variable", "block") for end in ("begin", "end")
}
BRACES = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL)
_STATEMENT = re.compile(r"\{%[-+]?\s*(\w+)")
_READER = Environment(autoescape=False)  # noqa: S701 - reads only; the composer has its own


class BadWording(BotError):
    """A wording that is not written in the language above; `offset` is where in its text."""

    def __init__(self, problem: str, offset: int = 0) -> None:
        super().__init__(problem)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Wording:
    """What a wording asks for: every value it names, and those it shows whatever its conditions say."""

    names: frozenset[str]
    always_shown: frozenset[str]
    counted: tuple[frozenset[str], ...] = ()  # the forms that each `counted` gives


@lru_cache(maxsize=4096)
def parse(text: str) -> Wording:
    """What a wording asks for. Raises BadWording for anything that the language does not know."""
    if len(text) > LONGEST:
        raise BadWording(f"it is {len(text)} characters long, and the limit is {LONGEST}")
    try:
        tree = _tree(text)
    except TemplateSyntaxError as error:
        raise BadWording(error.message or "it cannot be read", _offset(text, error.lineno)) from None
    except BadWording as error:
        raise BadWording(str(error), _offset(text, 1)) from None
    names = frozenset(node.name for node in tree.find_all(nodes.Name))
    shown = [child for node in tree.body if isinstance(node, nodes.Output) for child in node.nodes]
    return Wording(
        names,
        frozenset(
            name.name
            for child in shown
            for name in [child, *child.find_all(nodes.Name)]
            if isinstance(name, nodes.Name)
        ),
        tuple(
            frozenset(str(form.key) for form in counted.kwargs)
            for counted in tree.find_all(nodes.Filter)
            if counted.name == COUNTED
        ),
    )


def literal(text: str) -> str:
    """The text with everything in braces blanked out by NUL characters, so that offsets stay the same."""
    return BRACES.sub(lambda braces: "\0" * len(braces[0]), text)


def offset_of(name: str, text: str) -> int:
    """Where a value is first named in a text."""
    for braces in BRACES.finditer(text):
        if found := re.search(rf"\b{re.escape(name)}\b", braces[0]):
            return braces.start() + found.start()
    return 0


def _tree(text: str) -> nodes.Template:
    try:
        if unknown := {kind for _, kind, _ in _READER.lex(text)} - _TOKENS:
            raise BadWording(_not_known(min(unknown)))
        tree = _READER.parse(text)
    except (RecursionError, ValueError):
        raise BadWording("what stands in its braces is too intricate") from None
    for statement in tree.body:
        _allow_statement(statement, nested=False)
    return tree


def _not_known(kind: str) -> str:
    if kind.startswith("comment"):
        return "a comment is written with # outside of the wording, not with {# #}"
    return "only values and {% if %} may stand in braces"


def _allow_statement(statement: nodes.Node, *, nested: bool) -> None:
    if isinstance(statement, nodes.Output):
        for child in statement.nodes:
            if not isinstance(child, nodes.TemplateData) and not _is_value(child):
                raise BadWording(
                    f"{{{{ }}}} may hold a value's name, alone or with | {' or | '.join((*FILTERS, COUNTED))}"
                )
    elif isinstance(statement, nodes.If) and not nested:
        for branch in [statement, *statement.elif_]:
            _allow_condition(branch.test)
        for inner in _branches(statement):
            _allow_statement(inner, nested=True)
    elif isinstance(statement, nodes.If):
        raise BadWording("an {% if %} may not stand in another")
    else:
        raise BadWording("only if, elif, else and endif may stand in {% %}")


def _branches(statement: nodes.If) -> Iterator[nodes.Node]:
    yield from statement.body
    for branch in statement.elif_:
        yield from branch.body
    yield from statement.else_


def _allow_condition(test: nodes.Node) -> None:
    fine = (
        isinstance(test, nodes.Compare)
        and len(test.ops) == 1
        and test.ops[0].op in _COMPARISONS
        and all(_is_value(side) or _is_constant(side) for side in (test.expr, test.ops[0].expr))
    )
    if not fine:
        raise BadWording("a condition compares two things: a value's name, a whole number or a 'text'")


def _is_value(node: nodes.Node) -> bool:
    if _is_counted(node):
        return True
    if isinstance(node, nodes.Filter) and node.name == "upper_first" and _is_counted(node.node):
        return not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
    if isinstance(node, nodes.Filter):
        plain = not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
        return plain and node.name in FILTERS and isinstance(node.node, nodes.Name) and _is_value(node.node)
    return isinstance(node, nodes.Name) and re.fullmatch(NAME_PATTERN, node.name) is not None


def _is_counted(node: nodes.Node | None) -> bool:
    if not isinstance(node, nodes.Filter) or node.name != COUNTED:
        return False
    return _gives_forms(node) and _is_countable(node.node)


def _gives_forms(node: nodes.Filter) -> bool:
    keys = [form.key for form in node.kwargs]
    return (
        not (node.args or node.dyn_args or node.dyn_kwargs)
        and set(keys) <= set(CATEGORIES)
        and "other" in keys
        and len(set(keys)) == len(keys)
        and all(_is_form(form.value) for form in node.kwargs)
    )


def _is_form(node: nodes.Node) -> bool:
    """Text without a number: that stands where # does."""
    return isinstance(node, nodes.Const) and type(node.value) is str and not re.search(r"\d", node.value)


def _is_countable(node: nodes.Node | None) -> bool:
    if isinstance(node, nodes.Filter):
        return node.name == "years_since" and _is_value(node)
    return isinstance(node, nodes.Name) and _is_value(node)


def _is_constant(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and type(node.value) in (int, str)


def _offset(text: str, line: int) -> int:
    """Where the first braces stand that cannot be read by themselves, or not there; else the start of the line."""
    for braces in BRACES.finditer(text):
        try:
            _tree(_made_whole(braces[0]))
        except (TemplateSyntaxError, BadWording):
            return braces.start()
    misplaced = _misplaced(text)
    lines = text.splitlines(keepends=True)[: line - 1]
    return sum(map(len, lines)) if misplaced is None else misplaced


def _misplaced(text: str) -> int | None:
    """Where an {% if %} stands inside another or has no end, or where there is an end, or else, of none."""
    opened = None
    for braces in BRACES.finditer(text):
        word = _STATEMENT.match(braces[0])
        if word is None:
            continue
        if (word[1] == "if") == (opened is not None):
            return braces.start()
        if word[1] == "if":
            opened = braces.start()
        elif word[1] == "endif":
            opened = None
    return opened


def _made_whole(braces: str) -> str:
    """Braces that can be read by themselves when nothing is wrong inside: an opening {% if %} gets its end."""
    word = _STATEMENT.match(braces)
    if word is None:
        return braces
    if word[1] == "if":
        return braces + "{% endif %}"
    if word[1] in ("elif", "else"):
        return "{% if 1 == 1 %}" + braces + "{% endif %}"
    return "{% if 1 == 1 %}" + braces if word[1] == "endif" else braces
