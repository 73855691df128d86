"""`bot review`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from bot import reviewing
from bot.cli.common import json_option, now_option, present, show_json, show_table, who_am_i, workspace
from bot.library import Block
from bot.library.shelf import OF_A_DAY, about
from bot.model import Message
from bot.reviewing import ReadCard, ReadWording, Sheet, Waiting
from bot.workspace import Workspace


@click.command("review")
@click.argument("language", required=False)
@click.argument("facts", metavar="[FACT[:SEEN]]...", nargs=-1)
@click.option("--day", metavar="OBSERVANCE", help="The wordings of a day, instead of those of a fact.")
@click.option(
    "--seen", metavar="1a2b3c4d", help="What you have read, as the sheet shows it: it may be posted."
)
@click.option("--who", metavar="NAME", help="Who has read it; recorded and shown.")
@click.option("--withdraw", metavar="REASON", help="Take back that it may be posted.")
@now_option
@json_option
def command(
    language: str | None,
    facts: tuple[str, ...],
    day: str | None,
    seen: str | None,
    who: str | None,
    withdraw: str | None,
    now: datetime | None,
    as_json: bool,
) -> None:
    """List the translations that wait for a person, read one, and say that it may be posted.

    \b
    bot review                             the languages, and how much waits in each
    bot review fr                          what waits in French
    bot review fr FACT                     one sheet to read: the fact, and what followers will see
    bot review fr FACT --seen 1a2b3c4d --who NAME
    bot review fr FACT:1a2b3c4d observance:DAY:5e6f7a8b --who NAME
    bot review fr FACT --withdraw REASON

    A review holds for what was read: once a word of it is changed, it waits again. `bot library export` writes
    reviews back into the files.
    """
    if withdraw is not None and seen is None and any(_split(text)[1] for text in facts):
        raise click.UsageError("Name what is taken back by its fact alone, with --seen or without.")
    named = _named(language, facts, day, seen)
    given = [read for read in named.values() if read is not None]
    if withdraw is None and (given or who is not None):
        if not who:
            raise click.UsageError("Say who has read it: --who NAME.")
        if not named or len(given) < len(named):
            raise click.UsageError("Say what was read: --seen 1a2b3c4d, or FACT:1a2b3c4d for each.")
    if withdraw is not None and len(named) != 1:
        raise click.UsageError("Name one FACT, or --day OBSERVANCE, that is taken back.")
    if len(named) > 1 and not given:
        raise click.UsageError("Read one at a time.")
    space, moment = workspace(), present(now)
    if language is None:
        _show_languages(reviewing.waiting(space.library), as_json)
    elif not named:
        _show_waiting(reviewing.waiting_in(space.library, language), as_json)
    elif withdraw is not None:
        ((name, read),) = named.items()
        _withdraw(space, name, language, read, who or who_am_i("bot review"), withdraw, as_json)
    elif given:
        _review(space, language, {name: read or "" for name, read in named.items()}, who or "", as_json)
    else:
        _show_sheet(reviewing.sheet(space, next(iter(named)), language, moment), as_json)


def _split(text: str) -> tuple[str, str | None]:
    """A name, and what was read of it; a day's name holds a colon too."""
    head, _, tail = text.rpartition(":")
    return (head, tail) if head and f"{head}:" != OF_A_DAY else (text, None)


def _named(
    language: str | None, facts: tuple[str, ...], day: str | None, seen: str | None
) -> dict[str, str | None]:
    """What the arguments name, and what was read of each."""
    pairs = [_split(text) for text in facts]
    if day is not None:
        pairs.append((about("", day), None))
    if (day or seen) and len(pairs) != 1:
        raise click.UsageError("Give --day without a FACT, and --seen with one FACT or with --day.")
    if language is None and pairs:
        raise click.UsageError("Name the language first, as in `bot review fr`.")
    named = dict(pairs)
    if len(named) < len(pairs):
        raise click.UsageError("Name each of them once.")
    if seen is not None:
        ((name, before),) = pairs
        if before is not None:
            raise click.UsageError("Give what was read once: FACT:1a2b3c4d or --seen 1a2b3c4d.")
        named[name] = seen
    return named


# ── what waits ───────────────────────────────────────────────────────────────────────────────


def _show_languages(found: list[Waiting], as_json: bool) -> None:
    if as_json:
        show_json([{"language": w.language, "waiting": len(w.blocks), "of": w.total} for w in found])
    elif not found:
        click.echo("Nothing is translated.")
    else:
        show_table(
            ["language", "wait", "of", "list"],
            [[w.language, str(len(w.blocks)), str(w.total), f"bot review {w.language}"] for w in found],
        )


def _show_waiting(found: Waiting, as_json: bool) -> None:
    if as_json:
        files = {file: [_block_data(block) for block in blocks] for file, blocks in found.files.items()}
        show_json(
            {"language": found.language, "waiting": len(found.blocks), "of": found.total, "files": files}
        )
        return
    for file, blocks in found.files.items():
        click.echo(f"{file}")
        for block in blocks:
            click.echo(f"  {block.fingerprint}  {block.name}")
    click.echo(
        f"{len(found.blocks)} of {found.total} wait. `bot review {found.language} NAME` shows one to read."
        if found.blocks
        else f"Nothing waits: all {found.total} are reviewed."
    )


