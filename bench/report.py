"""Figures, and how they are shown: a line as each is measured, and a Markdown table at the end."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("what", "reached", "target", "reached ÷ target", "", "how")


@dataclass(frozen=True, slots=True)
class Figure:
    """Something measured. `ceiling`: the target is the most it may be, as for seconds; else the least."""

    what: str
    reached: float
    unit: str
    target: float | None = None
    ceiling: bool = True
    how: str = ""

    @property
    def ratio(self) -> float | None:
        """Reached ÷ target."""
        return self.reached / self.target if self.target else None

    @property
    def verdict(self) -> str:
        """Whether the target was met, or by how much it was missed."""
        if self.ratio is None:
            return ""
        beyond = self.ratio - 1 if self.ceiling else 1 - self.ratio
        return "met" if beyond <= 0 else f"missed by {beyond:.0%}"

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        sign = "under" if self.ceiling else "at least"
        target = f"{sign} {_short(self.target)} {self.unit}".rstrip() if self.target is not None else ""
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        return (
            self.what,
            f"{_short(self.reached)} {self.unit}".rstrip(),
            target,
            ratio,
            self.verdict,
            self.how,
        )


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def say(text: str) -> None:
    """Show a line at once."""
    print(text, flush=True)


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [HEAD, tuple("---" for _ in HEAD), *(figure.cells() for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def machine() -> str:
    """What it was measured on."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}, load {load:.1f} at the start"
    )
