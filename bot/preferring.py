"""Which facts worked best, read from the ledger for the planner; the rule is in docs/what-works.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from bot.ledger import ASK_UNTIL, Ledger, Measured
from bot.ranking import engagement, leads, standings
from bot.settings import Settings

LOOKED_BACK = timedelta(days=180)
LEAST_POSTS = 3  # of a fact; fewer say too little
LEAST_AGE = timedelta(days=7)  # of a post when it was last asked about: younger ones are still being answered


def scores(ledger: Ledger, settings: Settings, now: datetime) -> dict[str, float]:
    """How far each fact is ahead of the median fact, from 0 to 1, as of the beginning of today in the campaign's zone.

    Posts count that went out in the last 180 days and that nobody asks about any more (bot.ledger.ASK_UNTIL). So they
    had equally long to be answered, and every worker reads the same all day.
    """
    today = datetime.combine(settings.day_of(now), time.min, settings.zone)
    return scores_of(ledger.measured(today - LOOKED_BACK, today - ASK_UNTIL, today))


def scores_of(posts: Iterable[Measured]) -> dict[str, float]:
    """The same from values."""
    known = [
        (post.fact_id, post.network, engaged)
        for post in posts
        if post.asked_at - post.sent_at >= LEAST_AGE and (engaged := engagement(post.metrics)) is not None
    ]
    counts = Counter(fact_id for fact_id, _, _ in known)
    return leads(standings(each for each in known if counts[each[0]] >= LEAST_POSTS))
