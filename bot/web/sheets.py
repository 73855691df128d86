"""Deliveries as lines of CSV that a spreadsheet shows and never runs. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from bot.ledger import Answered, Entry
from bot.ranking import engagement

BOM = "\ufeff"  # without it Excel reads UTF-8 as something else
HEAD = (
    "delivery", "slot", "due_at", "sent_at", "account", "network", "fact", "template", "language", "state",
    "attempts", "text", "address", "network_id", "reason", "deleted_at",
)  # fmt: skip
REPORT_HEAD = (
    "delivery", "sent_at", "account", "network", "fact", "template", "language", "likes", "reposts", "replies",
    "views", "engagement", "asked_at", "text", "address",
)  # fmt: skip
# What makes a spreadsheet calculate, in the widths that Asian keyboards type as well.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
A_CHUNK = 200


def lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The history, a chunk of lines at a time."""
    return _sheet(HEAD, map(_cells, entries))


def report_lines(posts: Iterable[Answered]) -> Iterator[bytes]:
    """A report's posts, a line each; a cell is empty where the network did not tell."""
    return _sheet(REPORT_HEAD, map(_counts, posts))


def _sheet(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8 with a BOM; moments are in UTC."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    sink.write(BOM)
    writer.writerow(head)
    for number, row in enumerate(rows, 1):
        writer.writerow([harmless(value) for value in row])
        if number % A_CHUNK == 0:
            yield _taken(sink)
    yield _taken(sink)


def harmless(value: object) -> str:
    """A cell's text; an apostrophe goes before what a spreadsheet would run as a formula."""
    text = _moment(value) if isinstance(value, datetime) else "" if value is None else str(value)
    runs = text.startswith(("\t", "\r", "\n")) or text.lstrip().startswith(FORMULA)
    return f"'{text}" if runs else text


def _cells(entry: Entry) -> tuple[object, ...]:
    return (
        entry.id, entry.slot_id, entry.due_at, entry.sent_at, entry.account_id, entry.network, entry.fact_id,
        entry.template_id, entry.language, entry.state, entry.attempts, entry.text, entry.url, entry.remote_id,
        entry.reason, entry.deleted_at,
    )  # fmt: skip


def _counts(post: Answered) -> tuple[object, ...]:
    told = post.metrics
    return (
        post.delivery_id, post.sent_at, post.account_id, post.network, post.fact_id, post.template_id, post.language,
        told.likes, told.reposts, told.replies, told.views, engagement(told), post.asked_at, post.text, post.url,
    )  # fmt: skip


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _taken(sink: io.StringIO) -> bytes:
    text = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return text.encode()
