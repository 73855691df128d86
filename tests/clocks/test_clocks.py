"""No delivery is judged by a clock that has just jumped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clocks import ClockWatch, SteadyClock
from tests.world import HOUR, NOW

SECOND = timedelta(seconds=1)


def test_a_clock_that_goes_on_as_time_does_is_believed() -> None:
    watch = ClockWatch()
    assert [watch.doubt(NOW + n * 5 * SECOND, n * 5, None) for n in range(100)] == [None] * 100


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 31 * SECOND, -31 * SECOND])
def test_after_a_jump_either_way_it_is_believed_only_when_it_was_steady_for_a_minute(jump: timedelta) -> None:
    watch = ClockWatch()
    watch.doubt(NOW, 0, None)
    for at in (5, 30, 64):
        assert watch.doubt(NOW + jump + at * SECOND, at, None) is not None
    assert watch.doubt(NOW + jump + 65 * SECOND, 65, None) is None


def test_a_jump_that_is_mended_counts_from_its_mending() -> None:
    watch = ClockWatch()
    watch.doubt(NOW, 0, None)
    watch.doubt(NOW + HOUR, 5, None)
    assert watch.doubt(NOW + 50 * SECOND, 50, None) is not None
    assert watch.doubt(NOW + 109 * SECOND, 109, None) is not None
    assert watch.doubt(NOW + 110 * SECOND, 110, None) is None


def test_where_there_is_a_database_server_its_clock_decides() -> None:
    watch = ClockWatch()
    watch.doubt(NOW, 0, NOW)
    said = watch.doubt(NOW + HOUR, 5, NOW + 5 * SECOND)
    assert said is not None
    assert "database's" in said
    assert watch.doubt(NOW + 10 * SECOND, 10, NOW + 10 * SECOND) is None


def test_within_a_tick_time_goes_on_whatever_the_wall_clock_does() -> None:
    monotonic = iter([7.0, 8.5])
    clock = SteadyClock(lambda: NOW + HOUR, lambda: next(monotonic))
    assert clock() == NOW + HOUR
    clock.begin(NOW, 5.0)
    assert [clock(), clock()] == [NOW + 2 * SECOND, NOW + 3.5 * SECOND]
