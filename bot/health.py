"""How the bot is: whether it does its work, and what needs somebody. It looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from bot.delivery import Courier, Rest, lease_seconds
from bot.ledger import Delivery, Post, WorkerRow
from bot.library import Library
from bot.logs import without_secrets
from bot.model import Account, Hold, Misconfigured, Pause, State, Template, Translation
from bot.withdrawn import Withdrawn, withdrawn
from bot.workspace import Workspace

LONGEST_TICK = 60.0  # seconds; `bot run --every` allows no more
FACTS_SOON = timedelta(days=14)
FAILED_WITHIN = timedelta(days=7)
SILENT_WITHIN = timedelta(days=7)
SHOWN_FOR = timedelta(days=1)  # how long a worker that fell silent is still spoken of


@dataclass(frozen=True, slots=True)
class Ill:
    """Why the bot does not do its work. `code` may be shown to anybody, `text` only to its people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class WorkerHealth:
    """A worker as others see it. `works`: a tick of it went well lately, or it has been sending lately."""

    id: str
    lives: bool
    works: bool
    started_at: datetime
    beat_at: datetime
    healthy_at: datetime | None
    troubles: Mapping[str, str]  # by what kind of trouble it is: files, clock, or a tick's name


@dataclass(frozen=True, slots=True)
class FactDue:
    """A fact that may be posted until its review date, which is near or over."""

    fact_id: str
    review_by: date
    publisher: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """An enabled account that does not speak because nobody has reviewed its translations.

    `posts` of the coming days go out without it, the first at `first` (UTC); where there are none it has nothing
    reviewed to say at all. `languages` are those in which something waits.
    """

    account_id: str
    languages: tuple[str, ...]
    posts: int
    first: datetime | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot was at a moment (UTC).

    It is well while it does its work: the database answers, and a worker's ticks go well. What went wrong on a
    network, what is paused and what fell due needs people, not a restart; it is told, and does not make it ill.
    """

    at: datetime
    ills: tuple[Ill, ...]
    workers: tuple[WorkerHealth, ...] = ()
    counts: Mapping[str, int] | None = None  # by state; None when nobody counted
    next_due: datetime | None = None
    waiting_since: datetime | None = None  # when the oldest delivery that waits was due
    failed: tuple[Delivery, ...] = ()
    unknown: tuple[Delivery, ...] = ()
    pauses: tuple[Pause, ...] = ()
    holds: tuple[Hold, ...] = ()
    rests: tuple[Rest, ...] = ()
    facts_due: tuple[FactDue, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()  # posts that are out and need somebody; at most 100 of each fact
    silent: tuple[Silent, ...] = ()
    planned_until: datetime | None = None  # the end of the plan's horizon
    plan_is_empty: bool = False

    @property
    def is_well(self) -> bool:
        """Whether the bot does its work."""
        return not self.ills

    @property
    def is_known(self) -> bool:
        """Whether anything but `ills` and `facts_due` could be seen."""
        return all(ill.code not in ("database", "files") for ill in self.ills)

    @property
    def healthy_at(self) -> datetime | None:
        """When a tick of any worker last went well."""
        return max((w.healthy_at for w in self.workers if w.healthy_at), default=None)


def look(
    space: Workspace,
    now: datetime,
    *,
    tick: float = LONGEST_TICK,
    worker: str | None = None,
    counted: bool = False,
    whole: bool = True,
) -> Health:
    """Look at everything; never raises for a database that does not answer.

    With `worker`, that one itself must do its work; without, any. `tick` is how often it looks for what is due,
    in seconds. Counting deliveries by state takes long when there are millions, so only `bot status` asks for it.
    Not `whole`, it leaves out `withdrawn` and `silent`, which /healthz does not tell: they take the longer the more facts
    were told and withdrawn, and whoever watches the bot would believe it dead.
    """
    try:
        return _look(space, now, tick, worker, counted, whole)
    except (SQLAlchemyError, Misconfigured) as error:
        return no_database(now, str(error), facts_due(space.library, space.settings.day_of(now)))


def no_database(now: datetime, trouble: str, due: tuple[FactDue, ...] = ()) -> Health:
    """The health of a bot whose database does not answer."""
    return Health(now, (Ill("database", f"the database does not answer: {_line(trouble)}"),), facts_due=due)


def no_files(now: datetime, error: Misconfigured) -> Health:
    """What can be said of a bot whose files cannot be read; a worker that runs goes on with the last good ones."""
    findings = "; ".join(str(finding) for finding in error.findings)
    return Health(now, (Ill("files", f"{_line(str(error))} {findings}".strip()),))


def _line(trouble: str) -> str:
    return " ".join(without_secrets(trouble).split("\n", 1)[0].split()).rstrip(".")


def _look(
    space: Workspace, now: datetime, tick: float, worker: str | None, counted: bool, whole: bool
) -> Health:
    ledger, lease = space.ledger, lease_seconds()
    busy = ledger.busy_since()
    workers = tuple(
        judged(row, busy.get(row.id), now, lease, tick)
        for row in ledger.workers()
        if now - row.beat_at < SHOWN_FOR
    )
    waiting = [*ledger.waiting_at_gate(now, 1), *ledger.deliveries_in([State.DUE], 1)]
    next_due = ledger.next_due(now)
    horizon = now + timedelta(days=space.settings.campaign.horizon_days)
    courier = Courier(space.settings, space.library, ledger, lambda: now, "health")
    return Health(
        at=now,
        ills=tuple(_ills(workers, worker)),
        workers=workers,
        counts=ledger.count_by_state() if counted else None,
        next_due=next_due,
        waiting_since=min((delivery.due_at for delivery in waiting), default=None),
        failed=tuple(ledger.failed_since(now - FAILED_WITHIN)),
        unknown=tuple(ledger.deliveries_in([State.UNKNOWN])),
        pauses=tuple(ledger.pauses()),
        holds=tuple(ledger.holds()),
        rests=tuple(courier.rests(now)),
        facts_due=facts_due(space.library, space.settings.day_of(now)),
        silent=tuple(silent(space, now)) if whole else (),
        withdrawn=tuple(each for each in withdrawn(space, now) if each.needs_somebody) if whole else (),
        planned_until=horizon,
        plan_is_empty=next_due is None or next_due > horizon,
    )


def judged(
    row: WorkerRow, busy_since: datetime | None, now: datetime, lease: float, tick: float
) -> WorkerHealth:
    """What a worker's own words are worth now. Pure; `lease` and `tick` in seconds.

    It lives while its heart has beaten within two leases. It works while a tick went well within three ticks or
    leases, whichever are longer; a long tick, such as after an outage, is one that still takes up deliveries.
    """
    lately = now - timedelta(seconds=3 * max(lease, tick))
    lives = row.beat_at > now - timedelta(seconds=2 * lease)
    works = lives and any(at is not None and at > lately for at in (row.healthy_at, busy_since))
    troubles = dict(_trouble(line) for line in (row.trouble or "").splitlines())
    return WorkerHealth(row.id, lives, works, row.started_at, row.beat_at, row.healthy_at, troubles)


def _trouble(line: str) -> tuple[str, str]:
    kind, _, detail = line.partition(": ")
    return kind, detail


def _ills(workers: Iterable[WorkerHealth], me: str | None) -> Iterable[Ill]:
    living = [w for w in workers if w.lives and me in (None, w.id)]
    if not living:
        yield Ill("no-worker", "no worker is alive; `bot run` starts one")
    elif not any(w.works for w in living):
        last = max((w.healthy_at for w in living if w.healthy_at), default=None)
        since = f"since {last:%Y-%m-%d %H:%M:%S} UTC" if last else "yet"
        why = "; ".join(sorted({detail for w in living for detail in w.troubles.values()}))
        yield Ill("no-healthy-tick", f"no tick of a worker went well {since}{': ' if why else ''}{why}")


def facts_due(library: Library, today: date, within: timedelta = FACTS_SOON) -> tuple[FactDue, ...]:
    """The facts that may be posted and fall due within two weeks, or fell due; soonest first. Pure."""
    found = [
        FactDue(fact.id, fact.review_by, fact.source.publisher, today > fact.review_by)
        for fact in library.facts.values()
        if fact.status.postable and fact.review_by is not None and fact.review_by - today <= within
    ]
    return tuple(sorted(found, key=lambda due: (due.review_by, due.fact_id)))


def silent(space: Workspace, now: datetime, within: timedelta = SILENT_WITHIN) -> Iterable[Silent]:
    """The enabled accounts that stay silent, wholly or at coming posts, until somebody reviews a translation."""
    library = space.library
    unreviewed = {block.language for block in library.unreviewed()}
    accounts = [a for a in space.settings.active_accounts() if unreviewed.intersection(a.languages)]
    posts = space.ledger.posts_between(now, now + within) if accounts else []
    spoken = {template.language for template in library.all_templates() if _is_read(template)}
    for account in accounts:
        missed = [post for post in posts if _is_missed(space, account, post)]
        if missed or not spoken.intersection(account.languages):
            languages = tuple(language for language in account.languages if language in unreviewed)
            yield Silent(account.id, languages, len(missed), missed[0].due_at if missed else None)


def _is_read(template: Template) -> bool:
    return template.translation is not Translation.UNREVIEWED


def _is_missed(space: Workspace, account: Account, post: Post) -> bool:
    if post.fact_id is None or post.touched or any(d.account_id == account.id for d in post.deliveries):
        return False
    if post.observance_id is None and account not in space.settings.accounts_of_slot(post.slot_name):
        return False
    library, fact_id, day = space.library, post.fact_id, post.observance_id
    told = any(library.wordings(fact_id, language, day) for language in account.languages)
    return not told and any(library.waits(fact_id, language, day) for language in account.languages)
