"""Messages and rules as JSON and back, without loss."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.model import Bar, Card, Counting, Entity, EntityKind, LinkCard, Message, Picture, PictureRules, Rules


def message_to_json(message: Message) -> dict[str, Any]:
    """A message as plain data."""
    return asdict(message)


def message_from_json(data: dict[str, Any]) -> Message:
    """The message that `message_to_json` wrote, now or before messages had pictures and threads."""
    known = {name: value for name, value in data.items() if name != "alt_text"}
    entities = tuple(Entity(**{**entity, "kind": EntityKind(entity["kind"])}) for entity in data["entities"])
    thread = tuple(message_from_json(part) for part in data.get("thread", ()))
    pictures = tuple(_picture(picture) for picture in data.get("pictures", ()))
    link_card = LinkCard(**data["link_card"]) if data.get("link_card") else None
    return Message(
        **{
            **known,
            "entities": entities,
            "thread": thread,
            "pictures": pictures,
            "link_card": link_card,
        }
    )


def _picture(data: dict[str, Any]) -> Picture:
    card = data["card"]
    if card is None:
        return Picture(**data)
    return Picture(**{**data, "card": Card(**{**card, "bars": tuple(Bar(**bar) for bar in card["bars"])})})


def rules_to_json(rules: Rules) -> dict[str, Any]:
    """Rules as plain data."""
    return asdict(rules)


def rules_from_json(data: dict[str, Any]) -> Rules:
    """The rules that `rules_to_json` wrote."""
    pictures = PictureRules(**data["pictures"]) if data.get("pictures") else None
    return Rules(**{**data, "counting": Counting(data["counting"]), "pictures": pictures})
