"""JSON Schemas of every file people edit, made from the models that read them."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic import BaseModel

from bot.library.format import FactsFile, StyleFile, TemplatesFile
from bot.settings import FILES

_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_MONTH_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"

LIBRARY_FILES: dict[str, type[BaseModel]] = {
    "facts": FactsFile,
    "templates": TemplatesFile,
    "style": StyleFile,
}


def schemas() -> dict[str, dict[str, Any]]:
    """Each schema by the path of its file in the campaign folder."""
    library = {f"messages/schema/{name}.schema.json": _schema(model) for name, model in LIBRARY_FILES.items()}
    config = {
        f"config/schema/{name.removesuffix('.yaml')}.schema.json": _schema(m) for name, m in FILES.items()
    }
    return library | config


def schema_files() -> dict[str, str]:
    """The text of each schema file, by its path."""
    return {name: json.dumps(made, ensure_ascii=False, indent=2) + "\n" for name, made in schemas().items()}


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    made: dict[str, Any] = _for_editors(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | made


def _for_editors(part: Any) -> Any:
    """What an editor takes for right is what the bot takes for right.

    Editors read 2024 as a number where the bot reads text; both are right, so both are allowed. Days and times
    are text in the file, and names that do not follow their pattern are refused.
    """
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    if part.get("format") == "time":
        return _without(part, "format") | {"pattern": _CLOCK}
    if [item.get("type") for item in part.get("prefixItems", ())] == ["integer", "integer"]:
        kept = _without(part, "prefixItems", "minItems", "maxItems")
        return kept | {"type": "string", "pattern": _MONTH_DAY}
    changed = {name: _for_editors(value) for name, value in part.items()}
    if "patternProperties" in changed:
        changed.setdefault("additionalProperties", False)
    is_text = changed.get("type") == "string" and not changed.keys() & {"enum", "format", "const"}
    may_be_number = is_text and (
        "pattern" not in changed or re.search(changed["pattern"], "2024") is not None
    )
    return changed | {"type": ["string", "number"]} if may_be_number else changed


def _without(part: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in names}
