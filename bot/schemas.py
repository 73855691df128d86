"""JSON Schemas of every file people edit, made from the models that read them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from bot.library.format import FactsFile, StyleFile, TemplatesFile
from bot.settings import FILES

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
    """Editors read 2024 as a number where the bot reads text; both are right, so both are allowed."""
    if isinstance(part, list):
        return [_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    changed = {name: _for_editors(value) for name, value in part.items()}
    is_free_text = changed.get("type") == "string" and not changed.keys() & {
        "enum",
        "format",
        "pattern",
        "const",
    }
    return changed | {"type": ["string", "number"]} if is_free_text else changed
