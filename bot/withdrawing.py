"""The worker deletes withdrawn posts of the accounts whose setting says so: each once, a few at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery import Connections, Courier
from bot.ledger import LONGEST_WAIT
from bot.logs import get_logger, without_secrets
from bot.model import Account, Misconfigured, Receipt, Scope
from bot.networks import BadCredentials, NetworkError, Passing
from bot.withdrawn import Withdrawn, withdrawn
from bot.workspace import Workspace

AT_ONCE = 5  # posts of an account, per tick
FIRST_WAIT = timedelta(minutes=2)
LEASE = timedelta(minutes=10)  # longer than one deletion takes, with every request of a thread

log = get_logger("bot.withdrawing")


@dataclass(slots=True)
class Withdrawer:
    """One worker's. `who` names it in the audit log; `connections` are the logins that it has already.

    It is asked before each post whether it `is_stopping`: because the worker does, or because a file or a hold was changed.
    """

    clock: Callable[[], datetime]
    who: str
    connections: Connections = field(default_factory=Connections)
    is_stopping: Callable[[], bool] = lambda: False
    _rests: dict[str, datetime] = field(default_factory=dict)  # accounts whose network said: not now

    def work(self, space: Workspace) -> int:
        """Delete what is to go by itself; how many went.

        A paused account, and one that has used up what it may do, is left alone until it may again.
        """
        going = [each for each in withdrawn(space, self.clock()) if each.goes_alone]
        if not going:
            return 0
        resting = self._resting(space)
        gone, taken = 0, Counter[str]()
        for each in reversed(going):  # the oldest first
            account = space.settings.accounts[each.out.delivery.account_id]
            if self.is_stopping():
                break
            if account.id in resting or taken[account.id] == AT_ONCE or not self._take(space, account, each):
                continue
            taken[account.id] += 1
            gone += self._delete(space, account, each)
            if self._rests.get(account.id, self.clock()) > self.clock():
                resting.add(account.id)
        return gone

    def _resting(self, space: Workspace) -> set[str]:
        now = self.clock()
        courier = Courier(space.settings, space.library, space.ledger, self.clock, self.who)
        told = {account_id for account_id, until in self._rests.items() if until > now}
        return told | {rest.account_id for rest in courier.rests(now)}

    def _take(self, space: Workspace, account: Account, each: Withdrawn) -> bool:
        """Whether this worker, and no other, may delete it now."""
        delivery, now = each.out.delivery, self.clock()
        if any(p.covers(account.network, account.id, each.withdrawal.fact_id) for p in space.ledger.pauses()):
            return False
        return space.ledger.claim_deletion(delivery.id, each.withdrawal.why, now, now + LEASE)

    def _delete(self, space: Workspace, account: Account, each: Withdrawn) -> bool:
        delivery, why = each.out.delivery, each.withdrawal.reason
        try:
            self._take_down(account, delivery.receipt)
        except (NetworkError, Misconfigured) as error:
            self._note(space, account, each, error)
            return False
        space.ledger.note_deleted(delivery.id, self.who, why, self.clock())
        log.info("withdrawn post deleted", delivery=delivery.id, account=account.id, why=why)
        return True

    def _take_down(self, account: Account, receipt: Receipt) -> None:
        connection = self.connections.take(account)
        with ExitStack() as on_the_way_out:
            on_the_way_out.callback(self.connections.give_back, account, connection)
            try:
                connection.delete(receipt)
            except BadCredentials:
                on_the_way_out.pop_all()
                raise

    def _note(self, space: Workspace, account: Account, each: Withdrawn, error: Exception) -> None:
        """Keep why it failed, and leave the post, and where the network asks for that the account, alone for a while."""
        now, why = self.clock(), without_secrets(f"{type(error).__name__}: {error}")
        wait = min(FIRST_WAIT * 2 ** min(each.out.tried, 20), LONGEST_WAIT)
        if isinstance(error, Passing) and error.retry_after:
            wait = max(wait, min(timedelta(seconds=error.retry_after), LONGEST_WAIT))
            self._rests[account.id] = now + wait
        space.ledger.note_trouble(each.out.delivery.id, why, now + wait)
        if isinstance(error, BadCredentials):
            space.ledger.pause(Scope.ACCOUNT, account.id, self.who, why, now)
        log.warning("withdrawn post not deleted", delivery=each.out.delivery.id, account=account.id, why=why)
