"""A month's posts and how followers answered: by fact, language, network and hour, and by wording.

What the numbers mean is in docs/what-works.md. Nothing is summed over networks without saying of how many posts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from bot.ledger import Answered
from bot.model import Fact, Metrics, Misconfigured
from bot.ranking import engagement, standings
from bot.settings import Settings
from bot.workspace import Workspace

REHEARSAL = "file"  # the network that nobody can follow
SHOWN_WORDINGS = 5  # best ones, and as many weakest


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the campaign's calendar."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @classmethod
    def parse(cls, given: str) -> Month:
        """From 2026-11. Raises Misconfigured for anything else."""
        match = re.fullmatch(r"(2\d{3})-(0[1-9]|1[0-2])", given)
        if match is None:
            raise Misconfigured(f"{given!r} is not a month; write it as 2026-11.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month of a day."""
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> Month:
        """The month before it."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)


@dataclass(frozen=True, slots=True)
class Told:
    """A sum over those posts whose network told it, and how many these are."""

    total: int
    posts: int


@dataclass(frozen=True, slots=True)
class Line:
    """Some posts together. `engagement` is per post, over `engaged` posts; `standing`, from 0 to 1, among its like."""

    name: str
    posts: int
    likes: Told
    reposts: Told
    replies: Told
    views: Told
    engaged: int
    engagement: float | None
    standing: float | None = None
    words: str | None = None  # of a fact its claim, of a wording how a post with it began
    language: str = "en"  # of the words


@dataclass(frozen=True, slots=True)
class Report:
    """One month. `posts` are those that are counted, oldest first."""

    campaign: str
    month: Month
    zone: str
    made_at: datetime
    posts: tuple[Answered, ...]
    taken_down: int
    rehearsals: int
    unasked: int  # posts about which nobody was asked yet
    total: Line
    facts: tuple[Line, ...]
    languages: tuple[Line, ...]
    networks: tuple[Line, ...]
    hours: tuple[Line, ...]
    best: tuple[Line, ...]
    weakest: tuple[Line, ...]


def read(space: Workspace, month: Month, now: datetime) -> Report:
    """The report of a month as it is known now."""
    settings = space.settings
    since, until = (datetime.combine(each.first, time.min, settings.zone) for each in (month, month.next))
    return report_of(space.ledger.answered(since, until), month, settings, space.library.facts, now)


def report_of(
    answered: Iterable[Answered], month: Month, settings: Settings, facts: Mapping[str, Fact], now: datetime
) -> Report:
    """The same from values."""
    everything = list(answered)
    real = [post for post in everything if post.network != REHEARSAL]
    posts = [post for post in real if post.deleted_at is None]
    claims = {post.fact_id: (facts[post.fact_id].claim, "en") for post in posts if post.fact_id in facts}
    beginnings = {post.template_id: (_first_line(post.text), post.language) for post in posts}
    wordings = _ranked(_lines(posts, lambda post: post.template_id, beginnings))
    return Report(
        campaign=settings.campaign.name,
        month=month,
        zone=settings.campaign.time_zone,
        made_at=now,
        posts=tuple(posts),
        taken_down=len(real) - len(posts),
        rehearsals=len(everything) - len(real),
        unasked=sum(post.asked_at is None for post in posts),
        total=_line("All posts", posts),
        facts=_ranked(_lines(posts, lambda post: post.fact_id, claims)),
        languages=_ranked(_lines(posts, lambda post: post.language)),
        networks=tuple(_line(name, of) for name, of in _grouped(posts, lambda post: post.network)),
        hours=tuple(_lines(posts, lambda post: f"{post.sent_at.astimezone(settings.zone):%H}:00")),
        best=tuple(line for line in wordings if (line.standing or 0) > 0.5)[:SHOWN_WORDINGS],
        weakest=_weakest(wordings),
    )


def _lines(
    posts: list[Answered],
    name_of: Callable[[Answered], str],
    words: Mapping[str, tuple[str, str]] | None = None,
) -> list[Line]:
    """A line for each name, in the order of the names, with its standing among them."""
    known = ((name_of(post), post.network, engagement(post.metrics)) for post in posts)
    places = standings((name, network, engaged) for name, network, engaged in known if engaged is not None)
    said = words or {}
    return [
        _line(name, of, places.get(name), *said.get(name, (None, "en")))
        for name, of in _grouped(posts, name_of)
    ]


def _line(
    name: str,
    posts: list[Answered],
    standing: float | None = None,
    words: str | None = None,
    language: str = "en",
) -> Line:
    engaged = [each for post in posts if (each := engagement(post.metrics)) is not None]
    return Line(
        name,
        len(posts),
        _told(posts, lambda metrics: metrics.likes),
        _told(posts, lambda metrics: metrics.reposts),
        _told(posts, lambda metrics: metrics.replies),
        _told(posts, lambda metrics: metrics.views),
        len(engaged),
        sum(engaged) / len(engaged) if engaged else None,
        standing,
        words,
        language,
    )


def _told(posts: list[Answered], count: Callable[[Metrics], int | None]) -> Told:
    counts = [told for post in posts if (told := count(post.metrics)) is not None]
    return Told(sum(counts), len(counts))


def _grouped(posts: list[Answered], name_of: Callable[[Answered], str]) -> list[tuple[str, list[Answered]]]:
    groups: dict[str, list[Answered]] = defaultdict(list)
    for post in posts:
        groups[name_of(post)].append(post)
    return sorted(groups.items())


def _ranked(lines: list[Line]) -> tuple[Line, ...]:
    """Who stands best first; who has no standing last."""
    return tuple(sorted(lines, key=lambda line: (line.standing is None, -(line.standing or 0), line.name)))


def _weakest(wordings: Iterable[Line]) -> tuple[Line, ...]:
    behind = (line for line in wordings if line.standing is not None and line.standing < 0.5)
    return tuple(sorted(behind, key=lambda line: (line.standing, line.name)))[:SHOWN_WORDINGS]


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
