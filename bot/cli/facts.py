"""`bot facts`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from bot.cli.common import json_option, now_option, present, show_json, show_table, workspace
from bot.composing.display import display
from bot.library import Refusal, refusals
from bot.model import Fact, Misconfigured
from bot.workspace import Workspace


@click.command("facts")
@click.argument("fact_id", required=False)
@click.option("--refused", is_flag=True, help="Only facts that the guard refuses, with the reason.")
@click.option("--status", default=None, help="Only facts of this status.")
@now_option
@json_option
def command(
    fact_id: str | None, refused: bool, status: str | None, now: datetime | None, as_json: bool
) -> None:
    """List the facts by status, or tell one fact's whole story."""
    space = workspace()
    today = space.settings.day_of(present(now))
    if fact_id is not None:
        _story(space, fact_id, today, as_json)
        return
    chosen = [
        (fact, refusals(fact, today))
        for fact in sorted(space.library.facts.values(), key=lambda fact: (fact.status, fact.id))
        if status is None or fact.status == status
    ]
    if refused:
        chosen = [(fact, reasons) for fact, reasons in chosen if reasons]
    if as_json:
        show_json([_as_data(fact, reasons) for fact, reasons in chosen])
        return
    if refused:
        for _, reasons in chosen:
            for reason in reasons:
                click.echo(f"- {reason}")
    else:
        rows = [[f.status, f.id, _review(f), "no: " + r[0].code if r else "yes", f.claim] for f, r in chosen]
        show_table(["status", "fact", "review by", "may go out", "claim"], rows)
    click.echo(_summary(space, today))


def _summary(space: Workspace, today: date) -> str:
    facts = space.library.facts.values()
    refused = sum(1 for fact in facts if refusals(fact, today))
    timeless = sum(1 for fact in facts if fact.review_by is None and not refusals(fact, today))
    return f"On {today}: {len(facts)} facts, {len(facts) - refused} may go out ({timeless} timeless), {refused} refused."


def _review(fact: Fact) -> str:
    return str(fact.review_by) if fact.review_by else "never"


def _as_data(fact: Fact, reasons: tuple[Refusal, ...]) -> dict[str, Any]:
    data = asdict(fact) | {"version": fact.version, "review_by": _review(fact), "place": str(fact.place)}
    data["values"] = {name: display(value, "en") for name, value in fact.values.items()}
    return data | {"may_go_out": not reasons, "refusals": [asdict(reason) for reason in reasons]}


def _story(space: Workspace, fact_id: str, today: date, as_json: bool) -> None:
    fact = space.library.facts.get(fact_id)
    if fact is None:
        raise Misconfigured(f"There is no fact called {fact_id!r}. `bot facts` lists them.")
    reasons = refusals(fact, today)
    if as_json:
        show_json(_as_data(fact, reasons))
        return
    click.echo(f"{fact.id} ({fact.place}), version {fact.version}\n\n  {fact.claim}\n")
    for name, value in _lines(fact):
        if value:
            click.echo(f"{name:>16}  {value}")
    wordings = space.library.wordings(fact.id, "en")
    click.echo(f"{'wordings':>16}  {', '.join(template.id for template in wordings) or 'none'}")
    click.echo()
    if not reasons:
        click.echo(f"On {today} it may go out.")
    for reason in reasons:
        click.echo(
            f"On {today} it is refused. It {reason.why}.\n  Since: {reason.since}\n  To lift it: {reason.lift}"
        )


def _lines(fact: Fact) -> list[tuple[str, str | None]]:
    values = "; ".join(f"{name} = {display(value, 'en')}" for name, value in fact.values.items())
    source = ", ".join(part for part in (fact.source.title, fact.source.publisher, fact.source.date) if part)
    return [
        ("subject", fact.subject),
        ("values", values),
        ("scope", fact.scope),
        ("source", source),
        ("address", fact.source.address),
        ("link for readers", fact.link),
        ("as of", str(fact.as_of)),
        ("review by", _review(fact)),
        ("status", f"{fact.status} since {fact.status_since}"),
        ("reason", fact.status_reason),
        ("said by", fact.attributed_to),
        ("group", fact.group),
        ("conflicts with", ", ".join(sorted(fact.conflicts))),
        ("superseded by", fact.superseded_by),
        ("corroborated by", "\n".ljust(19).join(fact.corroborated_by)),
        ("the seed said", fact.seed),
        ("confidence", fact.confidence),
        ("checked on", str(fact.checked_on) if fact.checked_on else None),
        ("notes", fact.notes),
    ]
