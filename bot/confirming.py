"""A person confirms that a fact still holds; what people said here can be written back to the files as a patch."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from bot.ledger import Confirmation
from bot.library import Library
from bot.library.reading import load
from bot.model import Fact, Misconfigured
from bot.review_files import edited, edits
from bot.workspace import Workspace

NO_NEWLINE = "\\ No newline at end of file"


class NotConfirmed(Misconfigured):
    """Nothing was confirmed; `field` names what was wrong: fact_id, as_of, review_by or seen."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def confirm(
    space: Workspace, fact_id: str, as_of: date, review_by: date, who: str, seen: str, now: datetime
) -> None:
    """Confirm a fact as of a day, until a new review date; `seen` says which source was looked at.

    Raises NotConfirmed for dates that cannot be, or a fact whose file must say it.
    """
    fact = space.library.facts.get(fact_id)
    today = space.settings.day_of(now)
    if fact is None:
        raise NotConfirmed("fact_id", f"There is no fact called {fact_id!r}.")
    if fact.review_by is None:
        raise NotConfirmed("fact_id", f"{fact_id} cannot go stale; there is nothing to confirm.")
    if as_of > today:
        raise NotConfirmed(
            "as_of", f"{as_of} has not come yet: a fact is confirmed as of a day on which somebody looked."
        )
    if as_of < fact.as_of:
        raise NotConfirmed(
            "as_of", f"{fact_id} is stated as of {fact.as_of} already; a confirmation cannot be older."
        )
    if review_by <= max(today, as_of, fact.review_by):
        raise NotConfirmed(
            "review_by", f"The new review date must be later than today and than {fact.review_by}."
        )
    if not seen.strip():
        raise NotConfirmed("seen", "Say which source you have seen.")
    space.ledger.confirm(Confirmation(fact_id, as_of, review_by, who, " ".join(seen.split()), now))
    space.library.confirm(fact_id, as_of, review_by)


def patch(space: Workspace) -> str:
    """What was confirmed or reviewed here and the files do not say yet, as a unified diff of the campaign folder."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n"
        for file, (before, after) in sorted(_changed_files(space).items())
        for line in difflib.unified_diff(_for_diff(before), _for_diff(after), f"a/{file}", f"b/{file}")
    )


def write_back(space: Workspace) -> list[str]:
    """Write what was confirmed or reviewed here into the files; the files that changed."""
    changed = _changed_files(space)
    for file, (_, after) in changed.items():
        (space.home / file).write_text(after, encoding="utf-8", newline="")
    return sorted(changed)


def _changed_files(space: Workspace) -> dict[str, tuple[str, str]]:
    written = load(space.home / "messages", space.settings.observances)
    texts: dict[str, list[str]] = {}
    for fact, key, value in _differences(space.library, written):
        lines = texts.setdefault(fact.place.file, _lines(space.home / fact.place.file))
        place = written.value_place_in(fact, key)
        line = lines[place.line - 1]
        old = str(getattr(fact, key))
        start = line.index(old, place.column - 1)
        lines[place.line - 1] = line[:start] + value + line[start + len(old) :]
    after = {file: "".join(lines) for file, lines in texts.items()}
    for edit in edits(written, space.ledger.reviews(), space.settings.day_of):
        text = after.get(edit.file) or "".join(_lines(space.home / edit.file))
        after[edit.file] = edited(text, edit)
    before = {file: "".join(_lines(space.home / file)) for file in after}
    return {file: (before[file], after[file]) for file in after if before[file] != after[file]}


def _differences(overlaid: Library, written: Library) -> Iterator[tuple[Fact, str, str]]:
    for fact_id, fact in written.facts.items():
        for key in ("as_of", "review_by"):
            said = getattr(overlaid.facts.get(fact_id, fact), key)
            if said is not None and said != getattr(fact, key):
                yield fact, key, str(said)


def _lines(path: Path) -> list[str]:
    """The lines of a file as YAML counts them, each with its own end, whatever that is."""
    return path.read_bytes().decode().splitlines(keepends=True)


def _for_diff(text: str) -> list[str]:
    """The lines of a text as `git apply` and `patch` count them."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
