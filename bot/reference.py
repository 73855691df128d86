"""The reference pages of `docs/`, made from the models that read the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from bot.schemas import LIBRARY_FILES
from bot.settings import FILES

_HEAD = "Made by `bot reference`; do not edit.\n"


def configuration_page() -> str:
    """docs/configuration.md: every key of `config/`, with its meaning and default."""
    lines = [
        "# Configuration",
        "",
        _HEAD,
        "Every key of the files in `config/`. Secrets are in the environment: see `.env.example`.",
        "",
    ]
    for name, model in FILES.items():
        lines += _file(f"config/{name}", model)
    return "\n".join(lines)


def library_page() -> str:
    """docs/library-format.md: every key of `messages/`, with its meaning and default."""
    lines = [
        "# The library's files",
        "",
        _HEAD,
        "Every key of the files in `messages/`. How to work with them: `messages/README.md`.",
        "",
    ]
    for name, model in LIBRARY_FILES.items():
        lines += _file(f"messages/{name}/", model)
    return "\n".join(lines)


def _file(name: str, model: type[BaseModel]) -> Iterator[str]:
    schema = model.model_json_schema()
    yield f"## {name}\n"
    yield f"{_sentence(schema)}\n"
    yield from _table(schema)
    for title, part in schema.get("$defs", {}).items():
        if "properties" in part:
            yield f"### {title}\n"
            yield f"{_sentence(part)}\n"
            yield from _table(part)


def _sentence(part: dict[str, Any]) -> str:
    return str(part.get("description", "")).split("\n")[0]


def _table(part: dict[str, Any]) -> Iterator[str]:
    yield "| key | value | default | meaning |"
    yield "| --- | --- | --- | --- |"
    required = set(part.get("required", ()))
    for key, entry in part.get("properties", {}).items():
        default = "needed" if key in required else _shown(entry.get("default"))
        yield f"| `{key}` | {_kind(entry)} | {default} | {_cell(entry.get('description', ''))} |"
    yield ""


def _shown(default: Any) -> str:
    if default is None or default in ([], {}):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _kind(entry: dict[str, Any]) -> str:
    if "$ref" in entry:
        return str(entry["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in entry:
        kinds = [_kind(option) for option in entry["anyOf"] if option.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in entry or "const" in entry:
        return " / ".join(f"`{value}`" for value in entry.get("enum", [entry.get("const")]))
    if entry.get("type") == "array":
        return f"list of {_kind(entry['items'])}" if "items" in entry else "list"
    if entry.get("type") == "object":
        inner = entry.get("additionalProperties")
        return f"{_kind(inner)} by name" if isinstance(inner, dict) else "mapping"
    words = {"string": str(entry.get("format", "text")), "integer": "whole number"}
    kind = str(entry.get("type", "value"))
    return words.get(kind, kind)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
