"""What a worker says of itself when a tick of it does not go well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from bot.ledger import WorkerRow
from bot.model import Misconfigured
from bot.worker import Worker
from tests.health.conftest import Campaign


@pytest.fixture
def worker(campaign: Campaign) -> Worker:
    made = Worker(campaign.space)
    made.workspace.ledger.beat(made.who, datetime.now(UTC))
    return made


@pytest.fixture
def scheduler(worker: Worker) -> Iterator[BackgroundScheduler]:
    """Its ticks, which run only when the test says so."""
    found = worker._scheduler()
    found.start(paused=True)
    yield found
    found.shutdown()


def row(worker: Worker) -> WorkerRow:
    (found,) = worker.workspace.ledger.workers()
    return found


def run(
    worker: Worker, scheduler: BackgroundScheduler, name: str, seconds: float, error: Exception | None
) -> None:
    """One tick of this name; it raises the error."""

    def tick() -> None:
        if error is not None:
            raise error

    tick.__name__ = name
    worker._guarded(tick, seconds, scheduler)()


def test_a_tick_that_went_well_is_a_good_one(worker: Worker) -> None:
    worker.deliver()
    assert row(worker).healthy_at is not None
    assert row(worker).trouble is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("SELECT", {}, Exception("the disk is full")), "deliver: (builtins.Exception) the disk is full"),
        (Misconfigured("set X_EN_API_KEY\nin the environment"), "deliver: set X_EN_API_KEY"),
        (TypeError("a bug"), "deliver: TypeError: a bug"),
        (ValueError(), "deliver: ValueError:"),
    ],
)  # fmt: skip
def test_a_tick_that_fails_is_a_trouble_in_one_line_until_it_goes_well(
    worker: Worker, scheduler: BackgroundScheduler, error: Exception, said: str
) -> None:
    run(worker, scheduler, "deliver", 5, error)
    assert (row(worker).trouble or "").strip() == said
    assert row(worker).healthy_at is None
    run(worker, scheduler, "deliver", 5, None)
    worker.deliver()
    assert row(worker).trouble is None


def test_a_plan_that_fails_is_made_again_within_a_minute_and_stops_no_delivery(
    worker: Worker, scheduler: BackgroundScheduler
) -> None:
    run(worker, scheduler, "plan", 300, OperationalError("SELECT", {}, Exception("locked")))
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert scheduler.get_job("plan").next_run_time <= soon
    worker.deliver()
    assert row(worker).healthy_at is not None
    assert "locked" in (row(worker).trouble or "")


def test_a_file_that_needs_mending_is_a_trouble_and_delivery_goes_on(worker: Worker) -> None:
    path = worker.workspace.home / "config/slots.yaml"
    whole = path.read_text()
    path.write_text("slots: {morning: {at: nine}}\n")
    worker.deliver()
    assert (row(worker).trouble or "").startswith("files: ")
    assert row(worker).healthy_at is not None
    path.write_text(whole + "\n")
    worker.deliver()
    assert row(worker).trouble is None


def test_no_secret_stands_in_a_trouble(
    worker: Worker, scheduler: BackgroundScheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_EN_API_SECRET", "s3cr3t-value")
    run(worker, scheduler, "deliver", 5, OSError("bad s3cr3t-value"))
    assert "[secret]" in (row(worker).trouble or "")


def test_a_page_that_answers_slowly_keeps_no_alert_and_no_deletion_waiting(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, told, deleted = threading.Event(), threading.Event(), threading.Event()

    def illustrate() -> None:
        answered.wait(60)

    def tell() -> None:
        told.set()

    def withdraw() -> None:
        deleted.set()

    for tick in (illustrate, tell, withdraw):
        monkeypatch.setattr(worker, tick.__name__, tick)
    scheduler = worker._scheduler()
    scheduler.start()
    try:
        assert told.wait(20)
        assert deleted.wait(20)
    finally:
        answered.set()
        scheduler.shutdown()
