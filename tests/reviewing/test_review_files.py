"""Reviews written back into the templates files: as edits that leave comments, order and line ends as they are."""

from __future__ import annotations

import subprocess
from datetime import date

import pytest

from bot import confirming, reviewing
from bot.library import load
from bot.model import Misconfigured, Translation
from bot.review_files import Edit, edited
from bot.workspace import Workspace
from tests.reviewing.conftest import again
from tests.translated import FRENCH, FRENCH_FILE, reword
from tests.world import NOW

FACT = "casualties-2024"
ENTRY = '{by: "ada", on: 2026-11-24, seen: "%s"}'


def seen(space: Workspace, name: str = FACT) -> str:
    return reviewing.block_of(space, name, "fr").fingerprint


def review(space: Workspace, *names: str, who: str = "ada") -> None:
    reviewing.review_all(space, "fr", {name: seen(space, name) for name in names or (FACT,)}, who, NOW)


def french(space: Workspace) -> str:
    return (space.home / FRENCH_FILE).read_bytes().decode()


def test_a_review_is_written_to_the_end_of_its_file_and_the_rest_stays_as_it_was(space: Workspace) -> None:
    read = {name: seen(space, name) for name in (FACT, "observance:mine-day")}
    review(space, *read)
    assert confirming.write_back(space) == [FRENCH_FILE]
    lines = [f"  casualties-2024: {ENTRY % read[FACT]}", f"  mine-day: {ENTRY % read['observance:mine-day']}"]
    assert french(space) == FRENCH + "\nreviewed:\n" + "\n".join(lines) + "\n"
    assert confirming.write_back(again(space)) == [], "the file says it all already"
    written = load(space.home / "messages", space.settings.observances)
    assert [block.name for block in written.unreviewed() if block.language == "fr"] == ["oslo-adoption"]


def test_as_a_patch_it_applies(space: Workspace) -> None:
    review(space)
    patch = confirming.patch(space)
    assert french(space) == FRENCH, "a patch changes nothing by itself"
    subprocess.run(["git", "apply", "-"], cwd=space.home, input=patch, text=True, check=True)
    assert french(space).endswith(f"\nreviewed:\n  casualties-2024: {ENTRY % seen(space)}\n")
    assert confirming.patch(again(space)) == ""


def test_another_review_joins_the_section_that_is_there_where_it_ends(space: Workspace) -> None:
    first = seen(space, "oslo-adoption")
    section = f"reviewed:  # by people\n    oslo-adoption:\n      by: bob  # from Bern\n      on: 2026-01-01\n      seen: {first}\n"
    reword(space.home, "observances:\n", f"{section}\nobservances:\n")
    space = again(space)
    review(space)
    before = french(space)
    confirming.write_back(space)
    end = f"      seen: {first}\n"
    assert french(space) == before.replace(end, f"{end}    casualties-2024: {ENTRY % seen(space)}\n")


def test_a_review_that_is_out_of_date_is_renewed_in_its_place_with_its_comments(space: Workspace) -> None:
    reword(
        space.home,
        "# The end.\n",
        "reviewed:\n  casualties-2024:  # with care\n    seen: 00000000\n    by: bob  # from Bern\n    on: 2026-01-01\n# The end.\n",
    )
    space = again(space)
    review(space)
    before = french(space)
    confirming.write_back(space)
    changed = before.replace("00000000", f'"{seen(space)}"').replace("bob", '"ada"')
    assert french(space) == changed.replace("2026-01-01", "2026-11-24")
    assert confirming.write_back(again(space)) == []


def test_what_was_taken_back_leaves_the_file(space: Workspace) -> None:
    review(space, FACT, "oslo-adoption")
    confirming.write_back(space)
    space = again(space)
    reviewing.withdraw(space, FACT, "fr", None, "bob", "a slip", NOW)
    confirming.write_back(space)
    assert FACT not in french(space).partition("reviewed:")[2]
    assert "oslo-adoption: {by" in french(space)
    space = again(space)
    reviewing.withdraw(space, "oslo-adoption", "fr", None, "bob", "a slip", NOW)
    confirming.write_back(space)
    assert french(space) == FRENCH, "nor is an empty section left"
    assert confirming.write_back(again(space)) == []


