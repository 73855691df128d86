"""`bot report`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from bot import report, report_page
from bot.cli.common import json_option, now_option, present, show_json, show_table, workspace
from bot.report import Month
from bot.report_page import Row
from bot.web.sheets import report_lines

LONGEST = 48  # characters of a claim or a wording, in a table


@click.command("report")
@click.option("--month", default=None, metavar="YEAR-MONTH", help="Such as 2026-11 (default: this month).")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write it as one page with charts, too."
)
@click.option(
    "--csv", type=click.Path(path_type=Path, dir_okay=False), help="Write its posts for spreadsheets, too."
)
@json_option
@now_option
def command(
    month: str | None, html: Path | None, csv: Path | None, as_json: bool, now: datetime | None
) -> None:
    """Say how followers answered a month's posts: by fact, language, network, hour and wording.

    Numbers are as the networks told them when a post was an hour, a day, a week and 30 days old.
    """
    space, moment = workspace(), present(now)
    wanted = Month.parse(month) if month else Month.of(space.settings.day_of(moment))
    found = report.read(space, wanted, moment)
    if html is not None:
        _write(html, report_page.render(found).encode())
    if csv is not None:
        _write(csv, b"".join(report_lines(found.posts)))
    if as_json:
        show_json({name: value for name, value in asdict(found).items() if name != "posts"})
        return
    click.echo(f"What worked in {report_page.month_in_words(wanted)}\n")
    for part in report_page.sections(found):
        rows = [(_name(row), *row.cells) for row in part.rows]
        if rows:
            show_table((part.first, *part.columns), rows, part.title)
        else:
            click.echo(f"{part.title}: none")
        click.echo()
    for remark in report_page.remarks(found):
        click.echo(remark)
    for path in filter(None, (html, csv)):
        click.echo(f"Written: {path.resolve()}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _name(row: Row) -> str:
    words = row.words or ""
    cut = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    return f"{row.name}: {cut}" if cut else row.name
