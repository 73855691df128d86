"""`bot check` on translations: what waits for a person, and what reviews in the files are worth now."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.checking import check
from bot.library import load
from bot.model import Finding
from bot.settings import load_settings
from tests.translated import ARABIC_FILE, FRENCH_FILE, reword, translate
from tests.world import NOW, write_campaign


@pytest.fixture
def home(tmp_path: Path) -> Path:
    english = "observances:\n  mine-day:\n    a: It is {{ years }} years.\n"
    home = translate(write_campaign(tmp_path))
    file = home / "messages/templates/en/casualties.yaml"
    file.write_text(file.read_text() + english)
    return home


def findings(home: Path) -> list[Finding]:
    return list(check(home, NOW, due_within=0).findings)


def say_reviewed(home: Path, **seen: str) -> int:
    """Write reviews into the French file; the line of the first."""
    entries = "".join(
        f"  {name.replace('_', '-')}: {{by: ada, on: 2026-11-24, seen: {f}}}\n" for name, f in seen.items()
    )
    reword(home, "# The end.\n", f"reviewed:\n{entries}")
    lines = (home / FRENCH_FILE).read_text().splitlines()
    return lines.index("reviewed:") + 2


def fingerprint(home: Path, name: str) -> str:
    library = load(home / "messages", load_settings(home / "config").observances)
    block = library.block(name, "fr")
    assert block is not None
    return block.fingerprint


def test_each_file_with_unreviewed_translations_is_one_warning_that_says_how_to_review_them(
    home: Path,
) -> None:
    arabic, french = findings(home)
    assert str(arabic) == (
        f"{ARABIC_FILE}:1:1: warning [unreviewed] 1 translation waits for a person to read and review: "
        "casualties-2024. None of it is posted. `bot review ar` lists what waits; what was reviewed already, "
        "`bot library export --write` puts here."
    )
    assert "3 translations wait" in french.problem
    assert "casualties-2024, oslo-adoption, observance:mine-day." in french.problem


def test_only_the_first_few_are_named(home: Path) -> None:
    days = "".join(f"  day-{n}:\n    a: Un jour.\n" for n in range(3))
    reword(home, "# The end.\n", days)
    more = "".join(
        f"  day-{n}: {{title: A day, day: 04-0{n + 5}, fact: oslo-adoption, post: no}}\n" for n in range(3)
    )
    file = home / "config/observances.yaml"
    file.write_text(file.read_text() + more)
    (_, french) = findings(home)
    assert "casualties-2024, oslo-adoption, observance:mine-day and 3 more." in french.problem


def test_what_a_person_has_reviewed_is_no_finding(home: Path) -> None:
    say_reviewed(
        home,
        casualties_2024=fingerprint(home, "casualties-2024"),
        oslo_adoption=fingerprint(home, "oslo-adoption"),
        mine_day=fingerprint(home, "observance:mine-day"),
    )
    assert [finding.place.file for finding in findings(home)] == [ARABIC_FILE]


def test_a_review_of_a_text_that_changed_since_asks_to_read_it_anew(home: Path) -> None:
    line = say_reviewed(home, casualties_2024="00000000")
    (finding,) = [f for f in findings(home) if f.rule == "review-outdated"]
    assert (finding.severity, finding.place.line) == ("warning", line)
    now = fingerprint(home, "casualties-2024")
    assert "since ada reviewed it on 2026-11-24: they saw 00000000, it is " + now in finding.problem
    assert finding.mend == "Read it anew: `bot review fr casualties-2024`."


def test_a_review_of_what_is_not_there_is_an_error(home: Path) -> None:
    line = say_reviewed(home, casualties="00000000")
    (finding,) = [f for f in findings(home) if f.severity == "error"]
    assert (finding.rule, finding.place.line) == ("unknown-translation", line)
    assert finding.problem == "ada has reviewed 'casualties', of which nothing is said in fr."


def test_a_day_that_waits_for_review_in_a_language_of_an_account_does_have_a_wording(home: Path) -> None:
    (home / "config/accounts.yaml").write_text("accounts:\n  two: {network: file, language: fr}\n")
    assert {finding.rule for finding in findings(home)} == {"unreviewed"}
