"""One act: one database, new accounts, a migration under fire, rounds of kills and faults, and the reckoning."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.delivery.baggage import has_baggage
from bot.ledger import Delivery, Ledger, open_ledger
from bot.library import load
from bot.model import Misconfigured, Scope, State
from bot.settings import load_settings
from bot.workspace import Workspace
from tests.acceptance.worker import bot, environment
from tests.torture import campaign
from tests.torture.mortals import Fate, Mortal, start
from tests.torture.proxy import Fault
from tests.torture.reckoning import (
    OPEN,
    Shown,
    Tally,
    broken_trail,
    disorder,
    reasons,
    reckon,
    was_resumed,
)
from tests.torture.stage import Audience, Servers, gather
from tests.torture.troubles import JUMPS, JUMPS_ALONE, Clocks, Outage, SmallDisk, Soon, a_fault
from tests.torture.uploads import Uploads

T = TypeVar("T")
Database = Literal["postgresql", "sqlite"]

WORKERS = {"postgresql": 3, "sqlite": 1}
ACCOUNTS = {"postgresql": 3, "sqlite": 2}  # on each network
ROUND_SECONDS = 1.5
DRAIN_SECONDS = 120.0
MOST_FAULTS_WAITING = 1
MOST_SLOTS = 130
"""A look reads 200 posts of a Mastodon account at most; then a person must look."""


@dataclass
class Act:
    """The state of one act. `say` prints a line."""

    name: str
    database: Database
    servers: Servers
    folder: Path
    rng: random.Random
    kills_wanted: int
    say: Callable[[str], None]
    audience: Audience = field(init=False)
    url: str = field(init=False)
    ledger: Ledger = field(init=False)
    uploads: Uploads = field(init=False)
    workers: list[Mortal] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    soon: Soon = field(default_factory=Soon)
    disk: SmallDisk | None = None
    _born: int = 0
    _busy: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.home = self.folder / "campaign"
        self.url = self._fresh_database()
        self.audience = gather(self.servers, ACCOUNTS[self.database])
        now = datetime.now(UTC)
        begin = now.replace(second=0, microsecond=0) - campaign.BACK
        self.timetable = campaign.Timetable(begin)
        self.timetable.add(3, 1, now)
        campaign.write(self.home, self.audience.accounts, self.timetable)
        self.library = load(self.home / "messages", {})
        self.env = environment(self.home, self.url, self.audience.secrets)
        jumps = JUMPS if self.database == "postgresql" else JUMPS_ALONE
        self.clocks = Clocks(self.folder, WORKERS[self.database], jumps)
        self.outage = Outage(self.url) if self.database == "postgresql" else None

    def _fresh_database(self) -> str:
        if self.database == "postgresql":
            return self.servers.postgres.fresh_database()
        self.disk = SmallDisk(self.folder / "disk")
        self.say(f"{self.name}: the disk that will be full is {self.disk.how}")
        return f"sqlite:///{self.disk.folder / 'bot.db'}"

    @property
    def kills(self) -> int:
        """How many workers were killed so far."""
        return self.killed.total()

    def play(self) -> Tally:
        """All of it; the tally, in which what is wrong is told in words."""
        try:
            self._migrate_under_fire()
            self._open_ledger()
            self._plan(self.timetable.begin)
            number = 0
            while self.kills < self.kills_wanted:
                number += 1
                self._round(number)
            return self._reckoning()
        finally:
            self._calm()
            for worker in self.workers:
                worker.process.kill()
                worker.process.wait()
            if self.disk:
                self.disk.close()

    def _open_ledger(self) -> None:
        self.ledger = open_ledger(self.url)
        self.uploads = Uploads(self.ledger)
        for proxy in self.servers.proxies.values():
            proxy.watch = self.uploads.watch
        campaign.keep_link_card(self.ledger, datetime.now(UTC))

    # ── the migration ────────────────────────────────────────────────────────────────────────────

    def _migrate_under_fire(self) -> None:
        """Workers die between the statements of the first migration; the next one must find it all or nothing."""
        wanted = max(1, self.kills_wanted // 12)
        while self.killed["migrating"] < wanted:
            for _ in range(min(WORKERS[self.database], wanted - self.killed["migrating"])):
                self._hire(Fate.while_migrating(self.rng))
            until = time.monotonic() + 15
            while self.workers and time.monotonic() < until and not self._is_migrated():
                self._bury()
                time.sleep(0.05)
            if self._is_migrated():
                break
        while self.workers:
            self.workers[0].kill()
            self._bury()
        self.say(f"{self.name}: {self.killed['migrating']} workers were killed while migrating")

    def _is_migrated(self) -> bool:
        return any("started" in worker.log.read_text() for worker in self.workers)

    # ── rounds ───────────────────────────────────────────────────────────────────────────────────

    def _round(self, number: int) -> None:
        before, befell = self.killed.copy(), self.troubles.copy()
        self._mischief()
        self._resume_paused()
        self._top_up()
        while len(self.workers) < WORKERS[self.database]:
            self._hire(self._fate())
        end = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < end and self.kills < self.kills_wanted:
            self.soon.run()
            for worker in [w for w in self.workers if w.is_overdue()]:
                worker.kill()
            if self._bury() and len(self.workers) < WORKERS[self.database]:
                break
            time.sleep(0.03)
        died, met = self.killed - before, self.troubles - befell
        states = self._ask(self.ledger.count_by_state, patient=False)
        self.say(
            f"{self.name} round {number:3d}: kills={self.kills} ({_list(died)}) {_list(Counter(states or {}))}"
            + (f" | {_list(met)}" if met else "")
        )

    def _fate(self) -> Fate:
        """A worker that is to die while it plans is given something to plan."""
        fate = Fate.drawn(self.rng, self._at_hand())
        if fate.seam == "within-plan":
            self.timetable.add(0, fate.count + 2, datetime.now(UTC))
            campaign.rewrite_slots(self.home, self.timetable)
        return fate

    def _at_hand(self) -> set[str]:
        waiting = self._ask(self._open, patient=False) or []
        in_doubt = [d for d in waiting if d.state in (State.SENDING, State.UNKNOWN)]
        found = {
            "a doubt": bool(in_doubt),
            "a picture": any(has_baggage(d.message) for d in waiting),
            "a thread": any(d.message.thread and d.network != "bluesky" for d in waiting),
            "a thread in doubt": any(d.message.thread for d in in_doubt),
        }
        return {what for what, there in found.items() if there}

    def _hire(self, fate: Fate | None) -> None:
        log = self.folder / f"worker-{self._born:03d}.log"
        clock = self.clocks.files[self._born % len(self.clocks.files)]
        self._born += 1
        self.workers.append(start(self.env, log, clock, self.rng, fate))

    def _bury(self) -> int:
        """Take the dead away; how many there were."""
        deaths = [(worker, worker.death()) for worker in self.workers]
        dead = [(worker, cause) for worker, cause in deaths if cause is not None]
        for worker, cause in dead:
            self.workers.remove(worker)
            self.killed.update([cause] if cause else [])
            self.troubles.update([] if cause else [f"a worker ended with {worker.process.returncode}"])
        return len(dead)

    def _mischief(self) -> None:
        """Let something go wrong, perhaps; the more workers there are to meet it."""
        if self.rng.random() > WORKERS[self.database] / 2:
            return
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            network = self.rng.choice(sorted(self.servers.proxies))
            fault = a_fault(self.rng, network)
            if self.servers.proxies[network].waiting(fault.pictured) < MOST_FAULTS_WAITING:
                self.servers.proxies[network].arm(fault)
                self.troubles[f"{fault} at {network}"] += 1
        chance = self.rng.random()
        if chance < 0.06:
            self._refuse_credentials()
        elif chance < 0.14 and not self._busy:
            self._database_trouble()
        elif chance < 0.26 and not self._busy:
            seconds = self.clocks.jump(self.rng)
            self.troubles[f"clock {seconds:+.0f} s"] += 1
            self._until_mended(self.clocks.put_right)

    def _refuse_credentials(self) -> None:
        network = self.rng.choice(sorted(self.servers.proxies))
        self.servers.proxies[network].arm(Fault("status", status=401))
        self.troubles[f"401 at {network}"] += 1

    def _database_trouble(self) -> None:
        if self.outage:
            self.troubles["database away"] += 1
            self.outage.begin()
            self._until_mended(self.outage.end)
        elif self.disk:
            self.troubles["disk full"] += 1
            disk, pids = self.disk, [worker.pid for worker in self.workers]
            disk.fill(pids)
            self._until_mended(lambda: disk.free(pids))

    def _until_mended(self, mend: Callable[[], None]) -> None:
        self._busy = True

        def mended() -> None:
            mend()
            self._busy = False

        self.soon.after(self.rng.uniform(0.5, 3.0), mended)

    def _resume_paused(self) -> None:
        """As an operator would who has mended the account."""
        if self._busy:
            return
        for pause in self._ask(self.ledger.pauses, patient=False) or []:
            assert pause.scope is Scope.ACCOUNT, pause
            done = bot("resume", "--account", pause.name, "--why", "new keys", env=self.env)
            self.troubles[f"resumed {pause.name}" if done.returncode == 0 else "could not resume"] += 1

    def _top_up(self) -> None:
        """Keep work for everybody; a changed file also makes every worker plan anew."""
        if self._busy:
            return
        waiting = self._ask(self._open, patient=False)
        full = len(self.timetable.past) >= MOST_SLOTS
        if waiting is None or full or len(waiting) > 2 * len(self.audience.accounts):
            return
        first = self.timetable.add(2, self.rng.choice((0, 1, 2, 3)), datetime.now(UTC))
        campaign.rewrite_slots(self.home, self.timetable)
        self._ask(lambda: self._plan(first), patient=False)  # what fails here is planned in the end

    def _plan(self, first: datetime) -> int:
        """Plan slots that are past already, which no worker does by itself."""
        settings = load_settings(self.home / "config")
        return Workspace(self.home, settings, self.library, self.ledger).store_plan(first, "torture")

    def _open(self) -> list[Delivery]:
        now = datetime.now(UTC)
        return [d for d in self.ledger.deliveries_in(OPEN) if d.due_at <= now]

    def _ask(self, ask: Callable[[], T], patient: bool = True) -> T | None:
        """Ask the ledger, which may be away just now."""
        while True:
            try:
                return ask()
            except (SQLAlchemyError, Misconfigured):
                if not patient:
                    return None
                time.sleep(0.2)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────

    def _calm(self) -> None:
        """No more faults, right clocks, a database that answers, a disk with room."""
        self.servers.calm()
        self.soon.run(everything=True)

    def _reckoning(self) -> Tally:
        self._calm()
        self._drain()
        codes = [worker.stop() for worker in self.workers]
        self._bury()
        now = datetime.now(UTC)
        deliveries = self._deliveries()
        seen = self.audience.seen()
        tally = reckon(deliveries, seen, now - timedelta(seconds=1))
        tally.kills = self.kills
        tally.wrongs += [f"stop: a worker ended with {code}" for code in codes if code]
        trails = [(d, self.ledger.history_of(d.id)) for d in deliveries]
        tally.wrongs += [wrong for d, trail in trails if (wrong := broken_trail(d, trail))]
        tally.resumed = sum(was_resumed(d, trail) for d, trail in trails)
        tally.uploads, tally.uploaded_twice = self.uploads.count, len(self.uploads.twice)
        tally.wrongs += self.uploads.twice
        tally.wrongs += self._disorder(deliveries, seen)
        self.say(f"{self.name}: {tally.illustrated}")
        self.say(f"{self.name}: {tally} | {_list(tally.states)} | killed: {_list(self.killed)}")
        for delivery, trail in trails:
            if any(delivery.id in wrong for wrong in tally.wrongs):
                self._tell_of(delivery, trail)
        for reason, times in reasons(deliveries).items():
            self.say(f"{self.name}: {times} are {reason}")
        return tally

    def _tell_of(self, delivery: Delivery, trail: Sequence[Mapping[str, object]]) -> None:
        """What the ledger knows of a delivery with which something is wrong."""
        self.say(f"{self.name}: {delivery.id}, first sent at {delivery.first_sent_at}, {delivery.parts}")
        for row in trail:
            self.say(f"    {row['at']} {row['who']}: {row['was']} → {row['became']}: {row['why']}")

    def _drain(self) -> None:
        """Let whole workers finish what is left."""
        self._plan(self.timetable.begin)
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until:
            self._resume_paused()
            for worker in [w for w in self.workers if w.fate is not None]:
                worker.kill()
            self._bury()
            while len(self.workers) < WORKERS[self.database]:
                self._hire(None)
            if not self._open():
                return
            time.sleep(0.3)
        self.say(f"{self.name}: not everything was settled within {DRAIN_SECONDS:.0f} s")

    def _deliveries(self) -> list[Delivery]:
        begin = self.timetable.begin
        found = self.ledger.posts_between(begin - timedelta(days=1), begin + timedelta(days=2))
        return [delivery for post in found for delivery in post.deliveries]

    def _disorder(self, deliveries: list[Delivery], seen: dict[str, list[Shown]]) -> list[str]:
        """Bluesky is left out: its records sort by the moment of the first attempt, also by a clock that was wrong."""
        wrongs = []
        for account, posts in seen.items():
            if account.startswith("bluesky"):
                continue
            mine = [d for d in deliveries if d.account_id == account and campaign.is_of_the_past(d.slot_id)]
            shown = [post.text for post in posts]
            promised = [d.message.text for d in sorted(mine, key=lambda d: d.due_at)]
            wrongs += [f"order: {account} shows too late: {text!r}" for text in disorder(promised, shown)]
        return wrongs


def _list(counts: Counter[str]) -> str:
    return ", ".join(
        f"{name} {times}" if times > 1 else name for name, times in sorted(counts.items()) if times
    )
