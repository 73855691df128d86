"""What several commands share: options, the moment, tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.model import Scope
from bot.workspace import Workspace, open_workspace

F = TypeVar("F", bound=Callable[..., Any])


class MomentType(click.ParamType[datetime]):
    """A day or a moment: 2027-04-04, or 2027-04-04T09:00Z."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """An aware moment in UTC; a moment without a zone is taken as UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a moment; write 2027-04-04 or 2027-04-04T09:00Z.", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def now_option(function: F) -> F:
    """`--now`: look at things as they will be, or were, at another moment."""
    return click.option(
        "--now", type=MomentType(), default=None, help="As if it were this moment (default: it is)."
    )(function)


json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")


def present(now: datetime | None) -> datetime:
    """The moment given, or the present one, in UTC."""
    return now or datetime.now(UTC)


def workspace(*, spoken_only: bool = False) -> Workspace:
    """The campaign folder that this command works in; with `spoken_only` without languages no account speaks."""
    return open_workspace(spoken_only=spoken_only)


def show_json(data: Any) -> None:
    """Print data as JSON; dates as ISO text."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, (frozenset, set)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    return str(value)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[str]], title: str | None = None) -> None:
    """Print a table; wide enough to be read when it is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, emoji=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, emoji=False, markup=False, width=160)
    table = Table(
        *columns,
        title=title,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
        padding=(0, 2, 0, 0),
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def who_am_i(command: str) -> str:
    """Who gives a command, for the audit log."""
    import getpass

    return f"{getpass.getuser()} ({command})"


def scope_options(function: F) -> F:
    """`--network`, `--account`, `--fact`: what a command is about; everything when none is given."""
    for name, meaning in (
        ("fact", "Only this fact."),
        ("account", "Only this account."),
        ("network", "Only this network."),
    ):
        function = click.option(f"--{name}", default=None, metavar="NAME", help=meaning)(function)
    return function


def scope_of(network: str | None, account: str | None, fact: str | None) -> tuple[Scope, str]:
    """The scope that the options name. More than one is wrong usage."""
    named = [(s, n) for s, n in ((Scope.NETWORK, network), (Scope.ACCOUNT, account), (Scope.FACT, fact)) if n]
    if len(named) > 1:
        raise click.UsageError("Give one of --network, --account and --fact, or none for everything.")
    return named[0] if named else (Scope.ALL, "")
