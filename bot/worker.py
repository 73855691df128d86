"""The worker: APScheduler's ticks call planning and delivery until SIGTERM asks it to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.alerts import Teller, sender, wanted
from bot.clocks import ClockWatch, SteadyClock
from bot.delivery import Courier, Presence, lease_seconds
from bot.health import Health, look
from bot.healthz import served
from bot.illustrating import Illustrator
from bot.ledger import IN_FLIGHT, Delivery, take_seat
from bot.logs import get_logger, without_secrets
from bot.model import Misconfigured
from bot.networks import NetworkError, connect
from bot.ping import Ping, ping_url
from bot.responses import Asker
from bot.withdrawing import Withdrawer
from bot.workspace import Workspace, open_workspace

PLAN_EVERY = 300
RULES_EVERY = 6 * 3600
ILLUSTRATE_EVERY = 60.0
ASK_EVERY = 600.0
WITHDRAW_EVERY = 60.0
TELL_EVERY, TICKS_PER_TELLING = 30.0, 6
TRY_AGAIN_AFTER = 60.0  # for ticks that come back more seldom
WORKER_SECONDS = 60.0

log = get_logger("bot.worker")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def worker_name() -> str:
    """A name that no other worker has, now or after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


def send_now(space: Workspace, ids: Collection[str]) -> None:
    """Send these deliveries now; where a worker holds the seat at an SQLite ledger, wait until it has."""
    who = worker_name()
    courier = courier_of(space, utc_now, who)
    with take_seat(space.ledger) as is_free:
        if is_free:
            with Presence(space.ledger, who, utc_now, lease_seconds()) as courier.presence:
                courier.open_gate(ids)
                courier.send_due(ids)
            return
    log.info("the running worker sends it")
    until = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < until and any(_is_open(space.ledger.delivery(id_)) for id_ in ids):
        time.sleep(0.2)


def _is_open(delivery: Delivery | None) -> bool:
    return delivery is not None and (delivery.is_open or delivery.state in IN_FLIGHT)


def courier_of(workspace: Workspace, clock: Callable[[], datetime], who: str) -> Courier:
    """A courier for one command, without a presence."""
    return Courier(workspace.settings, workspace.library, workspace.ledger, clock, who)


