"""`bot reference`."""

from __future__ import annotations

import sys

import click

from bot.cli import COMMANDS, bot
from bot.reference import configuration_page, library_page
from bot.schemas import schema_files
from bot.workspace import home_folder


@click.command("reference")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when a file is old.")
def command(only_check: bool) -> None:
    """Write what is made from the code: JSON Schemas for editors, and the reference pages of docs/."""
    files = schema_files() | {
        "docs/cli.md": command_line_page(),
        "docs/configuration.md": configuration_page(),
        "docs/library-format.md": library_page(),
    }
    old = [name for name, text in files.items() if not _is_current(name, text)]
    for name in [] if only_check else old:
        path = home_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8")
    click.echo(f"{'Old' if only_check else 'Written'}: {', '.join(old)}" if old else "All are up to date.")
    sys.exit(1 if old and only_check else 0)


def _is_current(name: str, text: str) -> bool:
    path = home_folder() / name
    return path.exists() and path.read_text(encoding="utf-8") == text


def command_line_page() -> str:
    """docs/cli.md: the help of every command, as it prints it."""
    context = click.Context(bot, info_name="bot", terminal_width=100, max_content_width=100)
    parts = ["# The command line\n\nMade by `bot reference`; do not edit.\n", _block(bot.get_help(context))]
    for name in COMMANDS:
        found = bot.get_command(context, name)
        assert found is not None
        parts += _parts(found, name, context)
    return "\n".join(parts)


def _parts(command: click.Command, name: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100, max_content_width=100)
    parts = [f"\n## {context.command_path}\n", _block(command.get_help(context))]
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            parts += _parts(found, inner, context)
    return parts


def _block(text: str) -> str:
    return f"```text\n{text}\n```\n"
