"""The worker: APScheduler's ticks call planning and delivery until SIGTERM asks it to stop."""

from __future__ import annotations

import os
import signal
import socket
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import Courier
from bot.model import Misconfigured
from bot.networks import NetworkError, connect
from bot.workspace import Workspace, fingerprint, open_workspace

PLAN_EVERY = 300
RULES_EVERY = 6 * 3600

log = structlog.get_logger("bot.worker")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def worker_name() -> str:
    """A name that no other worker has, now or after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


class Worker:
    """Plans, delivers and looks back, each on its own tick, one at a time."""

    def __init__(self, workspace: Workspace, clock: Callable[[], datetime] = utc_now) -> None:
        self.workspace = workspace
        self.clock = clock
        self.who = worker_name()
        self.stop = threading.Event()
        self._seen = fingerprint(workspace.home)
        self._courier = self._new_courier()

    def _new_courier(self) -> Courier:
        w = self.workspace
        return Courier(w.settings, w.library, w.ledger, self.clock, self.who)

    def run(self, tick_seconds: float = 5.0) -> None:
        """Work until SIGTERM or SIGINT; what is being sent then is finished and recorded first."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1},
        )
        soon = self.clock()
        scheduler.add_job(
            self._guarded(self.refresh_rules), "interval", seconds=RULES_EVERY, next_run_time=soon
        )
        scheduler.add_job(self._guarded(self.plan), "interval", seconds=PLAN_EVERY, next_run_time=soon)
        scheduler.add_job(self._guarded(self.deliver), "interval", seconds=tick_seconds, next_run_time=soon)
        log.info(
            "started", worker=self.who, accounts=[a.id for a in self.workspace.settings.active_accounts()]
        )
        scheduler.start()
        self.stop.wait()
        log.info("stopping", worker=self.who)
        scheduler.shutdown(wait=True)
        log.info("stopped", worker=self.who)

    def run_until_idle(self) -> None:
        """Plan, deliver what is due, and return; for cron hosts and rehearsals."""
        self.refresh_rules()
        self.plan()
        self.deliver()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop.set()

    def _guarded(self, job: Callable[[], None]) -> Callable[[], None]:
        def tick() -> None:
            if self.stop.is_set():
                return
            try:
                job()
            except (SQLAlchemyError, Misconfigured, OSError) as error:
                log.error(
                    "tick failed",
                    tick=job.__name__,
                    error=type(error).__name__,
                    detail=str(error).splitlines()[0],
                )

        return tick

    def plan(self) -> None:
        """Read changed files, and bring the plan up to date."""
        self._reload_if_changed()
        changed = self.workspace.store_plan(self.clock(), self.who)
        if changed:
            log.info("planned", changed=changed)

    def deliver(self) -> None:
        """Send what is due; when files changed, plan anew first, so that no text of yesterday goes out."""
        if fingerprint(self.workspace.home) != self._seen:
            self.plan()
        self._courier.tick()

    def _reload_if_changed(self) -> None:
        now = fingerprint(self.workspace.home)
        if now == self._seen:
            return
        self._seen = now
        try:
            fresh = open_workspace(self.workspace.home)
        except Misconfigured as error:
            # The last good library goes on; the broken file is named until somebody mends it.
            log.error("files need mending", findings=[str(f) for f in error.findings], detail=str(error))
            return
        fresh.__dict__["ledger"] = self.workspace.ledger
        self.workspace = fresh
        self._courier = self._new_courier()
        log.info("files read again")

    def refresh_rules(self) -> None:
        """Ask each account's server for its own limits, where it tells them."""
        for account in self.workspace.settings.active_accounts():
            try:
                self.workspace.ledger.remember_rules(account.id, connect(account).rules(), self.clock())
            except (NetworkError, Misconfigured) as error:
                log.warning("limits not read", account=account.id, why=str(error))
