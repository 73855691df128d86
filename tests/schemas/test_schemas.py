"""The JSON Schemas: whole by their own standard, and of one mind with the bot about the files people edit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.schemas import schema_files, schemas
from tests.world import ACCOUNTS, FACTS, STYLE, TEMPLATES, write_campaign

CAMPAIGN = """
name: Test campaign
time_zone: Europe/Zurich
hashtags: [MineAction]
horizon_days: 30
approval: required
cool_downs: {fact_days: 60}
"""
SLOTS = """
slots:
  morning: {weekdays: [mon, sun], at: "09:00", time_zone: UTC, accounts: [one], facts: {groups: [numbers]}}
  often: {every_days: 2, starting: 2027-01-01, at: "23:59"}
  once: {dates: [2027-04-04], at: "00:00"}
  odd: {cron: "0 9 * * *"}
quiet_hours: {start: "22:00", end: "06:00", then: skip}
observances: {at: "10:00", several: all, spacing_minutes: 60, instead_of_slots: false}
"""
OBSERVANCES = """
observances:
  day: {title: Mine day, day: 04-04, fact: oslo-adoption, origin: 2005-12-08, priority: 10, post: true}
  leap: {title: Leap day, day: 02-29, fact: oslo-adoption, kind: observance}
sensitive_days:
  quiet: {title: A sad day, dates: [01-27], days_around: 1, groups: [weapons]}
reviews:
  report: {title: Landmine Monitor, months: [11]}
"""
EVERY_KEY = """
subject: Everything
sources:
  un: {title: 2025, publisher: UN, credit: UN, date: 2025, address: "https://www.un.org/a"}
  old: {title: Report, publisher: UN, credit: UN, date: 2025-06-30}
facts:
  everything:
    claim: Everything is said.
    values: {share: 0.5, change: -3, year: 2024, since: 1998-09, mines: {number: "53", comparator: more than}, all: [a, 2]}
    scope: worldwide
    source: un
    as_of: 2025-12-01
    review_by: never
    status: position
    since: 2026-11-24
    reason: a view
    lift: ask
    group: numbers-2024
    conflicts: [oslo-adoption]
    superseded_by: oslo-adoption
    attributed_to: the ICRC
    link: https://www.un.org/b
    corroborated_by: [2025]
    seed: word for word
    confidence: low
    checked_on: 2026-11-24
    notes: none
"""
WITH_WORDS = STYLE + "avoid:\n  - {word: victim, say: survivor, why: they live}\n"
FILES = [
    ("messages/schema/facts.schema.json", FACTS),
    ("messages/schema/facts.schema.json", EVERY_KEY),
    ("messages/schema/templates.schema.json", TEMPLATES + "observances:\n  day:\n    a: Now.\n"),
    ("messages/schema/style.schema.json", WITH_WORDS),
    ("config/schema/campaign.schema.json", CAMPAIGN),
    ("config/schema/accounts.schema.json", ACCOUNTS + "  three: {network: x, options: {like: x, most: 5}}\n"),
    ("config/schema/slots.schema.json", SLOTS),
    ("config/schema/observances.schema.json", OBSERVANCES),
]
REFUSED = [
    ("messages/schema/facts.schema.json", FACTS, "confidence: high", "confidance: high"),
    ("messages/schema/facts.schema.json", FACTS, "status: post", "status: posted"),
    ("messages/schema/facts.schema.json", FACTS, "  parties-165:", "  Parties_165:"),
    ("messages/schema/facts.schema.json", FACTS, "comparator: at least", "comparator: over"),
    ("messages/schema/facts.schema.json", FACTS, "    claim: 165 States are party.\n", ""),
    ("messages/schema/facts.schema.json", EVERY_KEY, "https://www.un.org/a", "www.un.org/a"),
    ("messages/schema/facts.schema.json", EVERY_KEY, "all: [a, 2]", "all: []"),
    ("messages/schema/templates.schema.json", TEMPLATES, "language: en", "language: de"),
    ("messages/schema/templates.schema.json", TEMPLATES, "    a: In", "    A-1: In"),
    ("messages/schema/style.schema.json", WITH_WORDS, "say: survivor, ", ""),
    ("config/schema/campaign.schema.json", CAMPAIGN, "horizon_days: 30", "horizon_days: 0"),
    ("config/schema/campaign.schema.json", CAMPAIGN, "approval: required", "approval: maybe"),
    ("config/schema/campaign.schema.json", CAMPAIGN, "[MineAction]", '["#MineAction"]'),
    ("config/schema/accounts.schema.json", ACCOUNTS, "{network: file}", "{}"),
    ("config/schema/slots.schema.json", SLOTS, 'at: "09:00"', 'at: "9:00"'),
    ("config/schema/slots.schema.json", SLOTS, 'at: "09:00"', 'at: "24:00"'),
    ("config/schema/slots.schema.json", SLOTS, "[mon, sun]", "[Monday]"),
    ("config/schema/slots.schema.json", SLOTS, "then: skip", "then: wait"),
    ("config/schema/observances.schema.json", OBSERVANCES, "day: 04-04", "day: 13-04"),
    ("config/schema/observances.schema.json", OBSERVANCES, "day: 04-04", "day: 4 April"),
    ("config/schema/observances.schema.json", OBSERVANCES, "months: [11]", "months: [13]"),
]


class EditorLoader(yaml.SafeLoader):
    """YAML as an editor's checker reads it: numbers and truths are typed, days are text."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def complaints(name: str, text: str) -> list[str]:
    """What an editor underlines in a file, by the schema of this name."""
    data = yaml.load(text, Loader=EditorLoader)
    checker = Draft202012Validator(schemas()[name], format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in checker.iter_errors(data)]


