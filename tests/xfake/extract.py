"""Makes `openapi-extract.json` from X's whole OpenAPI description.

python -m tests.xfake.extract ../shared/x/openapi.json
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EXTRACT = Path(__file__).with_name("openapi-extract.json")
NEEDED_PATHS = (
    "/2/media/metadata",
    "/2/media/upload",
    "/2/tweets",
    "/2/tweets/{id}",
    "/2/users/me",
    "/2/users/{id}/tweets",
)
KEPT_INFO = ("title", "version", "license", "termsOfService")


def extract(description: dict[str, Any]) -> dict[str, Any]:
    """The needed paths with every component they reach, and nothing else."""
    paths = {path: description["paths"][path] for path in NEEDED_PATHS}
    components: dict[str, dict[str, Any]] = {
        "securitySchemes": _without_flows(description["components"]["securitySchemes"])
    }
    for reference in _reached(paths, description):
        _, _, kind, name = reference.split("/")
        components.setdefault(kind, {})[name] = _without_prose(_component(description, reference))
    return {
        "openapi": description["openapi"],
        "info": {key: description["info"][key] for key in KEPT_INFO},
        "servers": description["servers"],
        "paths": paths,
        "components": components,
    }


def as_text(extracted: dict[str, Any]) -> str:
    """The same extract is always the same text."""
    return json.dumps(extracted, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _reached(paths: dict[str, Any], description: dict[str, Any]) -> set[str]:
    """Every reference that can be walked to from these paths."""
    seen: set[str] = set()
    waiting = list(_references(paths))
    while waiting:
        reference = waiting.pop()
        if reference not in seen:
            seen.add(reference)
            waiting.extend(_references(_component(description, reference)))
    return seen


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _component(description: dict[str, Any], reference: str) -> Any:
    _, _, kind, name = reference.split("/")
    return description["components"][kind][name]


def _without_prose(node: Any) -> Any:
    """The schema without its explanations; a property that is *called* description stays."""
    if isinstance(node, dict):
        return {
            key: _without_prose(value)
            for key, value in node.items()
            if not (key in ("description", "example") and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_without_prose(value) for value in node]
    return node


def _without_flows(schemes: dict[str, Any]) -> dict[str, Any]:
    return {name: {k: v for k, v in scheme.items() if k != "flows"} for name, scheme in schemes.items()}


def main() -> None:
    """Write the extract beside this file."""
    whole = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    EXTRACT.write_text(as_text(extract(whole)), encoding="utf-8")


if __name__ == "__main__":
    main()
