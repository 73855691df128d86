"""A month of posts on three networks, as the worker leaves it, for tests of the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.ledger import Ledger
from bot.model import Metrics
from tests.answers import went_out

DAY = timedelta(days=1)
FIRST = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
FORMULA = '=HYPERLINK("https://example.org"; "win")'
ARABIC = "حُظرت الألغام عام \u20681997\u2069."


def fill(ledger: Ledger) -> None:
    """November 2026: six posts that count, one taken down, one rehearsal; and one each of October and December."""
    answered = {"asked_at": FIRST + 20 * DAY}
    went_out(
        ledger, FIRST, account="x-en", network="x", fact="casualties-2024", words="6,279 people.\nSource: it.",
        metrics=Metrics(10, 5, 1, 900), **answered,
    )  # fmt: skip
    went_out(
        ledger, FIRST + DAY, account="x-en", network="x", wording="b", words=FORMULA,
        metrics=Metrics(1, 0, 0, 100), **answered,
    )  # fmt: skip
    went_out(
        ledger, FIRST + 8 * DAY + timedelta(hours=6), account="sky", network="bluesky", fact="casualties-2024",
        words="6,279 people.", metrics=Metrics(4, 2, 2), **answered,
    )  # fmt: skip
    went_out(
        ledger, FIRST + 9 * DAY, account="sky", network="bluesky", words="In Oslo, in 1997.",
        metrics=Metrics(0, 1, 0), **answered,
    )  # fmt: skip
    went_out(
        ledger,
        FIRST + 10 * DAY,
        account="toot",
        language="ar",
        words=ARABIC,
        metrics=Metrics(2, 0, None),
        **answered,
    )
    went_out(
        ledger, FIRST + 29 * DAY + timedelta(hours=14, minutes=59), account="toot", words="In Oslo, in 1997."
    )
    gone = went_out(ledger, FIRST + 2 * DAY, account="toot", metrics=Metrics(50, 50, 50), **answered)
    ledger.note_deleted(gone, "test", "a mistake", FIRST + 3 * DAY)
    went_out(ledger, FIRST + 4 * DAY, account="trial", network="file")
    went_out(ledger, FIRST - DAY, account="x-en", network="x", metrics=Metrics(99, 99, 99, 99))
    went_out(ledger, FIRST + 30 * DAY, account="x-en", network="x", metrics=Metrics(99, 99, 99, 99))
