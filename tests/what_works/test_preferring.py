"""The planner's scores: read from the ledger as of the day's beginning, the same for every worker all day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.ledger import Ledger, open_ledger
from bot.model import Metrics
from bot.workspace import Workspace, open_workspace
from tests.answers import went_out
from tests.world import CAMPAIGN, HOUR, MINUTE, NOW, write_campaign

DAY = timedelta(days=1)
OLD = NOW - 60 * DAY
PREFER = CAMPAIGN + "time_zone: Pacific/Kiritimati\nprefer_what_works: {head_start_days: 30}\n"
RESTED = "cool_downs: {fact_days: 1}\n"


def opened(tmp_path: Path, campaign: str = PREFER) -> Workspace:
    home = write_campaign(tmp_path / "campaign", campaign=campaign + RESTED)
    return open_workspace(home, open_ledger(f"sqlite:///{tmp_path / 'bot.db'}"))


def tell(ledger: Ledger, fact: str, likes: int, times: int = 3, start=OLD, after=30 * DAY, **more) -> None:
    for n in range(times):
        at = start + n * DAY
        went_out(ledger, at, fact=fact, metrics=Metrics(likes, 0, 0), asked_at=at + after, **more)


def liked(space: Workspace, **better) -> dict[str, float]:
    """The scores where the casualties were liked, told as `better` says."""
    tell(space.ledger, "oslo-adoption", 1)
    tell(space.ledger, "casualties-2024", 9, **better)
    return dict(space.scores(NOW))


def test_a_fact_that_was_answered_more_than_the_median_one_has_a_score(tmp_path: Path) -> None:
    assert liked(opened(tmp_path)) == {"oslo-adoption": 0.0, "casualties-2024": 1.0}


def test_two_posts_say_too_little(tmp_path: Path) -> None:
    assert liked(opened(tmp_path), times=2) == {}


def test_posts_that_are_still_being_answered_do_not_count(tmp_path: Path) -> None:
    assert liked(opened(tmp_path), start=NOW - 33 * DAY) == {}


def test_posts_that_were_asked_about_too_early_do_not_count(tmp_path: Path) -> None:
    assert liked(opened(tmp_path), after=6 * DAY) == {}


def test_what_was_long_ago_does_not_count(tmp_path: Path) -> None:
    assert liked(opened(tmp_path), start=NOW - 183 * DAY) == {}


def test_what_is_written_down_today_changes_nothing_before_tomorrow(tmp_path: Path) -> None:
    """Posts of an age at which somebody still asks are too young to count, and what was taken down counts today."""
    space = opened(tmp_path)
    before = liked(space)
    for age in range(1, 31):
        went_out(
            space.ledger,
            NOW - age * DAY - HOUR,
            fact="oslo-adoption",
            metrics=Metrics(99, 0, 0),
            asked_at=NOW,
        )
    for post in space.ledger.answered(OLD, NOW - 31 * DAY):
        space.ledger.note_deleted(post.delivery_id, "test", "a mistake", NOW)
    for now in (NOW - 22 * HOUR, NOW, NOW + 59 * MINUTE):  # one day in Kiritimati, 14 hours ahead
        another_worker = Workspace(space.home, space.settings, space.library, space.ledger)
        assert dict(another_worker.scores(now)) == before
    assert space.scores(NOW + HOUR) != before


def test_the_plan_prefers_what_works_and_without_a_head_start_asks_nobody(tmp_path: Path) -> None:
    space = opened(tmp_path)
    tell(space.ledger, "oslo-adoption", 1, start=OLD)
    tell(space.ledger, "casualties-2024", 9, start=OLD + 2 * HOUR)
    went_out(space.ledger, NOW - 20 * DAY, fact="oslo-adoption")
    went_out(space.ledger, NOW - 10 * DAY, fact="casualties-2024")
    assert space.plan(NOW)[0].fact_id == "casualties-2024"
    write_campaign(space.home, campaign=CAMPAIGN + RESTED)
    plain = open_workspace(space.home, space.ledger)
    assert plain.scores(NOW) == {}
    assert plain.plan(NOW)[0].fact_id == "oslo-adoption"
