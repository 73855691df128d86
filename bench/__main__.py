"""`python -m bench [NAME...]`: measure everything, or what is named."""

from __future__ import annotations

import importlib
import sys

from bench.report import Figure, machine, say, table

NAMES = ("start", "scale", "delivery", "desk", "drawing")


def main(names: list[str]) -> None:
    """Measure, show each figure as it comes, and all of them as a table at the end."""
    if unknown := [name for name in names if name not in NAMES]:
        sys.exit(f"bench: there is no measure called {unknown[0]!r}. Known: {', '.join(NAMES)}.")
    say(f"On {machine()}.")
    figures: list[Figure] = []
    for name in names or NAMES:
        say(f"== {name}")
        figures += importlib.import_module(f"bench.{name}").measure()
    say(f"\n{table(figures)}")


if __name__ == "__main__":
    main(sys.argv[1:])
