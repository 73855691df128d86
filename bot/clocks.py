"""Whether this machine's clock can be believed: no delivery is judged by a clock that has just jumped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_DRIFT = timedelta(seconds=30)
STEADY_SECONDS = 60.0


@dataclass(slots=True)
class ClockWatch:
    """Compares the wall clock with the monotonic one from tick to tick, and with the database's where there is one.

    After a jump it asks for a minute of steadiness: a clock that was put right stays right, and a mistake
    that is mended within the minute does no harm.
    """

    _wall: datetime | None = None
    _monotonic: float = 0.0
    _jumped_at: float | None = None

    def doubt(self, wall: datetime, monotonic: float, database: datetime | None) -> str | None:
        """Why the wall clock (UTC) cannot be believed now, or None. `monotonic` is in seconds."""
        if self._wall is not None:
            drift = (wall - self._wall) - timedelta(seconds=monotonic - self._monotonic)
            if abs(drift) > MOST_DRIFT:
                self._jumped_at = monotonic
        self._wall, self._monotonic = wall, monotonic
        if database is not None:
            # The database's clock is the one that all workers share; a jump that it does not confirm is ours.
            self._jumped_at = None
            if abs(wall - database) > MOST_DRIFT:
                return f"this machine's clock says {wall:%Y-%m-%d %H:%M:%S}, the database's {database:%Y-%m-%d %H:%M:%S} UTC"
            return None
        if self._jumped_at is not None and monotonic - self._jumped_at < STEADY_SECONDS:
            return "this machine's clock has jumped; nothing is sent until it has been steady for a minute"
        return None


@dataclass(slots=True)
class SteadyClock:
    """The clock of one tick: the wall's moment at its beginning, and from then on monotonic.

    A tick may send for minutes; a jump in the middle of it must neither skip what is due nor send what is not.
    """

    wall: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    _began: tuple[datetime, float] | None = None

    def begin(self, wall: datetime, monotonic: float) -> None:
        """Go on from a moment (UTC) that is believed; `monotonic` is in seconds."""
        self._began = wall, monotonic

    def __call__(self) -> datetime:
        """The present moment, in UTC."""
        if self._began is None:
            return self.wall()
        wall, monotonic = self._began
        return wall + timedelta(seconds=self.monotonic() - monotonic)
