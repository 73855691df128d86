"""`bot status`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.common import json_option, present, show_json
from bot.health import Health, Silent, WorkerHealth, look, no_database, no_files
from bot.ledger import Delivery, open_ledger
from bot.model import Misconfigured, Pause, Scope
from bot.withdrawn import Withdrawn, how_many
from bot.workspace import open_workspace


@click.command("status")
@json_option
def command(as_json: bool) -> None:
    """Say how the bot is: whether it does its work, and what needs somebody.

    Exits with 1 when it does not do its work: the database does not answer, or no worker's ticks go well.
    What failed, what is unknown, pauses and facts that fall due are listed, with what to type.
    """
    health = _health(present(None))
    if as_json:
        show_json(as_data(health))
    else:
        for line in as_lines(health):
            click.echo(line)
    sys.exit(0 if health.is_well else 1)


def _health(now: datetime) -> Health:
    try:
        ledger = open_ledger(os.environ.get("DATABASE_URL") or None)
    except (Misconfigured, SQLAlchemyError) as error:
        return no_database(now, str(error))
    try:
        space = open_workspace(ledger=ledger)
    except Misconfigured as error:
        return no_files(now, error)
    return look(space, now, counted=True)


# ── for machines ─────────────────────────────────────────────────────────────────────────────────


def as_data(health: Health) -> dict[str, Any]:
    """Everything that was seen, as plain data."""
    return {
        "ok": health.is_well,
        "at": health.at,
        "ills": [asdict(ill) for ill in health.ills],
        "workers": [asdict(worker) for worker in health.workers],
        "deliveries": health.counts,
        "next_due": health.next_due,
        "waiting_since": health.waiting_since,
        "failed": [_delivery(delivery) for delivery in health.failed],
        "unknown": [_delivery(delivery) for delivery in health.unknown],
        "pauses": [
            {"scope": p.scope, "name": p.name, "who": p.who, "why": p.why, "since": p.since} for p in health.pauses
        ],
        "holds": [asdict(hold) for hold in health.holds],
        "resting": [asdict(rest) for rest in health.rests],
        "facts_due": [asdict(due) for due in health.facts_due],
        "silent": [asdict(account) for account in health.silent],
        "withdrawn": [_withdrawn(each) for each in health.withdrawn],
        "plan": {"empty": health.plan_is_empty, "until": health.planned_until},
    }  # fmt: skip


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "slot": delivery.slot_id,
        "account": delivery.account_id,
        "due_at": delivery.due_at,
        "last_sent_at": delivery.last_sent_at,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
    }


def _withdrawn(each: Withdrawn) -> dict[str, Any]:
    delivery, withdrawal = each.out.delivery, each.withdrawal
    return {
        "id": delivery.id,
        "account": delivery.account_id,
        "fact": withdrawal.fact_id,
        "why": withdrawal.reason,
        "trouble": each.out.trouble,
    }


# ── for people ───────────────────────────────────────────────────────────────────────────────────


def as_lines(health: Health) -> Iterator[str]:
    """Everything that was seen, and what to type about it."""
    if health.is_well:
        yield "The bot is well."
    for ill in health.ills:
        unwell = "The bot cannot be looked at" if ill.code == "files" else "The bot does not do its work"
        yield f"{unwell}: {ill.text}."
    if health.is_known:
        yield from _summary(health)
        yield from _section("Failed; `bot retry ID` once the reason is mended", map(_told, health.failed))
        yield from _section(
            "Unknown; the bot goes on looking, or `bot resolve ID --sent` or `--not-sent` if you looked",
            map(_told, health.unknown),
        )
        yield from _section("Paused", map(_pause, health.pauses))
        yield from _section(
            "On hold; `bot hold FACT --lift REASON` lifts it",
            (f"{h.fact_id}, by {h.who} since {_moment(h.since)}: {h.why}" for h in health.holds),
        )
        yield from _section(
            "Resting", (f"{r.account_id} until {_moment(r.until)}: {r.why}" for r in health.rests)
        )
        yield from _section(
            "Silent until somebody reviews a translation; `bot review LANGUAGE` lists what waits",
            map(_silent, health.silent),
        )
        posts = Counter(each.withdrawal for each in health.withdrawn)
        yield from _section(
            "Out, but withdrawn; `bot withdrawn` lists the posts, to be corrected, taken down or left",
            (f"{how_many(count)} about {withdrawal.reason}" for withdrawal, count in posts.items()),
        )
    yield from _section(
        "Facts falling due",
        (
            f"{due.fact_id} {'fell' if due.is_over else 'falls'} due on {due.review_by}: check {due.publisher}"
            for due in health.facts_due
        ),
    )


def _summary(health: Health) -> Iterator[str]:
    for worker in health.workers:
        yield f"  worker     {_worker(worker)}"
    counts = ", ".join(f"{count} {state}" for state, count in sorted((health.counts or {}).items()))
    yield f"  deliveries {counts or 'none yet'}"
    if health.plan_is_empty:
        yield "  next due   nothing: the plan is empty; `bot plan` says why"
    elif health.next_due:
        yield f"  next due   {_moment(health.next_due)}"
    if health.waiting_since:
        yield f"  waiting    since {_moment(health.waiting_since)}"


def _worker(worker: WorkerHealth) -> str:
    last = f"last good tick {_moment(worker.healthy_at)}" if worker.healthy_at else "no good tick yet"
    if not worker.lives:
        last = f"silent since {_moment(worker.beat_at)}"
    troubles = "".join(f"; {kind}: {detail}" for kind, detail in worker.troubles.items())
    return f"{worker.id}, {last}{troubles}"


def _told(delivery: Delivery) -> str:
    return f"{delivery.id}  {delivery.slot_id}  {delivery.account_id}: {delivery.reason}"


def _pause(pause: Pause) -> str:
    option = "" if pause.scope is Scope.ALL else f" --{pause.scope} {pause.name}"
    return f"{pause.what}, by {pause.who} since {_moment(pause.since)}: {pause.why}  (`bot resume{option}` ends it)"


def _silent(account: Silent) -> str:
    languages = ", ".join(account.languages)
    if account.first is None:
        return f"{account.account_id}: nothing that it could say is reviewed ({languages})"
    count = f"{account.posts} post{'' if account.posts == 1 else 's'} of the coming days ({languages})"
    return f"{account.account_id}: {count}, from {_moment(account.first)} on"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    for n, line in enumerate(lines):
        if n == 0:
            yield f"\n{title}:"
        yield f"  {line}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
