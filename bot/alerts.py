"""What people must be told: each thing once, and several at once in one message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.health import FactDue, Health, Silent
from bot.ledger import Alert, Delivery, Ledger
from bot.logs import get_logger, without_secrets
from bot.model import Misconfigured, Pause, Scope
from bot.settings import Settings
from bot.withdrawn import how_many

UNKNOWN_TOO_LONG = timedelta(hours=1)
TICKS_MISSED_TOO_LONG = timedelta(minutes=5)
MOST_IN_ONE = 20
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0
MESSENGER_SECONDS = 20.0  # less than the 30 s that a host gives a worker to stop

log = get_logger("bot.alerts")


def wanted(health: Health, settings: Settings) -> dict[str, str]:
    """The alerts that should stand: text by key. Pure; while a thing lasts its key stays the same.

    A database that does not answer cannot keep alerts: the missing ping tells of that.
    """
    if not health.is_known:
        return {}
    found = {f"failed {d.id} {d.due_at:%Y%m%dT%H%M%S}": _failed(d) for d in health.failed}
    found |= {f"unknown {d.id}": _unknown(d) for d in health.unknown if _is_old(d, health.at)}
    found |= {f"pause {p.id}": _paused(p) for p in health.pauses}
    found |= {f"fact {f.fact_id} {_stage(f)} {f.review_by}": _fact(f) for f in health.facts_due}
    found |= {f"silent {s.account_id}": _silent(s) for s in health.silent}
    found |= _withdrawn(health)
    found |= _troubles(health)
    if health.plan_is_empty and health.healthy_at is not None:  # a worker that has just begun has no plan yet
        days = settings.campaign.horizon_days
        found["plan empty"] = (
            f"The plan is empty: nothing will be posted in the next {days} days. `bot plan` says why."
        )
    return {key: without_secrets(text) for key, text in found.items()}


def _failed(delivery: Delivery) -> str:
    return (
        f"{delivery.account_id} failed to post {delivery.slot_id}: {delivery.reason}. "
        f"Once that is mended: `bot retry {delivery.id}`."
    )


def _unknown(delivery: Delivery) -> str:
    return (
        f"Nobody knows whether {delivery.slot_id} was posted on {delivery.account_id}: {delivery.reason}. The bot goes "
        f"on looking. If you can look yourself: `bot resolve {delivery.id} --sent` or `--not-sent`."
    )


def _is_old(delivery: Delivery, now: datetime) -> bool:
    return now - (delivery.last_sent_at or delivery.due_at) > UNKNOWN_TOO_LONG


def _silent(silent: Silent) -> str:
    commands = " or ".join(f"`bot review {language}`" for language in silent.languages)
    what = f"{silent.posts} of the coming posts" if silent.posts else "everything"
    return f"{silent.account_id} stays silent about {what} until somebody reads its translations: {commands}."


def _paused(pause: Pause) -> str:
    if pause.scope is Scope.ACCOUNT and pause.why.startswith("BadCredentials: "):
        why = pause.why.removeprefix("BadCredentials: ").rstrip(".")
        return (
            f"{pause.name} is paused, because its network refused its credentials: {why}. `bot doctor {pause.name}` says "
            f"what to mend; then `bot resume --account {pause.name}`."
        )
    return f"Paused: {pause.what}, by {pause.who} since {pause.since:%Y-%m-%d %H:%M} UTC: {pause.why}"


def _stage(due: FactDue) -> str:
    return "overdue" if due.is_over else "due-soon"


def _fact(due: FactDue) -> str:
    if due.is_over:
        return f"The fact {due.fact_id} fell due on {due.review_by} and is not posted any more; check {due.publisher}."
    return f"The fact {due.fact_id} falls due on {due.review_by}; check {due.publisher} before then."


def _withdrawn(health: Health) -> dict[str, str]:
    """By fact: one that was told a hundred times is one thing to look at."""
    posts = Counter(each.withdrawal for each in health.withdrawn)
    return {
        f"withdrawn {w.fact_id} {w.code}": f"{w.reason}. Posts about it that are out and need somebody: {how_many(count)}. "
        "`bot withdrawn` lists them, to be corrected, taken down or left as they are."
        for w, count in posts.items()
    }


def _troubles(health: Health) -> dict[str, str]:
    """By kind and not by worker: ten workers that read one broken file have one trouble."""
    found = {
        f"trouble {kind}": f"A worker is in trouble ({kind}): {detail}"
        for worker in health.workers
        if worker.lives
        for kind, detail in sorted(worker.troubles.items())
    }
    for worker in health.workers:
        since = worker.healthy_at or worker.started_at
        if worker.lives and not worker.works and health.at - since > TICKS_MISSED_TOO_LONG:
            found["trouble no-healthy-tick"] = (
                f"The worker {worker.id} is alive, but no tick of it went well since {since:%Y-%m-%d %H:%M} UTC."
            )
    return found


def summary(alerts: Sequence[Alert], settings: Settings) -> tuple[str, str]:
    """Title and text of the one message that tells of these alerts. Pure."""
    name = settings.campaign.name
    title = (
        f"{name}: the bot needs somebody"
        if len(alerts) == 1
        else f"{name}: {len(alerts)} things need somebody"
    )
    lines = [f"- {alert.text}" for alert in alerts[:MOST_IN_ONE]]
    if len(alerts) > MOST_IN_ONE:
        lines.append(f"- and {len(alerts) - MOST_IN_ONE} more; `bot status` lists them")
    return title, "\n".join(lines)


Send = Callable[[str, str], bool]


@dataclass(slots=True)
class Teller:
    """One worker's voice. `send` hands over title and text, and says whether anybody was told; None keeps silent."""

    ledger: Ledger
    send: Send | None
    clock: Callable[[], float] = time.monotonic
    _failures: int = 0
    _not_before: float = float("-inf")
    _owed: list[str] = field(default_factory=list)

    def tell(self, alerts: dict[str, str], settings: Settings, now: datetime) -> int:
        """Make these alerts stand, and tell of those that nobody has told of yet; of how many.

        A telling that fails is given back, and tried again later and later, by whichever worker comes first.
        """
        self._give_back()
        untold = self.ledger.raise_alerts(alerts, now)
        if self.send is None or not untold or self.clock() < self._not_before:
            return 0
        mine = set(self.ledger.take_telling([alert.key for alert in untold], now))
        chosen = sorted((a for a in untold if a.key in mine), key=lambda alert: (alert.raised_at, alert.key))
        if not chosen:
            return 0
        if self.send(*summary(chosen, settings)):
            self._failures = 0
            log.info("told", alerts=len(chosen))
            return len(chosen)
        self._failures += 1
        wait = min(FIRST_WAIT * 2 ** (self._failures - 1), LONGEST_WAIT)
        self._not_before = self.clock() + wait
        self._owed += [alert.key for alert in chosen]
        log.warning("alerts could not be told", alerts=len(chosen), again_in_seconds=wait)
        self._give_back()
        return 0

    def _give_back(self) -> None:
        if self._owed:
            try:
                self.ledger.give_telling_back(self._owed)
            except SQLAlchemyError as error:
                log.warning("alerts are kept until the database is back", error=type(error).__name__)
            else:
                self._owed.clear()


