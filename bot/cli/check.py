"""`bot check`."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from bot.checking import check
from bot.cli.common import json_option, now_option, present, show_json
from bot.model import Severity
from bot.workspace import home_folder


@click.command("check")
@click.option("--strict", is_flag=True, help="Facts that fell due, and other warnings, count as errors.")
@click.option(
    "--due-within",
    type=click.IntRange(0, 3650),
    default=30,
    show_default=True,
    help="Warn of facts falling due within so many days.",
)
@now_option
@json_option
def command(strict: bool, due_within: int, now: datetime | None, as_json: bool) -> None:
    """Find what needs mending in the library and the settings.

    Every wording is filled with its fact and measured for every network. A fact that fell due is
    the guard at work: a warning, and an error only with --strict.
    """
    report = check(home_folder(), present(now), due_within)
    errors = [f for f in report.findings if strict or f.severity is Severity.ERROR]
    if as_json:
        show_json(
            {
                "ok": not errors,
                "facts": report.facts,
                "templates": report.templates,
                "rendered": report.rendered,
                "findings": [
                    {"file": f.place.file, "line": f.place.line, "column": f.place.column, "severity": f.severity,
                     "rule": f.rule, "problem": f.problem, "mend": f.mend}
                    for f in report.findings
                ],
            }
        )  # fmt: skip
    else:
        for finding in report.findings:
            click.echo(str(finding))
        warnings = len(report.findings) - len(errors)
        click.echo(
            f"{report.facts} facts, {report.templates} wordings, {report.rendered} texts measured: "
            f"{len(errors)} errors, {warnings} warnings."
        )
    sys.exit(1 if errors else 0)
