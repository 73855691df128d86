"""`bot run`."""

from __future__ import annotations

import sys

import click

from bot.cli.common import workspace
from bot.health import LONGEST_TICK
from bot.logs import set_up
from bot.worker import Worker


@click.command("run")
@click.option("--once", is_flag=True, help="Plan, deliver what is due, and stop; for hosts that have cron.")
@click.option(
    "--every",
    type=click.FloatRange(0.2, LONGEST_TICK),
    default=5.0,
    show_default=True,
    help="Seconds between looks for what is due.",
)
@click.option(
    "--health-port",
    type=click.IntRange(0, 65535),
    envvar="BOT_HEALTH_PORT",
    show_envvar=True,
    default=None,
    help="Serve /healthz on this port (0: a free one, named in the log).",
)
@click.option(
    "--health-host",
    envvar="BOT_HEALTH_HOST",
    show_envvar=True,
    default="0.0.0.0",  # noqa: S104 - whoever names a port wants it asked from outside; it tells no secret
    show_default=True,
    help="With a port: where to listen.",
)
@click.option("--dry-run", is_flag=True, help="Say what is due now, and send nothing.")
@click.option(
    "--log",
    "log_format",
    type=click.Choice(["auto", "json", "text"]),
    default="auto",
    help="How log lines look.",
)
def command(
    once: bool, every: float, health_port: int | None, health_host: str, dry_run: bool, log_format: str
) -> None:
    """Work: plan, deliver and look back until told to stop (SIGTERM finishes what is being sent)."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    set_up(as_json=as_json)
    worker = Worker(workspace(spoken_only=True))
    if dry_run:
        _say_what_is_due(worker)
    elif once:
        worker.run_until_idle()
    else:
        worker.run(every, None if health_port is None else (health_host, health_port))


def _say_what_is_due(worker: Worker) -> None:
    waiting = worker.workspace.ledger.waiting_at_gate(worker.clock())
    for delivery in waiting:
        click.echo(
            f"{delivery.slot_id} {delivery.account_id}: due since {delivery.due_at:%Y-%m-%d %H:%M} UTC"
        )
    click.echo(f"{len(waiting)} deliveries are due; nothing was sent (dry run).")