def objects(part: Any) -> list[dict[str, Any]]:
    """Every part of a schema that describes a mapping of named keys."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    own = [part] if isinstance(part, dict) and isinstance(part.get("properties"), dict) else []
    return own + [found for piece in inner for found in objects(piece)]


@pytest.mark.parametrize("name", schemas())
def test_a_schema_is_a_valid_one_of_the_2020_12_draft(name: str) -> None:
    made = schemas()[name]
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("name", schemas())
def test_no_mapping_of_a_schema_takes_a_key_it_does_not_know(name: str) -> None:
    described = objects(schemas()[name])
    assert described
    assert [part.get("title") for part in described if part.get("additionalProperties") is not False] == []


@pytest.mark.parametrize(("name", "text"), FILES)
def test_a_file_that_the_bot_takes_is_taken_by_an_editor(name: str, text: str) -> None:
    assert complaints(name, text) == []


@pytest.mark.parametrize(("name", "text"), FILES)
def test_an_unknown_key_is_underlined(name: str, text: str) -> None:
    assert any("colour" in complaint for complaint in complaints(name, f"colour: blue\n{text.lstrip()}"))


@pytest.mark.parametrize(("name", "text", "old", "new"), REFUSED)
def test_a_mistake_is_underlined(name: str, text: str, old: str, new: str) -> None:
    assert old in text
    assert complaints(name, text.replace(old, new, 1)) != []


@pytest.mark.parametrize("day", ["2026-02-30", "1 December 2026", "2026-12"])
def test_a_day_that_does_not_exist_is_underlined(day: str) -> None:
    assert complaints("messages/schema/facts.schema.json", FACTS.replace("2025-12-01", day, 1)) != []


def test_the_small_campaign_is_taken_as_it_is_written(tmp_path: Path) -> None:
    home = write_campaign(tmp_path)
    for name in schemas():
        folder, _, kind = name.removesuffix(".schema.json").split("/")
        here = home / folder
        files = [here / f"{kind}.yaml"] if folder == "config" else list((here / kind).rglob("*.yaml"))
        assert files
        for path in files:
            assert complaints(name, path.read_text(encoding="utf-8")) == []


def test_the_file_of_a_schema_is_its_json_and_is_made_the_same_every_time() -> None:
    files = schema_files()
    assert {name: json.loads(text) for name, text in files.items()} == schemas()
    assert all(text.endswith("}\n") for text in files.values())
    assert files == schema_files()


def test_every_key_that_people_may_write_is_explained() -> None:
    silent = [
        f"{name}: {key}"
        for name in ("messages/schema/facts.schema.json", "config/schema/campaign.schema.json")
        for part in objects(schemas()[name])
        for key, about in part["properties"].items()
        if not about.get("description")
    ]
    assert silent == []
