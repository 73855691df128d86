"""A month's report: what is counted, what is compared with what, and what is said to be missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import bot
from bot.model import Misconfigured
from bot.report import Line, Month, Report, Told, read
from bot.report_page import month_in_words, remarks, render, sections
from bot.workspace import Workspace, open_workspace
from tests.answers import went_out
from tests.timeline.test_timeline import Page
from tests.what_works.november import ARABIC, FIRST, FORMULA, fill
from tests.world import CAMPAIGN, write_campaign

NOVEMBER = Month(2026, 11)
GOLDEN = Path(__file__).parent / "november.csv"
LATER = FIRST.replace(day=30)


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    home = write_campaign(tmp_path / "campaign", campaign=CAMPAIGN + "time_zone: Europe/Zurich\n")
    monkeypatch.setenv("BOT_HOME", str(home))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'bot.db'}")
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    return open_workspace(home)


@pytest.fixture
def november(space: Workspace) -> Report:
    fill(space.ledger)
    return read(space, NOVEMBER, LATER)


@pytest.fixture
def run(space: Workspace) -> Callable[..., Result]:
    fill(space.ledger)
    return lambda *arguments: CliRunner().invoke(bot, ["report", *arguments])


def by_name(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.name: line for line in lines}


def test_a_month_has_what_went_out_in_it_by_the_campaigns_calendar(november: Report) -> None:
    """The post of 30 November, 23:59 UTC, went out on 1 December in Zurich."""
    assert len(november.posts) == 5
    assert (november.taken_down, november.rehearsals) == (1, 1)


def test_sums_say_of_how_many_posts_they_are(november: Report) -> None:
    total = november.total
    assert (total.likes, total.replies, total.views) == (Told(17, 5), Told(3, 4), Told(1000, 2))
    assert (total.engaged, total.engagement) == (4, (16 + 1 + 8 + 1) / 4)
    (row,) = sections(november)[0].rows
    assert row.cells == ("5", "17", "8", "3 (4 of 5)", "1,000 (2 of 5)", "6.5 (4 of 5)")


def test_a_network_that_tells_no_views_drags_no_average_and_is_named(november: Report) -> None:
    networks = by_name(november.networks)
    assert networks["x"].views == Told(1000, 2)
    assert networks["bluesky"].views == Told(0, 0)
    assert networks["bluesky"].engagement == 4.5
    assert networks["mastodon"].engagement is None
    assert "No views are told by: bluesky." in remarks(november)
    assert by_rows(november, "networks")["bluesky"][4] == "–"


def by_rows(report: Report, section: str) -> dict[str, tuple[str, ...]]:
    (found,) = (part for part in sections(report) if part.id == section)
    return {row.name: row.cells for row in found.rows}


def test_facts_languages_and_hours_are_told_apart(november: Report) -> None:
    facts, languages = by_name(november.facts), by_name(november.languages)
    assert [line.name for line in november.facts] == ["casualties-2024", "oslo-adoption"]
    assert (facts["casualties-2024"].standing, facts["oslo-adoption"].standing) == (1.0, 0.0)
    assert (facts["casualties-2024"].words or "").startswith("In 2024 at least")
    assert (languages["ar"].posts, languages["ar"].engagement, languages["ar"].standing) == (1, None, None)
    assert [(line.name, line.posts) for line in november.hours] == [("10:00", 4), ("16:00", 1)]


def test_wordings_are_best_or_weakest_by_where_they_stand_on_each_network(november: Report) -> None:
    assert [line.name for line in november.best] == ["casualties-2024/en/a"]
    assert [line.name for line in november.weakest] == ["oslo-adoption/en/a", "oslo-adoption/en/b"]
    assert november.best[0].words == "6,279 people."


def test_a_month_without_posts_says_so(space: Workspace) -> None:
    empty = read(space, Month(2027, 1), LATER)
    assert empty.total.posts == 0
    assert "No posts." in Page(render(empty)).said


@pytest.mark.parametrize("given", ["2026-13", "2026-1", "11-2026", "", "2026-11-01", "9999-12"])
def test_a_month_is_written_as_2026_11(given: str) -> None:
    with pytest.raises(Misconfigured, match="write it as 2026-11"):
        Month.parse(given)


def test_months_follow_one_another() -> None:
    december = Month.parse("2026-12")
    assert (str(december.next), str(december.next.previous), str(december.previous)) == (
        "2027-01", "2026-12", "2026-11",
    )  # fmt: skip
    assert month_in_words(NOVEMBER) == "November 2026"


# The page of its own


def test_the_page_says_in_tables_what_its_charts_show_and_loads_nothing(november: Report) -> None:
    html = render(november)
    page = Page(html)
    assert page.open == []
    assert render(november) == html
    assert not page.all("script") and not page.all("img") and not page.all("link")
    assert "default-src 'none'" in html
    assert page.links == []
    charts = [part for part in sections(november) if len(part.bars) > 1]
    assert [part.id for part in charts] == ["networks", "facts", "hours", "weakest"]
    assert len(page.all("svg")) == sum(part.most > 0 for part in charts)
    for part in charts:
        for bar in part.bars:
            assert bar.label in page.said
    assert len(page.all("caption")) == len(page.all("table")) == sum(bool(p.rows) for p in sections(november))


def test_nothing_that_was_posted_can_harm_its_reader(space: Workspace) -> None:
    went_out(
        space.ledger, FIRST, network="x", words="<script>alert(1)</script>", language="ar", wording='"><b'
    )
    html = render(read(space, NOVEMBER, LATER))
    assert "<script>" not in html and '"><b' not in html


# The command


def test_the_csv_is_the_golden_one_and_runs_nothing(run: Callable[..., Result], tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "november.csv"
    result = run("--month", "2026-11", "--csv", str(target), "--now", LATER.isoformat())
    assert result.exit_code == 0, result.output
    assert target.read_bytes() == GOLDEN.read_bytes()
    assert f"'{FORMULA}".replace('"', '""') in target.read_text(encoding="utf-8-sig")
    assert ARABIC in target.read_text(encoding="utf-8-sig")


def test_the_command_prints_tables_and_how_to_read_them(run: Callable[..., Result], tmp_path: Path) -> None:
    target = tmp_path / "november.html"
    result = run("--now", LATER.isoformat(), "--html", str(target))
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    for words in (
        "What worked in November 2026",
        "casualties-2024",
        "1,000 (2 of 5)",
        "likes + reposts + replies",
    ):
        assert words in said
    assert "What worked in November 2026" in target.read_text(encoding="utf-8")


def test_the_command_tells_machines_the_same(run: Callable[..., Result]) -> None:
    told = json.loads(run("--month", "2026-11", "--json").output)
    assert told["total"]["views"] == {"total": 1000, "posts": 2}
    assert [line["name"] for line in told["facts"]] == ["casualties-2024", "oslo-adoption"]
    assert "posts" not in told


def test_the_command_says_what_a_month_is(run: Callable[..., Result]) -> None:
    result = run("--month", "november")
    assert result.exit_code == 1
    assert "write it as 2026-11" in str(result.exception)
