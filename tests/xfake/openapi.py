"""Checks requests and answers against X's own OpenAPI description (the committed extract of it)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.xfake.extract import EXTRACT

BASE = "urn:x-api"
LEGACY_PARAMETERS = {"tweet.fields": "post.fields"}
"""Names the description no longer knows but tweepy 4.17 still sends."""

UNDESCRIBED_PROBLEMS = (
    "about:blank",
    "https://api.twitter.com/2/problems/unsupported-authentication",
)
"""Problem types that X is seen to send though its description lists only nine others, none for a 401,
a duplicate's 403 or a 429 (akrherz/iembot#163 of February 2026, xdevplatform/xmcp#7 of April 2026)."""

PLAIN_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": list(UNDESCRIBED_PROBLEMS)},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Operation:
    """One method on one path of the description, and the values its path held."""

    path: str
    method: str
    path_values: tuple[str, ...]

    @property
    def spec(self) -> dict[str, Any]:
        """What the description says of it."""
        found: dict[str, Any] = _document()["paths"][self.path][self.method.lower()]
        return found

    @property
    def allows_app_only(self) -> bool:
        """Whether a bearer token without a user is enough."""
        return {"BearerToken": []} in self.spec["security"]


def find_operation(method: str, path: str) -> Operation | None:
    """The described operation for this method and path; fixed paths win over ones with an id."""
    for template in sorted(_document()["paths"], key=lambda known: known.count("{")):
        pattern = re.sub(r"\{\w+\}", "([^/]+)", template)
        match = re.fullmatch(pattern, path)
        if match and method.lower() in _document()["paths"][template]:
            return Operation(template, method.upper(), match.groups())
    return None


def read_query(raw: str) -> dict[str, str]:
    """The query's parameters by their present names."""
    return {LEGACY_PARAMETERS.get(name, name): value for name, value in parse_qsl(raw, True)}


def request_violations(
    operation: Operation, raw_query: str, headers: Mapping[str, str], body: bytes, *, legacy: bool
) -> list[str]:
    """What in this request the description does not allow."""
    problems = list(_query_violations(operation, raw_query, legacy=legacy))
    problems += _path_violations(operation)
    problems += _body_violations(operation, headers.get("content-type", ""), body)
    return problems


def answer_violations(operation: Operation, status: int, content_type: str, body: bytes) -> list[str]:
    """What in this answer the description does not allow."""
    media_type = content_type.partition(";")[0].strip()
    responses = operation.spec["responses"]
    content = responses.get(str(status), responses["default"])["content"]
    if status < 400 and str(status) not in responses:
        return [f"answer: {status} is not described"]
    if media_type not in content:
        return [f"answer: {status} as {media_type!r} is not described"]
    value = json.loads(body)
    schema = content[media_type]["schema"]
    if media_type == "application/problem+json" and value.get("type") in UNDESCRIBED_PROBLEMS:
        schema = PLAIN_PROBLEM
    return _schema_violations(f"answer {status}", schema, value)


def _query_violations(operation: Operation, raw_query: str, *, legacy: bool) -> Iterator[str]:
    described = {p["name"]: p for p in _parameters(operation) if p["in"] == "query"}
    seen: set[str] = set()
    for sent, value in parse_qsl(raw_query, True):
        name = LEGACY_PARAMETERS.get(sent, sent) if legacy else sent
        if name not in described:
            yield f"query: {sent!r} is not described"
        elif name in seen:
            yield f"query: {sent!r} is given twice"
        else:
            schema = described[name]["schema"]
            yield from _schema_violations(f"query {sent}", schema, _typed(schema, value))
        seen.add(name)
    for name, parameter in described.items():
        if parameter.get("required") and name not in seen:
            yield f"query: {name!r} is missing"


def _path_violations(operation: Operation) -> list[str]:
    described = [p for p in _parameters(operation) if p["in"] == "path"]
    return [
        violation
        for parameter, value in zip(described, operation.path_values, strict=True)
        for violation in _schema_violations(f"path {parameter['name']}", parameter["schema"], value)
    ]


def _body_violations(operation: Operation, content_type: str, body: bytes) -> list[str]:
    described = operation.spec.get("requestBody")
    if described is None:
        return ["body: none is described"] if body else []
    media_type = content_type.partition(";")[0].strip()
    if media_type not in described["content"]:
        return [f"body: {media_type!r} is not described"]
    try:
        value = json.loads(body)
    except ValueError:
        return ["body: is not JSON"]
    return _schema_violations("body", described["content"][media_type]["schema"], value)


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    return [_followed(parameter) for parameter in operation.spec.get("parameters", [])]


def _followed(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    name = parameter["$ref"].rpartition("/")[2]
    found: dict[str, Any] = _document()["components"]["parameters"][name]
    return found


def _typed(schema: dict[str, Any], value: str) -> Any:
    """A query value as the type its schema names; what does not convert stays text and fails there."""
    if schema.get("type") == "array":
        return value.split(",")
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    return value


def _schema_violations(where: str, schema: dict[str, Any], value: Any) -> list[str]:
    error = best_match(_validator(json.dumps(schema, sort_keys=True)).iter_errors(value))
    return [f"{where}: {error.json_path}: {error.message}"] if error else []


@cache
def _validator(schema: str) -> Draft4Validator:
    return Draft4Validator(json.loads(schema), registry=_registry(), format_checker=_formats())


@cache
def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT4.create_resource(_document()))
    return registry


@cache
def _document() -> dict[str, Any]:
    """The extract, read once for the process, in words that JSON Schema understands."""
    document: dict[str, Any] = _as_json_schema(json.loads(EXTRACT.read_text(encoding="utf-8")))
    return document


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` as a type, references from anywhere, and no unknown members."""
    if isinstance(node, list):
        return [_as_json_schema(value) for value in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _as_json_schema(value) for key, value in node.items()}
    if isinstance(changed.get("$ref"), str) and changed["$ref"].startswith("#"):
        changed["$ref"] = BASE + changed["$ref"]
    if changed.get("type") == "object" and "properties" in changed:
        changed.setdefault("additionalProperties", False)
    if changed.get("nullable") is True:
        changed["type"] = [changed["type"], "null"]
        if "enum" in changed:
            changed["enum"] = [*changed["enum"], None]
    return changed


@cache
def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())

    @checker.checks("date-time", raises=ValueError)
    def _is_date_time(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    return checker
