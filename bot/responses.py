"""Asks networks how followers answered, beside the work: a failure here is logged, waited for, and disturbs nothing.

For each account the ledger says which posts have come to an age at which they are asked about
(bot.ledger.ASK_AFTER). All parts of a thread are asked about together, because some networks count the thread's own
next post as a reply unless they are; the head's counts are the post's.

Several workers may ask about the same post within one tick; the later answer is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import Connections
from bot.ledger import Ledger, ToAsk
from bot.logs import get_logger
from bot.model import Account, Allowance, Metrics, Misconfigured
from bot.networks import BadCredentials, Measuring, NetworkError, Passing
from bot.workspace import Workspace

AN_ACCOUNT = 100  # posts of one account in a tick, at most
AT_ONCE = 20  # posts in one question
RESERVE = 10  # requests that are left for posting: a thread of four with its pictures, and a look back
LATER = timedelta(hours=1)  # until an account whose network did not answer is asked again
A_TICK = 60.0  # seconds after which no further question is begun
REHEARSAL = "file"  # it has no followers

log = get_logger("bot.responses")


@dataclass(slots=True)
class Asker:
    """One worker's, with logins of its own: a login is used by one thread at a time."""

    clock: Callable[[], datetime]
    connections: Connections = field(default_factory=Connections)
    is_stopping: Callable[[], bool] = lambda: False
    _not_before: dict[str, datetime] = field(default_factory=dict)
    _mute: set[tuple[str, str]] = field(default_factory=set)  # accounts whose networks tell nothing
    _turns: dict[str, float] = field(default_factory=dict)  # when each account was last asked about

    def ask(self, space: Workspace) -> int:
        """Ask about what is due, those accounts first that waited longest; about how many posts it was."""
        end, now = time.monotonic() + A_TICK, self.clock()
        left = space.ledger.allowances(now)
        asked = 0
        for account in sorted(self._askable(space, now), key=lambda a: self._turns.get(a.id, 0.0)):
            if self._has_to_stop(end):
                break
            self._turns[account.id] = time.monotonic()
            if not short_of(RESERVE, left.get(account.id, ()), now):
                asked += self._ask_account(space.ledger, account, end)
        return asked

    def _askable(self, space: Workspace, now: datetime) -> list[Account]:
        return [
            account
            for account in space.settings.active_accounts()
            if account.network != REHEARSAL
            and (account.id, account.network) not in self._mute
            and self._not_before.get(account.id, now) <= now
        ]

    def _has_to_stop(self, end: float) -> bool:
        return self.is_stopping() or time.monotonic() > end

    def _ask_account(self, ledger: Ledger, account: Account, end: float) -> int:
        posts = ledger.to_be_asked(account.id, account.network, self.clock(), AN_ACCOUNT)
        asked = 0
        while posts and not self._has_to_stop(end) and self._may_ask(account):
            some, posts = posts[:AT_ONCE], posts[AT_ONCE:]
            told = self._told(account, some)
            if told is None:
                break
            counted = {post.delivery_id: told[post.parts[0]] for post in some if post.parts[0] in told}
            gone = [post.delivery_id for post in some if post.delivery_id not in counted]
            ledger.remember_responses(counted, gone, self.clock())
            asked += len(some)
        return asked

    def _may_ask(self, account: Account) -> bool:
        now = self.clock()
        return self._not_before.get(account.id, now) <= now

    def _told(self, account: Account, posts: Sequence[ToAsk]) -> Mapping[str, Metrics] | None:
        """What the network tells of these posts, by its own ids of them; None where the account has to wait."""
        try:
            connection = self.connections.take(account)
            if not isinstance(connection, Measuring):
                self._mute.add((account.id, account.network))
                return None
            try:
                told = connection.measure([part for post in posts for part in post.parts])
            except BadCredentials:
                raise
            except NetworkError:
                self.connections.give_back(account, connection)
                raise
            self._spare(account, connection.allowances())
            self.connections.give_back(account, connection)
            return told
        except (NetworkError, Misconfigured) as error:
            self._wait(account, error)
        except SQLAlchemyError:
            raise
        except Exception as error:
            log.exception("adapter failed", account=account.id)
            self._wait(account, error)
        return None

    def _spare(self, account: Account, allowances: Iterable[Allowance]) -> None:
        """Wait where the next question, which may take a request for each post, would leave too little for posting."""
        short = short_of(RESERVE + AT_ONCE, allowances, self.clock())
        if short is not None:
            self._not_before[account.id] = short.resets_at

    def _wait(self, account: Account, error: Exception) -> None:
        wait = LATER
        if isinstance(error, Passing) and error.retry_after is not None:
            wait = max(wait, timedelta(seconds=error.retry_after))
        self._not_before[account.id] = self.clock() + wait
        log.warning("responses not told", account=account.id, why=str(error))


def short_of(requests: int, allowances: Iterable[Allowance], now: datetime) -> Allowance | None:
    """The allowance that has fewer requests left than this, and the longest to wait for; None where there is none."""
    short = [a for a in allowances if a.remaining < requests and a.resets_at > now]
    return max(short, key=lambda allowance: allowance.resets_at, default=None)
