"""The command line. Commands are imported when they are called, so that `bot --help` is quick.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from bot import __version__
from bot.model import BotError, Misconfigured

COMMANDS = {
    "check": "Find what needs mending in the library and the settings.",
    "facts": "List the facts by status, or tell one fact's whole story.",
    "plan": "Show the coming posts, and bring the plan up to date.",
    "preview": "Show exactly what a slot will post on each account.",
    "post": "Post a slot now.",
    "approve": "Approve planned posts, or leave them out.",
    "picture": "Add an image to a post, take its picture off, or put the card back.",
    "pause": "Stop everything, or one network, account or fact.",
    "resume": "End a pause.",
    "hold": "Put a fact on hold at once, or lift that.",
    "confirm": "Confirm that a fact still holds, until a new review date.",
    "review": "List the translations that wait for a person, read one, and say that it may be posted.",
    "library": "Write what was confirmed or reviewed back into the files.",
    "correct": "Correct a post that is out, by another one that names it.",
    "withdrawn": "List posts that are out although their fact is not posted any more.",
    "retry": "Try failed deliveries again.",
    "resolve": "Say what became of a delivery that is unknown.",
    "status": "Say how the bot is, and what needs somebody.",
    "run": "Work: plan, deliver and look back until told to stop.",
    "web": "Serve the desk, where the campaign team sees and steers the bot.",
    "user": "Add people to the desk, list them, change what they may do.",
    "report": "Say how followers answered a month's posts.",
    "timeline": "Write what was posted as one HTML page.",
    "profile": "Set name, description and bot label of the accounts.",
    "doctor": "Check every account's credentials, permissions, bot label and clock.",
    "migrate": "Bring the database up to date.",
    "reference": "Write the JSON Schemas and the reference pages.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"bot.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bot")
def bot() -> None:
    """Posts sourced, dated mine-action facts on schedule: never a stale one, never one twice.

    The campaign folder is the one you stand in, or BOT_HOME; the database is DATABASE_URL.
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line; a person's mistake is told in words, and never as a traceback."""
    try:
        bot.main(args=arguments, prog_name="bot", standalone_mode=True)
    except Misconfigured as error:
        for finding in error.findings:
            click.echo(str(finding), err=True)
        _fail(str(error))
    except BotError as error:
        _fail(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)


def _fail(message: str) -> None:
    from bot.logs import without_secrets

    click.echo(f"bot: {without_secrets(message)}", err=True)
    sys.exit(1)