# ── through Apprise ──────────────────────────────────────────────────────────────────────────────


def sender() -> Send | None:
    """How alerts reach people: the addresses of BOT_ALERT_URLS, or None where there are none.

    Raises Misconfigured for an address that Apprise does not understand, by its number: it holds a secret.
    """
    if not os.environ.get("BOT_ALERT_URLS", "").split():
        return None
    answer = _ask_messenger("")
    if answer is not None and answer["not_understood"]:
        numbers = ", ".join(str(number) for number in answer["not_understood"])
        raise Misconfigured(
            f"BOT_ALERT_URLS: Apprise does not understand address {numbers} (counted from 1). "
            "How each service's address is written: https://appriseit.com/services/"
        )
    return send_by_apprise


def send_by_apprise(title: str, body: str) -> bool:
    """Tell every address; whether at least one took it. The others are named in the log, and not told twice."""
    answer = _ask_messenger(json.dumps({"title": title, "body": body}))
    if answer is None:
        return False
    if missed := answer["failed"] + answer["not_understood"]:
        log.warning("some addresses of BOT_ALERT_URLS were not told", numbers=missed)
    return bool(answer["told"])


def _ask_messenger(message: str) -> dict[str, list[int]] | None:
    """What bot/messenger.py answers, or None when it does not answer in time."""
    command = [sys.executable, "-P", str(Path(__file__).with_name("messenger.py"))]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, with nothing on its command line
            command, input=message, capture_output=True, text=True, timeout=MESSENGER_SECONDS, check=True
        )
        answer: dict[str, list[int]] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.warning("the messenger failed", error=type(error).__name__)
        return None
    return answer
