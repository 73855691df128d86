"""The audit log as a whole: who did what to what, when and why, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from bot.ledger.history import WINDOW, contains
from bot.ledger.looking import Looking
from bot.ledger.tables import audit, deliveries


class About(StrEnum):
    """What an act was about."""

    POSTS = "posts"
    FACTS = "facts"
    TRANSLATIONS = "translations"
    PAUSES = "pauses"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class WantedActs:
    """Which acts: parts of the names of `who` and `what`."""

    who: str = ""
    what: str = ""
    about: About | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the audit log; of a delivery that is still there it says whose and of which fact. `at` is UTC."""

    id: int
    at: datetime
    who: str
    what: str
    was: str | None
    became: str
    why: str | None
    account_id: str | None = None
    fact_id: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FoundActs:
    """A page. `older` is where the next one begins; `searched_to` (UTC) is set where the search has not ended yet."""

    acts: tuple[Act, ...]
    older: int | None = None
    searched_to: datetime | None = None


class Acts(Looking):
    """What those who ask who did what ask."""

    def acts(
        self, wanted: WantedActs, before: int | None = None, limit: int = 50, window: int = WINDOW
    ) -> FoundActs:
        """The newest acts that are wanted and older than the one with the id `before`."""
        query = (
            select(audit, deliveries.c.account_id, deliveries.c.fact_id, deliveries.c.due_at)
            .outerjoin(deliveries, deliveries.c.id == audit.c.what)
            .order_by(audit.c.id.desc())
            .limit(limit + 1)
        )
        with self._reading() as connection:
            newest = connection.scalar(select(func.max(audit.c.id))) or 0
            first = min(before, newest + 1) if before is not None else newest + 1
            floor = max(first - window, 0)
            conditions = [audit.c.id < first, audit.c.id >= floor]
            if wanted.about is not None:
                conditions.append(_ABOUT[wanted.about])
            if wanted.who:
                conditions.append(contains(connection, audit.c.who, wanted.who))
            if wanted.what:
                named = (audit.c.what, deliveries.c.account_id, deliveries.c.fact_id, audit.c.became)
                conditions.append(or_(*(contains(connection, column, wanted.what) for column in named)))
            rows = connection.execute(query.where(and_(*conditions))).mappings()
            found = tuple(Act(**row) for row in rows)
            if len(found) > limit:
                return FoundActs(found[:limit], found[limit - 1].id)
            if floor <= 1:
                return FoundActs(found)
            to = connection.scalar(
                select(audit.c.at).where(audit.c.id >= floor).order_by(audit.c.id).limit(1)
            )
            return FoundActs(found, floor, to)


_OF_NO_POST = or_(
    audit.c.what.startswith("fact "),
    audit.c.what.startswith("translation "),
    audit.c.what.startswith("user "),
    audit.c.became.in_(("paused", "resumed")),
)
_ABOUT: dict[About, ColumnElement[bool]] = {
    About.POSTS: not_(_OF_NO_POST),
    About.FACTS: audit.c.what.startswith("fact "),
    About.TRANSLATIONS: audit.c.what.startswith("translation "),
    About.PAUSES: audit.c.became.in_(("paused", "resumed")),
    About.PEOPLE: audit.c.what.startswith("user "),
}
