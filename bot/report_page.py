"""The report as people read it: the same sections on the command line, on the desk, and as a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bot.model import Bar
from bot.report import Line, Month, Report, Told

HERE = Path(__file__).parent
COLUMNS = ("Posts", "Likes", "Reposts", "Replies", "Views", "Engagement per post", "Standing")
UNKNOWN = "–"
ENGAGEMENT = (
    "Engagement of a post is likes + reposts + replies. A post counts towards an average only if its network told all "
    "three; views are no part of it. Where a number is not of all posts, it says of how many."
)
STANDING = (
    "Standing is the share of the others in the same table that one is ahead of, by median engagement, from 0 to 100: "
    "reckoned on each network by itself, then averaged."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; `words` are in `language`."""

    name: str
    words: str | None
    language: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A table with its heading, and the bars of the chart that says the same as one of its columns."""

    id: str
    title: str
    first: str  # the heading of the first column
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    charted: str = ""  # which column the bars show
    bars: tuple[Bar, ...] = ()

    @property
    def most(self) -> float:
        """What the longest bar stands for."""
        return max((bar.amount for bar in self.bars), default=0.0)


def sections(report: Report) -> tuple[Section, ...]:
    """The tables of a report, in the order in which they are read."""
    return (
        Section("total", "All posts", "Which", COLUMNS[:-1], _rows((report.total,), standing=False)),
        _section("networks", "By network", "Network", report.networks, standing=False),
        _section("facts", "By fact", "Fact", report.facts),
        _section("languages", "By language", "Language", report.languages),
        _section("hours", f"By hour of day ({report.zone})", "Hour", report.hours),
        _section("best", "Best wordings", "Wording", report.best, charted="Standing"),
        _section("weakest", "Weakest wordings", "Wording", report.weakest, charted="Standing"),
    )


def remarks(report: Report) -> tuple[str, ...]:
    """What somebody must know to read the numbers right."""
    said = [ENGAGEMENT, STANDING]
    silent = [line.name for line in report.networks if line.engaged and not line.views.posts]
    if silent:
        said.append(f"No views are told by: {', '.join(silent)}.")
    if len(report.networks) > 1:
        said.append(
            "Averages over several networks depend on where a thing was posted; compare by standing, or within a network."
        )
    for count, words in (
        (report.unasked, "not asked about yet; that begins when a post is an hour old"),
        (report.taken_down, "taken down since, and not counted"),
        (report.rehearsals, "in rehearsals (the network file), and not counted"),
    ):
        if count:
            said.append(f"{count} {'post' if count == 1 else 'posts'} {words}.")
    return tuple(said)


def month_in_words(month: Month) -> str:
    """November 2026."""
    return str(format_date(month.first, "MMMM y", locale="en_GB"))


def render(report: Report) -> str:
    """One HTML file that loads nothing from elsewhere and runs nothing. The same report gives the same page."""
    return _page().render(
        report=report,
        month=month_in_words(report.month),
        sections=sections(report),
        remarks=remarks(report),
    )


def told(count: Told, posts: int) -> str:
    """A sum, and of how many posts it is where that is not all."""
    if not count.posts:
        return UNKNOWN
    return f"{count.total:,}" + (f" ({count.posts} of {posts})" if count.posts < posts else "")


def _section(
    id_: str,
    title: str,
    first: str,
    lines: tuple[Line, ...],
    *,
    standing: bool = True,
    charted: str = "Engagement per post",
) -> Section:
    columns = COLUMNS if standing else COLUMNS[:-1]
    amounts = [_percent(line.standing) if charted == "Standing" else line.engagement for line in lines]
    bars = tuple(
        Bar(line.name, amount, f"{amount:.0f}" if charted == "Standing" else f"{amount:.1f}")
        for line, amount in zip(lines, amounts, strict=True)
        if amount is not None
    )
    return Section(id_, title, first, columns, _rows(lines, standing=standing), charted, bars)


def _rows(lines: tuple[Line, ...], *, standing: bool) -> tuple[Row, ...]:
    return tuple(Row(line.name, line.words, line.language, _cells(line, standing)) for line in lines)


def _cells(line: Line, standing: bool) -> tuple[str, ...]:
    per_post = UNKNOWN
    if line.engagement is not None:
        of = f" ({line.engaged} of {line.posts})" if line.engaged < line.posts else ""
        per_post = f"{line.engagement:,.1f}{of}"
    counts = (told(count, line.posts) for count in (line.likes, line.reposts, line.replies, line.views))
    place = _percent(line.standing)
    last = (UNKNOWN if place is None else f"{place:.0f}",) if standing else ()
    return (f"{line.posts:,}", *counts, per_post, *last)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


@cache
def _page() -> Template:
    environment = Environment(
        loader=FileSystemLoader([HERE / "pages", HERE / "web" / "static"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
