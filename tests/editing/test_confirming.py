"""A person confirms a fact; the files stay the truth, and get it back as a patch."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot import confirming
from bot.library import load, refusals
from bot.model import Misconfigured
from bot.workspace import Workspace, open_workspace
from tests.world import NOW

LATER = date(2026, 12, 20)


def confirm(space: Workspace, **changed: object) -> None:
    said = {
        "fact_id": "casualties-2024",
        "as_of": date(2026, 11, 24),
        "review_by": date(2027, 12, 1),
        "seen": "p. 3",
    }
    confirming.confirm(space, who="ada", now=NOW, **(said | changed))  # type: ignore[arg-type]


def test_a_confirmed_fact_may_go_out_until_its_new_review_date(space: Workspace) -> None:
    assert refusals(space.library.facts["casualties-2024"], LATER)
    confirm(space)
    again = open_workspace(space.home, space.ledger)
    assert refusals(again.library.facts["casualties-2024"], LATER) == ()
    assert again.library.facts["casualties-2024"].as_of == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"fact_id": "nobody"}, "no fact called"),
        ({"fact_id": "oslo-adoption"}, "cannot go stale"),
        ({"as_of": date(2026, 11, 25)}, "has not come yet"),
        ({"as_of": date(2025, 11, 30)}, "cannot be older"),
        ({"review_by": date(2026, 12, 1)}, "must be later"),
        ({"seen": "  "}, "which source"),
    ],
)
def test_a_confirmation_that_cannot_be_is_refused(
    space: Workspace, changed: dict[str, object], problem: str
) -> None:
    with pytest.raises(Misconfigured, match=problem):
        confirm(space, **changed)
    assert space.ledger.confirmations() == []


def test_a_confirmation_does_not_lift_what_a_person_decided(space: Workspace) -> None:
    confirm(space, fact_id="parties-165")
    assert [r.code for r in refusals(space.library.facts["parties-165"], LATER)] == ["retired"]


def test_what_was_confirmed_comes_back_as_a_patch_that_applies(space: Workspace) -> None:
    assert confirming.patch(space) == ""
    confirm(space)
    patch = confirming.patch(space)
    assert "-    as_of: 2025-12-01\n" in patch
    assert "+    as_of: 2026-11-24\n+    review_by: 2027-12-01\n" in patch
    subprocess.run(["git", "apply", "-"], cwd=space.home, input=patch, text=True, check=True)
    written = load(space.home / "messages").facts["casualties-2024"]
    assert (written.as_of, written.review_by) == (date(2026, 11, 24), date(2027, 12, 1))
    assert confirming.patch(open_workspace(space.home, space.ledger)) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("    review_by: 2025-07-16\n", "") + "    review_by: 2025-07-16",
        lambda text: f"# a note\u2028# of two lines\n{text}",
    ],
    ids=["lines end as on Windows", "no line end at the end", "a line separator in a comment"],
)
def test_a_patch_applies_whatever_ends_the_lines(space: Workspace, change: Callable[[str], str]) -> None:
    file = space.home / "messages/facts/casualties.yaml"
    text = change(file.read_text(encoding="utf-8"))
    file.write_bytes(text.encode())
    again = open_workspace(space.home, space.ledger)
    confirm(again)
    confirm(again, fact_id="parties-165")
    patch = confirming.patch(again)
    subprocess.run(["git", "apply", "-"], cwd=space.home, input=patch.encode(), check=True)
    applied = file.read_bytes()
    days = {
        "2025-12-01": "2026-11-24",
        "2026-12-01": "2027-12-01",
        "2025-06-16": "2026-11-24",
        "2025-07-16": "2027-12-01",
    }
    assert applied.decode() == re.sub("|".join(days), lambda day: days[day[0]], text)
    file.write_bytes(text.encode())
    confirming.write_back(again)
    assert file.read_bytes() == applied


def test_or_is_written_straight_into_the_files(space: Workspace) -> None:
    before = (space.home / "messages/facts/casualties.yaml").read_text()
    confirm(space)
    assert confirming.write_back(space) == [str(Path("messages/facts/casualties.yaml"))]
    after = (space.home / "messages/facts/casualties.yaml").read_text()
    assert len(after.splitlines()) == len(before.splitlines())
    assert confirming.write_back(open_workspace(space.home, space.ledger)) == []