def test_facts_and_translations_are_written_back_together(space: Workspace) -> None:
    review(space)
    confirming.confirm(space, FACT, date(2026, 11, 24), date(2027, 12, 1), "ada", "p. 3", NOW)
    assert confirming.write_back(space) == ["messages/facts/casualties.yaml", FRENCH_FILE]


def test_a_review_of_words_that_stand_no_longer_is_not_written(space: Workspace) -> None:
    review(space)
    reword(space.home, "ont tué", "tuèrent")
    assert confirming.patch(again(space)) == ""


# ── however the file is written ──────────────────────────────────────────────────────────────

NEW = Edit("fr.yaml", "b", 'Ada "the reader": #1', date(2026, 11, 24), "12345678")
GONE = Edit("fr.yaml", "a", None, date(2026, 11, 24), "12345678")
SAID = '{by: "Ada \\"the reader\\": #1", on: 2026-11-24, seen: "12345678"}'
OLD = "{by: x, on: 2026-01-01, seen: 00000000}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("language: fr", f"language: fr\n\nreviewed:\n  b: {SAID}\n"),
        ("language: fr\r\n", f"language: fr\r\n\r\nreviewed:\r\n  b: {SAID}\r\n"),
        ("reviewed: {}\nlanguage: fr\n", f"reviewed:\n  b: {SAID}\nlanguage: fr\n"),
        (f"reviewed: {{a: {OLD}}}  # x\n", f"reviewed: {{a: {OLD}, b: {SAID}}}  # x\n"),
        (f"reviewed:\n  a: {OLD}  # x\n\n# y\nz: 1", f"reviewed:\n  a: {OLD}  # x\n  b: {SAID}\n\n# y\nz: 1"),
        (f"reviewed:\n  a: {OLD}", f"reviewed:\n  a: {OLD}\n  b: {SAID}\n"),
        ("reviewed:\n  b: {seen: 12345678, on: 2026-11-24, by: x}\n",
         'reviewed:\n  b: {seen: 12345678, on: 2026-11-24, by: "Ada \\"the reader\\": #1"}\n'),
        ("\ufeff# é\u2028\nlanguage: fr\n", f"\ufeff# é\u2028\nlanguage: fr\n\nreviewed:\n  b: {SAID}\n"),
    ],
)  # fmt: skip
def test_an_entry_is_written_as_the_file_is(before: str, after: str) -> None:
    assert edited(before, NEW) == after
    assert edited(after, NEW) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"language: fr\n\nreviewed:\n  # of a\n  a: {OLD}\n", "language: fr\n\n  # of a\n"),
        (f"language: fr\n\nreviewed:\n  a: {OLD}\n", "language: fr\n"),
        ("reviewed:\n  a:\n    by: x\n    on: 1\n    seen: y  # z\n  b: 1\n", "reviewed:\n  b: 1\n"),
        (f"reviewed:\n  b: 1\n  a: {OLD}", "reviewed:\n  b: 1\n"),
        (f"reviewed: {{a: {OLD}, b: 1}}\n", "reviewed: {b: 1}\n"),
        (f"reviewed: {{b: 1, a: {OLD}}}\n", "reviewed: {b: 1}\n"),
        (f"reviewed: {{a: {OLD}}}\n", "reviewed: {}\n"),
        (f"reviewed:\n  a: {OLD}\nz: 1\n", "z: 1\n"),
    ],
)  # fmt: skip
def test_an_entry_is_taken_out_as_the_file_is(before: str, after: str) -> None:
    assert edited(before, GONE) == after


@pytest.mark.parametrize("text", ["{language: fr}", "language: fr\n...\n"])
def test_a_file_that_cannot_be_edited_says_what_to_write_by_hand(text: str) -> None:
    with pytest.raises(Misconfigured, match=r"fr\.yaml.* Write it by hand: b: {by: ") as refused:
        edited(text, NEW)
    assert SAID in str(refused.value)


def test_the_word_of_a_file_counts_only_for_what_it_saw(space: Workspace) -> None:
    reword(space.home, "# The end.\n", f"reviewed:\n  casualties-2024: {ENTRY % seen(space)}\n")
    assert again(space).library.wordings(FACT, "fr")
    reword(space.home, "ont tué", "tuèrent")
    block = reviewing.block_of(again(space), FACT, "fr")
    assert block.translation is Translation.UNREVIEWED
