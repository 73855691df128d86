"""What the networks' HTTP has in common: did a request ever leave, and how long to wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from bot.model import Allowance
from bot.networks.base import Check, Doubtful, NetworkError, Passing

CONNECT_SECONDS = 8.0
READ_SECONDS = 18.0  # together under the 30 s that a host gives a worker to stop
MOST_SKEW_SECONDS = 60.0

# By name, so that no HTTP package is imported just to know its errors (requests, urllib3, httpx).
_NEVER_LEFT = {
    "ConnectError",
    "ConnectTimeout",
    "ConnectTimeoutError",
    "NameResolutionError",
    "NewConnectionError",
    "PoolTimeout",
}


def never_left(error: BaseException) -> bool:
    """Whether no byte of the request can have reached the server: no connection was ever made."""
    return any(type(cause).__name__ in _NEVER_LEFT for cause in _chain(error))


def _chain(error: BaseException, seen: frozenset[int] = frozenset()) -> Iterator[BaseException]:
    if id(error) in seen:
        return
    yield error
    seen |= {id(error)}
    inner = [error.__cause__, error.__context__, getattr(error, "reason", None), *error.args]
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _chain(cause, seen)


def without_answer(error: BaseException, where: str) -> NetworkError:
    """The meaning of a request that got no answer: Passing if it never left, else Doubtful."""
    kind = type(error).__name__
    if never_left(error):
        return Passing(f"{where} cannot be reached ({kind})")
    return Doubtful(f"{where} gave no answer ({kind})")


def wait_seconds(headers: Any, reset_header: str, now: datetime | None = None) -> float | None:
    """Seconds to wait, from now (UTC; the present moment when left out), from Retry-After (seconds or a date), or from a reset moment (epoch or ISO); None if unsaid."""
    after = headers.get("retry-after") or headers.get("Retry-After")
    if after is not None:
        return _seconds(after, now) if not after.strip().isdigit() else float(after)
    reset = headers.get(reset_header)
    return _seconds(reset, now) if reset else None


def _seconds(text: str, now: datetime | None) -> float | None:
    moment = _moment(text)
    return None if moment is None else max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)


def _moment(text: str) -> datetime | None:
    for read in (_from_epoch, datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(text.strip())
        except (ValueError, TypeError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def allowances_in(headers: Any, *prefixes: str) -> tuple[Allowance, ...]:
    """What headers such as x-rate-limit-remaining and -reset allow, for each prefix that has both."""
    found = []
    for prefix in prefixes:
        remaining, reset = headers.get(f"{prefix}-remaining"), headers.get(f"{prefix}-reset")
        moment = _moment(str(reset)) if reset else None
        if moment is not None and str(remaining).isdigit():
            found.append(Allowance(prefix, int(str(remaining)), moment))
    return tuple(found)


def _from_epoch(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def earliest(attempt: datetime) -> datetime:
    """When a post of this attempt was made at the earliest: an attempt in the future was dated by a wrong clock."""
    return min(attempt, datetime.now(UTC))


def clock_check(headers: Any, most: float = MOST_SKEW_SECONDS) -> Check:
    """Whether this machine's clock agrees with the server's Date header."""
    date = headers.get("date") or headers.get("Date")
    if not date:
        return Check("clock", True, "the server does not tell the time")
    skew = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    mend = None if abs(skew) <= most else "Set the clock of this machine, for example with systemd-timesyncd."
    return Check(
        "clock", mend is None, f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the server", mend
    )


def session(base_url: str | None = None, replace: str | None = None) -> Any:
    """A requests session with time limits that keeps its last answer; `replace` names a host to swap for `base_url`."""
    import requests

    class Session(requests.Session):
        last: requests.Response | None = None

        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
            self.last = None
            if base_url and replace:
                url = str(url).replace(replace, base_url, 1)
            options["timeout"] = (CONNECT_SECONDS, READ_SECONDS)
            self.last = super().request(method, url, *args, **options)
            return self.last

    return Session()