def _block_data(block: Block) -> dict[str, Any]:
    return {
        "name": block.name,
        "fact": block.fact_id,
        "observance": block.observance_id,
        "seen": block.fingerprint,
        "place": str(block.place),
    }


# ── a person's word ──────────────────────────────────────────────────────────────────────────


def _review(space: Workspace, language: str, named: dict[str, str], who: str, as_json: bool) -> None:
    said = {block.name for block in reviewing.review_all(space, language, named, who, present(None))}
    if as_json:
        show_json({"language": language, "reviewed": sorted(said), "before": sorted(set(named) - said)})
        return
    for name in named:
        if name in said:
            click.echo(f"{name} ({language}) is reviewed and may be posted.")
        else:
            click.echo(f"{name} ({language}) was reviewed already.")


def _withdraw(
    space: Workspace, name: str, language: str, seen: str | None, who: str, why: str, as_json: bool
) -> None:
    reviewing.withdraw(space, name, language, seen, who, why, present(None))
    if as_json:
        show_json({"language": language, "withdrawn": name})
    else:
        click.echo(f"{name} ({language}) waits to be reviewed again, and is not posted until then.")


# ── the reading sheet ────────────────────────────────────────────────────────────────────────


def _show_sheet(sheet: Sheet, as_json: bool) -> None:
    if as_json:
        show_json(_sheet_data(sheet))
        return
    for line in _lines(sheet):
        click.echo(line)


def _sheet_data(sheet: Sheet) -> dict[str, Any]:
    fact, last = sheet.fact, sheet.last
    return {
        "language": sheet.block.language,
        **_block_data(sheet.block),
        "waits": sheet.waits,
        "claim": fact.claim,
        "scope": fact.scope,
        "source": {"title": fact.source.title, "publisher": fact.source.publisher, "address": fact.source.address,
                   "named": sheet.block.source},
        "values": {name: {"en": english, sheet.block.language: own} for name, english, own in sheet.values},
        "on": sheet.on,
        "wordings": [_wording_data(wording) for wording in sheet.wordings],
        "card": None if sheet.card is None else {"figure": sheet.card.figure, "text": sheet.card.text,
                                                 "alt_text": sheet.card.alt_text, "problem": sheet.card.problem},
        "said": None if last is None else {"by": last.who, "on": last.at, "reviewed": last.reviewed},
    }  # fmt: skip


def _wording_data(wording: ReadWording) -> dict[str, Any]:
    return {
        "id": wording.template.id,
        "reads": [
            {"posts": [post.text for post in reading.message.posts],
             "measures": [{"network": m.network, "length": m.length, "limit": m.limit} for m in reading.measures]}
            for reading in wording.readings
        ],
        "misfits": dict(wording.misfits),
    }  # fmt: skip


def _lines(sheet: Sheet) -> Iterator[str]:
    block, fact = sheet.block, sheet.fact
    yield f"{block.name} in {block.language}, as on {sheet.on}; {block.place}"
    yield ""
    yield f"claim    {fact.claim}"
    yield f"scope    {fact.scope or 'not said'}"
    yield f"source   {fact.source.title}, {fact.source.publisher}"
    yield f"         {fact.source.address or 'no address'}"
    yield f"         named here: {block.source or 'it has no name in this language'}"
    for name, english, own in sheet.values:
        yield f"value    {name}: {english} = {own}"
    for wording in sheet.wordings:
        yield from _wording_lines(wording)
    if sheet.card is not None:
        yield from _card_lines(sheet.card)
    yield ""
    yield from _last_lines(sheet)


def _wording_lines(wording: ReadWording) -> Iterator[str]:
    yield ""
    yield f"── {wording.template.id}"
    for reading in wording.readings:
        yield ""
        yield from _indented(reading.message)
        yield f"   ({'; '.join(f'{m.network}: {m.length} of {m.limit}' for m in reading.measures)})"
    for network, problem in wording.misfits:
        yield f"   (not on {network}: {problem})"


def _indented(message: Message) -> Iterator[str]:
    for n, post in enumerate(message.posts):
        if n:
            yield f"   [post {n + 1} of its thread]"
        for line in post.text.splitlines():
            yield f"   {line}"


def _card_lines(card: ReadCard) -> Iterator[str]:
    yield ""
    yield "── its card"
    yield ""
    if card.problem:
        yield f"   It cannot be filled: {card.problem}"
        return
    yield f"   {card.figure or '(no figure)'}"
    yield f"   {card.text}"
    yield f"   alt text: {card.alt_text}"


def _last_lines(sheet: Sheet) -> Iterator[str]:
    last, block = sheet.last, sheet.block
    if last is not None:
        on = last.at.date() if isinstance(last.at, datetime) else last.at
        yield f"{'Reviewed' if last.reviewed else 'Taken back'} by {last.who} on {on}."
    if sheet.waits:
        yield "If every line of it may be posted:"
        yield f"  bot review {block.language} {block.name} --seen {block.fingerprint} --who NAME"
    elif last is None:
        yield f"Its file says that all of it is {block.translation}."
