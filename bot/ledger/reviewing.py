"""What people said of translations: read and found right, or that taken back."""

from __future__ import annotations

from sqlalchemy import func, insert, select

from bot.ledger.looking import Looking
from bot.ledger.rows import Review, audit_row
from bot.ledger.tables import audit, reviews


class Reviewing(Looking):
    """What reviewers ask and write."""

    def review(self, review: Review, why: str = "") -> None:
        """Write down what somebody says of a translation; `why` it was taken back."""
        r = review
        row = {
            "name": r.name, "language": r.language, "seen": r.seen, "reviewed": r.reviewed, "who": r.who, "at": r.at,
        }  # fmt: skip
        what = f"translation {r.name} ({r.language})"
        became = "reviewed" if r.reviewed else "unreviewed"
        as_seen = f"as {r.seen}: {why}" if why else f"as {r.seen}"
        with self.engine.begin() as connection:
            connection.execute(insert(reviews), row)
            connection.execute(insert(audit), audit_row(r.at, r.who, what, None, became, as_seen))

    def reviews(self) -> list[Review]:
        """Every word on a translation, oldest first; the last one on what was seen counts."""
        with self._reading() as connection:
            rows = connection.execute(select(reviews).order_by(reviews.c.id)).mappings()
            return [Review(**{name: value for name, value in row.items() if name != "id"}) for row in rows]

    def last_review(self) -> int | None:
        """A number that grows with every review."""
        with self._reading() as connection:
            found: int | None = connection.scalar(select(func.max(reviews.c.id)))
            return found
