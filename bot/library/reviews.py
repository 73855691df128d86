"""What `bot check` says of translations: those that nobody has reviewed, and reviews of what has changed since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bot.library.shelf import Block, Library, Reviewed
from bot.model import Finding, Place, Severity

NAMED = 3  # of those that wait


def lint_reviews(library: Library) -> Iterator[Finding]:
    """A warning for each file with translations that wait, and what is wrong with the reviews that files hold.

    What was reviewed on the desk or by `bot review` counts here once it is written back.
    """
    by_file: dict[tuple[str, str], list[Block]] = defaultdict(list)
    for block in library.unreviewed():
        by_file[block.place.file, block.language].append(block)
    for (file, language), blocks in by_file.items():
        yield _unreviewed(file, language, blocks)
    for said in library.reviewed:
        yield from _review(said, library)


def _unreviewed(file: str, language: str, blocks: list[Block]) -> Finding:
    names = ", ".join(block.name for block in blocks[:NAMED])
    more = f" and {len(blocks) - NAMED} more" if len(blocks) > NAMED else ""
    count = f"{len(blocks)} translation{' waits' if len(blocks) == 1 else 's wait'}"
    problem = f"{count} for a person to read and review: {names}{more}. None of it is posted."
    mend = f"`bot review {language}` lists what waits; what was reviewed already, `bot library export --write` puts here."
    return Finding(Place(file), "unreviewed", problem, mend, Severity.WARNING)


def _review(said: Reviewed, library: Library) -> Iterator[Finding]:
    known = [block for name in said.names if (block := library.block(name, said.language))]
    if not known:
        if "templates" not in library.incomplete:
            problem = f"{said.by} has reviewed {said.id!r}, of which nothing is said in {said.language}."
            yield Finding(
                said.place, "unknown-translation", problem, "Correct the name, or delete the entry."
            )
    elif all(block.fingerprint != said.seen for block in known):
        now = known[0].fingerprint
        problem = f"{said.id} was changed since {said.by} reviewed it on {said.on}: they saw {said.seen}, it is {now} now."
        mend = f"Read it anew: `bot review {said.language} {known[0].name}`."
        yield Finding(said.place, "review-outdated", problem, mend, Severity.WARNING)
