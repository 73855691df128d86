"""What the library's tests share: the small campaign with something changed, and what is found in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, settings

from bot.library import Library, lint, load
from bot.model import Finding
from tests.world import FACTS, TEMPLATES, write_campaign

TODAY = date(2026, 11, 24)
FACTS_FILE = "messages/facts/casualties.yaml"
TEMPLATES_FILE = "messages/templates/en/casualties.yaml"
STYLE_FILE = "messages/style/en.yaml"
unhurried = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def changed(text: str, old: str, new: str) -> str:
    """The text with the first occurrence of something replaced."""
    assert old in text
    return text.replace(old, new, 1)


def in_facts(old: str, new: str) -> str:
    """The small campaign's facts with something changed."""
    return changed(FACTS, old, new)


def with_wording(yaml: str, fact: str = "casualties-2024") -> str:
    """The small campaign's templates with wording `a` of a fact as this piece of YAML."""
    others = TEMPLATES[TEMPLATES.index("  oslo-adoption") :] if fact == "casualties-2024" else ""
    return f"language: en\ntemplates:\n  {fact}:\n    a: {yaml}\n{others}"


def findings(home: Path, today: date = TODAY, due_within: int = 0) -> list[Finding]:
    """Everything that reading and linting `messages/` finds."""
    return lint(load(home / "messages"), home, today, due_within)


def found(home: Path, today: date = TODAY, due_within: int = 0) -> list[str]:
    """The same, each as its place and its rule."""
    return [f"{finding.place} {finding.rule}" for finding in findings(home, today, due_within)]


def library(home: Path, **replaced: str) -> Library:
    """The small campaign's library, with other texts for some of its files."""
    return load(write_campaign(home, **replaced) / "messages")
