"""Messages and rules as JSON and back, without loss."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.model import Counting, Entity, EntityKind, Message, Rules


def message_to_json(message: Message) -> dict[str, Any]:
    """A message as plain data."""
    return asdict(message)


def message_from_json(data: dict[str, Any]) -> Message:
    """The message that `message_to_json` wrote."""
    entities = tuple(Entity(**{**entity, "kind": EntityKind(entity["kind"])}) for entity in data["entities"])
    return Message(**{**data, "entities": entities})


def rules_to_json(rules: Rules) -> dict[str, Any]:
    """Rules as plain data."""
    return asdict(rules)


def rules_from_json(data: dict[str, Any]) -> Rules:
    """The rules that `rules_to_json` wrote."""
    return Rules(**{**data, "counting": Counting(data["counting"])})
