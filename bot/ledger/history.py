"""Looking back: every delivery and every act, newest first, a page at a time.

A page begins where the last one ended (a cursor, never a count of rows to pass over), so that what is delivered
meanwhile is neither skipped nor shown twice, and the ten-thousandth page costs what the first one does. Text has no
index: a search looks through WINDOW rows at a time and says how far it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    TextClause,
    and_,
    func,
    or_,
    select,
    text,
    tuple_,
)

from bot.ledger.looking import Looking
from bot.ledger.states import IN_FLIGHT, OPEN
from bot.ledger.tables import deliveries, posts
from bot.model import State

WINDOW = 25_000
AT_ONCE = 1000
# In letters, as the index ix_deliveries_settled has it: a database does not see it through parameters.
SETTLED = text("deliveries.state NOT IN ('planned', 'approved', 'due', 'sending', 'unknown')")
UNSETTLED = deliveries.c.state.in_((*OPEN, *IN_FLIGHT))
_TEXT = deliveries.c.message["text"].as_string()
_NEWEST = (deliveries.c.due_at.desc(), deliveries.c.id.desc())


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the history: what is older than this moment (UTC), or of this moment with a lesser id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z~{self.id}"

    @classmethod
    def parse(cls, given: str) -> Cursor:
        """The cursor that a page's address carries. Raises ValueError for anything else."""
        at, _, id_ = given.partition("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("this is not a place in the history")
        return cls(moment.astimezone(UTC), id_)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: all of `words` in the text, fact or account; due from `since` (UTC) until before `until`."""

    words: tuple[str, ...] = ()
    state: State | None = None
    account_id: str | None = None
    network: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery as the history shows it. Moments are UTC; `sent_at` is the last attempt's, if it went out."""

    id: str
    slot_id: str
    due_at: datetime
    sent_at: datetime | None
    account_id: str
    network: str
    fact_id: str
    template_id: str
    language: str
    text: str
    state: State
    attempts: int
    url: str | None
    remote_id: str | None
    reason: str | None
    deleted_at: datetime | None

    @property
    def cursor(self) -> Cursor:
        """Its place in the history."""
        return Cursor(self.due_at, self.id)

    @property
    def first_line(self) -> str:
        """How its text begins."""
        return self.text.strip().partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Found:
    """A page. `older` is where the next one begins; `searched_to` (UTC) is set where the search has not ended yet."""

    entries: tuple[Entry, ...]
    older: Cursor | None = None
    searched_to: datetime | None = None


class History(Looking):
    """What those who look back ask."""

    def history(
        self, wanted: Wanted, before: Cursor | None = None, limit: int = 50, window: int = WINDOW
    ) -> Found:
        """The newest deliveries that are wanted and older than `before`."""
        with self._reading() as connection:
            floor = _floor(connection, wanted, before, window)
            found: dict[str, Entry] = {}  # what is settled between two questions is in both answers
            for branch in _branches(wanted):
                condition = and_(branch, _rest(connection, wanted), *_bounds(wanted, before, floor))
                query = _ENTRIES.where(condition).order_by(*_NEWEST).limit(limit + 1)
                found |= {row["id"]: _entry(row) for row in connection.execute(query).mappings()}
        newest = sorted(found.values(), key=lambda entry: entry.cursor, reverse=True)
        page = tuple(newest[:limit])
        if len(newest) > limit:
            return Found(page, page[-1].cursor)
        return Found(page, floor, floor.at if floor else None)

    def whole_history(self, wanted: Wanted) -> Iterator[Entry]:
        """Everything that is wanted, newest first, read in steps so that nobody waits for it and little is kept."""
        before: Cursor | None = None
        while True:
            found = self.history(wanted, before, AT_ONCE)
            yield from found.entries
            if found.older is None:
                return
            before = found.older


_ENTRIES = select(
    deliveries.c.id,
    posts.c.slot_id,
    deliveries.c.due_at,
    deliveries.c.last_sent_at,
    deliveries.c.account_id,
    deliveries.c.network,
    deliveries.c.fact_id,
    deliveries.c.template_id,
    deliveries.c.message["language"].as_string().label("language"),
    _TEXT.label("text"),
    deliveries.c.state,
    deliveries.c.attempts,
    deliveries.c.url,
    deliveries.c.remote_id,
    deliveries.c.reason,
    deliveries.c.deleted_at,
).join(posts, posts.c.id == deliveries.c.post_id)


def _entry(row: RowMapping) -> Entry:
    values = {
        **row,
        "state": State(row["state"]),
        "text": row["text"] or "",
        "language": row["language"] or "",
    }
    last_sent_at = values.pop("last_sent_at")
    return Entry(sent_at=last_sent_at if values["state"] is State.SENT else None, **values)


def _branches(wanted: Wanted) -> list[ColumnElement[bool] | TextClause]:
    """What an index has in the order of time; together all that is wanted, and more."""
    if wanted.account_id is not None:
        return [deliveries.c.account_id == wanted.account_id]
    if wanted.state is not None:
        return [deliveries.c.state == wanted.state]
    return [UNSETTLED, SETTLED]


def _rest(connection: Connection, wanted: Wanted) -> ColumnElement[bool]:
    """What no index helps with."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.account_id is not None and wanted.state is not None:
        # Not the bare column: its index would be taken in place of the account's.
        conditions.append(func.coalesce(deliveries.c.state, "") == wanted.state)
    if wanted.network is not None:
        conditions.append(deliveries.c.network == wanted.network)
    for word in wanted.words:
        columns = (_TEXT, deliveries.c.fact_id, deliveries.c.account_id)
        conditions.append(or_(*(contains(connection, column, word) for column in columns)))
    return and_(True, *conditions)


def _bounds(wanted: Wanted, before: Cursor | None, floor: Cursor | None) -> list[ColumnElement[bool]]:
    place = tuple_(deliveries.c.due_at, deliveries.c.id)
    bounds: list[ColumnElement[bool]] = []
    if before is not None:
        bounds.append(place < (before.at, before.id))
    if floor is not None:
        bounds.append(place >= (floor.at, floor.id))
    if wanted.since is not None:
        bounds.append(deliveries.c.due_at >= wanted.since)
    if wanted.until is not None:
        bounds.append(deliveries.c.due_at < wanted.until)
    return bounds


def _floor(connection: Connection, wanted: Wanted, before: Cursor | None, window: int) -> Cursor | None:
    """How far back this page looks, where every row has to be looked at."""
    alone = replace(wanted, since=None, until=None) in (
        Wanted(),
        Wanted(state=wanted.state),
        Wanted(account_id=wanted.account_id),
    )
    if alone:
        return None
    query = (
        select(deliveries.c.due_at)
        .where(_branches(wanted)[-1], *_bounds(wanted, before, None))
        .order_by(deliveries.c.due_at.desc())
        .limit(1)
        .offset(window - 1)
    )
    at = connection.scalar(query)
    return Cursor(at, "") if at else None  # before every id of that moment


def contains(connection: Connection, column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word, whatever its case. SQLite knows no case but that of ASCII, so it gets a choice."""
    if connection.dialect.name != "sqlite" or word.isascii():
        return column.icontains(word, autoescape=True)
    cases = {word, word.lower(), word.upper(), word.capitalize(), word.title()}
    return or_(*(column.icontains(case, autoescape=True) for case in sorted(cases)))