class Worker:
    """Plans, delivers and looks back, each on its own tick, one at a time; what may take longer is done beside that."""

    def __init__(
        self, workspace: Workspace, clock: Callable[[], datetime] = utc_now, in_flight: int = 8
    ) -> None:
        self.workspace = workspace
        self.clock = clock
        self.tick_seconds = 5.0
        self.who = worker_name()
        self.stop = threading.Event()
        self.troubles: dict[str, str] = {}
        self._seen = workspace.fingerprint()
        self._watch, self._steady = ClockWatch(), SteadyClock(clock)
        self._ping = Ping(ping_url())
        self._teller = Teller(workspace.ledger, sender())
        self._illustrator = Illustrator(self._steady, is_stopping=self.stop.is_set)
        self._asker = Asker(self._steady, is_stopping=self.stop.is_set)
        self._courier = courier_of(workspace, self._steady, self.who)
        self._courier.in_flight = in_flight
        self._courier.is_stopping = self.stop.is_set
        self._withdrawer = Withdrawer(self._steady, self.who, self._courier.connections, self._is_outdated)

    def run(self, tick_seconds: float = 5.0, healthz: tuple[str, int] | None = None) -> None:
        """Work until SIGTERM or SIGINT; what is being sent then is finished and recorded first.

        `healthz` is host and port for those who watch this process.
        """
        self.tick_seconds = tick_seconds
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        with self._present(), ExitStack() as beside:
            if healthz is not None:
                log.info("healthz", port=beside.enter_context(served(self.health, *healthz)))
            scheduler = self._scheduler()
            log.info(
                "started",
                worker=self.who,
                accounts=[a.id for a in self.workspace.settings.active_accounts()],
            )
            scheduler.start()
            self.stop.wait()
            log.info("stopping", worker=self.who)
            scheduler.shutdown(wait=True)
        log.info("stopped", worker=self.who)

    def _scheduler(self) -> BackgroundScheduler:
        in_turn: tuple[tuple[Callable[[], None], float], ...] = (
            (self.refresh_rules, RULES_EVERY),
            (self.plan, PLAN_EVERY),
            (self.deliver, self.tick_seconds),
        )
        # Each has a thread of its own: a page that answers slowly keeps no alert waiting.
        beside = (
            (self.tell, min(TELL_EVERY, TICKS_PER_TELLING * self.tick_seconds)),
            (self.illustrate, ILLUSTRATE_EVERY),
            (self.ask, ASK_EVERY),
            (self.withdraw, WITHDRAW_EVERY),
        )
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1), "beside": ThreadPoolExecutor(len(beside))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        soon = utc_now()
        ticks = [(*tick, "default") for tick in in_turn] + [(*tick, "beside") for tick in beside]
        for n, (tick, seconds, executor) in enumerate(ticks):
            job, first = self._guarded(tick, seconds, scheduler), soon + timedelta(milliseconds=n)
            scheduler.add_job(
                job, "interval", id=tick.__name__, seconds=seconds, executor=executor, next_run_time=first
            )
        return scheduler

    def run_until_idle(self) -> None:
        """Plan, deliver what is due, tell, and return; for cron hosts and rehearsals."""
        with self._present():
            self.refresh_rules()
            self.plan()
            self.illustrate()
            self.deliver()
            self.withdraw()
            self.ask()
            self.tell()
        self._ping.finish()

    @contextmanager
    def _present(self) -> Iterator[None]:
        """Hold the seat at an SQLite ledger, and show the other workers of a PostgreSQL one that this one lives."""
        ledger = self.workspace.ledger
        with take_seat(ledger) as is_free:
            if not is_free:
                raise Misconfigured(
                    "Another worker is using this SQLite ledger already. Stop it first, or set DATABASE_URL to a "
                    "PostgreSQL database, which any number of workers may share."
                )
            with Presence(ledger, self.who, self.clock, lease_seconds()) as presence:
                self._courier.presence = presence
                yield

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()

    def _guarded(
        self, job: Callable[[], None], seconds: float, scheduler: BackgroundScheduler
    ) -> Callable[[], None]:
        def tick() -> None:
            if self.stop.is_set():
                return
            try:
                job()
            except Exception as error:  # noqa: BLE001 - the next tick may go well, whatever this was
                is_a_bug = not isinstance(error, (SQLAlchemyError, Misconfigured, OSError))
                detail = "".join(str(error).splitlines()[:1])
                self.troubles[job.__name__] = f"{type(error).__name__}: {detail}" if is_a_bug else detail
                kind = type(error).__name__
                log.error("tick failed", tick=job.__name__, error=kind, detail=detail, exc_info=is_a_bug)
                if seconds > TRY_AGAIN_AFTER:
                    again = utc_now() + timedelta(seconds=TRY_AGAIN_AFTER)
                    scheduler.modify_job(job.__name__, next_run_time=again)
                with suppress(SQLAlchemyError):
                    self._report(healthy=False)
            else:
                self.troubles.pop(job.__name__, None)

        return tick

    def plan(self) -> None:
        """Read changed files, and bring the plan up to date."""
        self._reload_if_changed()
        changed = self.workspace.store_plan(self.clock(), self.who)
        if changed:
            log.info("planned", changed=changed)

    def deliver(self) -> None:
        """Send what is due; where files or people's words on facts changed, plan anew first: no text of yesterday goes out."""
        ledger = self.workspace.ledger
        wall, monotonic = self.clock(), time.monotonic()
        doubt = self._watch.doubt(wall, monotonic, ledger.clock())
        if doubt is not None:
            self.troubles["clock"] = doubt
            log.error("clock", detail=doubt)
            self._report(healthy=False)
            return
        self.troubles.pop("clock", None)
        self._steady.begin(wall, monotonic)
        if self.workspace.fingerprint() != self._seen:
            self.plan()
        self._courier.tick()
        self.troubles.pop("deliver", None)
        self._report(healthy=True)
        self._ping.tick()

    def _report(self, *, healthy: bool) -> None:
        """Say in the ledger how this worker is: whether it delivers, and its troubles by kind, one a line."""
        lines = [f"{kind}: {' '.join(detail.split())}" for kind, detail in sorted(self.troubles.items())]
        trouble = without_secrets("\n".join(lines)) or None
        self.workspace.ledger.report(self.who, self.clock(), trouble, healthy=healthy)

    def tell(self) -> None:
        """Tell people, once, what needs them."""
        settings, now = self.workspace.settings, self.clock()
        self._teller.tell(wanted(look(self.workspace, now), settings), settings, now)

    def illustrate(self) -> None:
        """Draw and look up what coming posts carry, before their moment comes."""
        self._illustrator.work(self.workspace)

    def ask(self) -> None:
        """Ask networks how followers answered, within what posting does not need."""
        self._asker.ask(self.workspace)

    def withdraw(self) -> None:
        """Delete withdrawn posts of accounts that wish it; not on the word of files or holds that were changed since."""
        if not self._is_outdated():
            self._withdrawer.work(self.workspace)

    def _is_outdated(self) -> bool:
        """Whether this worker stops, or does not know the files and people's words as they are now."""
        return self.stop.is_set() or "files" in self.troubles or self.workspace.fingerprint() != self._seen

    def health(self) -> Health:
        """Whether this very worker does its work."""
        return look(self.workspace, self.clock(), tick=self.tick_seconds, worker=self.who, whole=False)

    def _reload_if_changed(self) -> None:
        now = self.workspace.fingerprint()
        if now == self._seen:
            return
        try:
            self.workspace = open_workspace(self.workspace.home, self.workspace.ledger, spoken_only=True)
        except Misconfigured as error:
            # The last good library goes on; the broken file is named until somebody mends it.
            self.troubles["files"] = str(error)
            log.error("files need mending", findings=[str(f) for f in error.findings], detail=str(error))
        else:
            self.troubles.pop("files", None)
            self._courier.renew(self.workspace.settings, self.workspace.library)
            log.info("files read")
        self._seen = now

    def refresh_rules(self) -> None:
        """Ask each account's server for its own limits, where it tells them."""
        for account in self.workspace.settings.active_accounts():
            try:
                self.workspace.ledger.remember_rules(account.id, connect(account).rules(), self.clock())
            except (NetworkError, Misconfigured) as error:
                log.warning("limits not read", account=account.id, why=str(error))
