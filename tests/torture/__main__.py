"""./dev torture: kills workers at every seam until so many are dead, then counts what came of it."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.servers import missing
from tests.torture.act import Act, Database
from tests.torture.reckoning import Tally
from tests.torture.stage import Servers, servers

MOST_KILLS_OF_AN_ACT = 60
WEIGHTS: dict[Database, int] = {"postgresql": 2, "sqlite": 1}
"""Three workers die faster than the one that SQLite allows."""

PROGRAMME: tuple[Database, ...] = ("postgresql", "sqlite", "postgresql")


def acts(kills: int, databases: Sequence[Database] = PROGRAMME) -> list[tuple[Database, int]]:
    """The kills shared out among acts, each on one database: so many that every database has its turn."""
    number = max(-(-kills // MOST_KILLS_OF_AN_ACT), min(len(set(databases)), kills))
    turns = [databases[n % len(databases)] for n in range(number)]
    whole = sum(WEIGHTS[turn] for turn in turns)
    shares = [kills * WEIGHTS[turn] // whole for turn in turns]
    shares[0] += kills - sum(shares)
    return list(zip(turns, shares, strict=True))


def run(
    at: Servers,
    folder: Path,
    kills: int,
    seed: int,
    say: Callable[[str], None],
    databases: Sequence[Database] = PROGRAMME,
) -> Tally:
    """A whole run; the tally of all acts."""
    whole = Tally()
    for number, (database, share) in enumerate(acts(kills, databases), start=1):
        name = f"{number} {database}"
        rng = random.Random(f"{seed} {name}")
        act = Act(name, database, at, folder / f"act-{number}", rng, share, say)
        whole.add(act.play())
    return whole


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=60, help="how many workers to kill (default 60)")
    parser.add_argument("--seed", type=int, help="the seed of an earlier run, to draw the same again")
    parser.add_argument("--only", choices=["postgresql", "sqlite"], help="one database alone")
    return parser.parse_args()


def main() -> int:
    """Run, tell, and say by the exit code whether anything was doubled, lost or otherwise wrong."""
    asked = _arguments()
    lacking = [why for name in ("bluesky", "mastodon", "postgres") if (why := missing(name))]  # type: ignore[arg-type]
    if lacking:
        print("\n".join(f"torture {why}" for why in lacking), file=sys.stderr)
        return 1
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {line}", flush=True)

    say(f"seed={seed}; workers' logs are in {folder}")
    databases: Sequence[Database] = (asked.only,) if asked.only else PROGRAMME
    with servers() as at:
        tally = run(at, folder, asked.kills, seed, say, databases)
        say(f"faults that befell: {', '.join(f'{name} {times}' for name, times in at.befell().items())}")
        tally.wrongs += [f"the fake X was spoken to wrongly: {v}" for v in at.x.violations]
    for wrong in tally.wrongs:
        say(wrong)
    if not tally.wrongs:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"seed={seed}; states: {dict(sorted(tally.states.items()))}")
    print(tally.illustrated)
    print(tally)
    return 1 if tally.wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
