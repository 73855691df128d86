"""Reading forms: a pydantic model says what is right, and each mistake is told beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

M = TypeVar("M", bound=BaseModel)

_PLAIN = {
    "missing": "This is needed.",
    "string_too_short": "This is needed.",
    "int_parsing": "This is to be a whole number.",
    "enum": "Choose one of these.",
    "literal_error": "Choose one of these.",
    "date_from_datetime_parsing": "Write a day as 2027-04-04.",
    "date_parsing": "Write a day as 2027-04-04.",
    "time_parsing": "Write a time of day as 09:30.",
    "datetime_from_date_parsing": "Write a moment as 2027-04-04 09:30.",
}


class Form(BaseModel):
    """A form's fields; blanks around a text do not count."""

    model_config = ConfigDict(str_strip_whitespace=True, frozen=True)


Reason = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Filled(Generic[M]):
    """A form as somebody filled it in: `value` if it is right, else what is wrong by field."""

    value: M | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def wrong(self, name: str, problem: str) -> Filled[M]:
        """The same form with a mistake that only the page could find."""
        return Filled(None, self.given, {**self.errors, name: problem})


def read(model: type[M], form: Mapping[str, str]) -> Filled[M]:
    """A form's fields as a typed value, or what is wrong with them in words."""
    try:
        return Filled(model.model_validate(dict(form)), form)
    except ValidationError as error:
        return Filled(None, form, {_name(e): _plain(e) for e in error.errors(include_url=False)})


def _name(problem: Any) -> str:
    return str(problem["loc"][0]) if problem["loc"] else ""


def _plain(problem: Any) -> str:
    if problem["type"] == "string_too_long":
        return f"This is to be at most {problem['ctx']['max_length']} characters long."
    said = str(problem["msg"]).removeprefix("Value error, ")
    return _PLAIN.get(problem["type"], said[:1].upper() + said[1:].rstrip(".") + ".")
