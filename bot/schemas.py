"""JSON Schemas of every file people edit, made from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from bot.library.format import FactsFile, StyleFile, TemplatesFile
from bot.settings import FILES

_LIBRARY: dict[str, type[BaseModel]] = {"facts": FactsFile, "templates": TemplatesFile, "style": StyleFile}


def schemas() -> dict[str, dict[str, Any]]:
    """Each schema by the path of its file in the campaign folder."""
    found = {f"messages/schema/{name}.schema.json": _schema(model) for name, model in _LIBRARY.items()}
    return found | {
        f"config/schema/{name.removesuffix('.yaml')}.schema.json": _schema(model)
        for name, model in FILES.items()
    }


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    made: dict[str, Any] = _for_editors(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | made


def _for_editors(part: Any) -> Any:
    """Editors read 2024 as a number where the bot reads text; both are right, so both are allowed."""
    if isinstance(part, dict):
        changed = {name: _for_editors(value) for name, value in part.items()}
        if (
            changed.get("type") == "string"
            and "enum" not in changed
            and "format" not in changed
            and "pattern" not in changed
        ):
            changed["type"] = ["string", "number"]
        return changed
    return [_for_editors(item) for item in part] if isinstance(part, list) else part
