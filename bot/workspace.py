"""Settings, library and ledger of one campaign folder, opened together, and the plan kept up to date."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from bot.composing import Beside
from bot.ledger import Delivery, Ledger, Post, delivery_id, open_ledger
from bot.library import Library, load
from bot.model import Account, Fact, Misconfigured, PlannedPost, Rules, Severity, State
from bot.networks import network
from bot.planning import off_its_day
from bot.preferring import scores
from bot.programme import beside, programme
from bot.settings import Settings, load_settings


@dataclass
class Workspace:
    """A campaign folder: `config/`, `messages/`, and the database that DATABASE_URL names."""

    home: Path
    settings: Settings
    library: Library
    ledger: Ledger
    _scores: tuple[date, Mapping[str, float]] | None = None

    def fingerprint(self) -> str:
        """Changes whenever a file does, or what people said about facts: then the campaign is to be read again."""
        held = ",".join(f"{hold.fact_id}@{hold.since}" for hold in self.ledger.holds())
        said = (self.ledger.last_confirmation(), self.ledger.last_review(), self.ledger.last_link())
        return f"{_fingerprint(self.home)} {held} {said}"

    def rules(self) -> dict[str, Rules]:
        """How each enabled account's network measures: as its server told, else as documented."""
        told = self.ledger.rules()
        return {
            account.id: account.within(
                told.get(account.id) or network(account.network).default_rules(account)
            )
            for account in self.settings.active_accounts()
        }

    def rules_of(self, account: Account) -> Rules:
        """How one account's network measures, whether it is enabled or not."""
        rules = self.ledger.rules().get(account.id) or network(account.network).default_rules(account)
        return account.within(rules)

    def beside(self, fact: Fact, language: str) -> Beside:
        """What a post about a fact may carry beside its text in a language."""
        return beside(self.settings, self.library, fact, language, self.ledger.link_cards())

    def plan(self, now: datetime, days: int | None = None) -> list[PlannedPost]:
        """The plan from now on, without writing it; fixed posts are left out."""
        start, end = now, self._horizon(now, days)
        lookback = timedelta(days=max(400, self.settings.campaign.cool_downs.fact_days))
        return programme(
            self.settings,
            self.library,
            self.rules(),
            self.ledger.tellings(now - lookback, start, self.settings.accounts),
            start,
            end,
            self.ledger.fixed_slots(start, end),
            self.ledger.link_cards(),
            self.scores(now),
        )

    def scores(self, now: datetime) -> Mapping[str, float]:
        """How well facts worked, for the planner: read once a day, and not at all where nothing comes of it."""
        if not self.settings.campaign.prefer_what_works.head_start_days:
            return {}
        today = self.settings.day_of(now)
        if self._scores is None or self._scores[0] != today:
            self._scores = today, scores(self.ledger, self.settings, now)
        return self._scores[1]

    def store_plan(self, now: datetime, who: str, days: int | None = None) -> int:
        """Write the plan into the ledger; how many posts changed."""
        networks = {account.id: account.network for account in self.settings.active_accounts()}
        planned = self.plan(now, days)
        return self.ledger.store_plan(planned, networks, now, self._horizon(now, days), now, who)

    def posts(self, now: datetime, days: int | None = None, *, dry_run: bool = False) -> list[Post]:
        """The posts of the coming days, fixed ones too; a dry run shows what storing the plan would give."""
        end = self._horizon(now, days)
        stored = self.ledger.posts_between(now, end)
        if not dry_run:
            return stored
        planned = [self._as_post(post) for post in self.plan(now, days)]
        fixed = self.ledger.fixed_slots(now, end)
        return sorted([*planned, *(p for p in stored if p.slot_id in fixed)], key=lambda post: post.due_at)

    def find_post(self, slot: str, now: datetime, *, to_send: bool = False) -> Post:
        """The post of a slot id, or of `next`: the next one that has something to say. Raises Misconfigured.

        With `to_send` the next one is one that is true today: not one that is for another day.
        """
        posts = self.posts(now, dry_run=True)
        if slot == "next":
            today = self.settings.day_of(now)
            fit = (p for p in posts if not to_send or not off_its_day(self.settings, p.observance_id, today))
            found = next((post for post in fit if post.open_deliveries), None)
        else:
            found = next((post for post in posts if post.slot_id == slot), None) or self.ledger.post(slot)
        if found is None:
            raise Misconfigured(f"There is no slot called {slot!r} in the plan. `bot plan` lists them.")
        return found

    def _horizon(self, now: datetime, days: int | None) -> datetime:
        return now + timedelta(days=days or self.settings.campaign.horizon_days)

    def _as_post(self, planned: PlannedPost) -> Post:
        slot = planned.slot
        deliveries = tuple(
            Delivery(
                id=delivery_id(slot.id, account_id),
                post_id=0,
                slot_id=slot.id,
                account_id=account_id,
                network=self.settings.accounts[account_id].network,
                template_id=message.template_id,
                message=message,
                state=State.PLANNED,
                due_at=slot.at,
            )
            for account_id, message in sorted(planned.messages.items())
        )
        return Post(
            id=0,
            slot_id=slot.id,
            slot_name=slot.name,
            due_at=slot.at,
            day=slot.day,
            fact_id=planned.fact_id,
            fact_version=planned.fact_version,
            observance_id=planned.observance_id,
            skip_reason=planned.why_not,
            touched=False,
            deliveries=deliveries,
        )


def home_folder() -> Path:
    """The campaign folder: BOT_HOME, or the folder one stands in."""
    return Path(os.environ.get("BOT_HOME") or Path.cwd())


def open_workspace(
    home: Path | None = None, ledger: Ledger | None = None, *, spoken_only: bool = False
) -> Workspace:
    """Read settings, library and the holds of the ledger. Raises Misconfigured with findings.

    `ledger` is one that is open already; without it, the one that DATABASE_URL names is opened. With `spoken_only`
    only what enabled accounts can say is read: a worker needs no more, and stays small.
    """
    home = home or home_folder()
    settings = load_settings(home / "config")
    if os.environ.get("BOT_REHEARSE") == "1":
        settings = rehearsal(settings)
    spoken = {language for account in settings.active_accounts() for language in account.languages}
    library = load(home / "messages", settings.observances, spoken if spoken_only else None)
    errors = tuple(f for f in library.findings if f.severity is Severity.ERROR)
    if errors:
        raise Misconfigured("The library needs mending before anything can be planned or posted.", errors)
    library.documents.clear()  # the places of keys are for those who mend files; they weigh more than all they say
    for account in settings.active_accounts():
        network(account.network)
    ledger = ledger or open_ledger(os.environ.get("DATABASE_URL") or None)
    for hold in ledger.holds():
        library.hold(hold)
    for confirmation in ledger.confirmations():
        library.confirm(confirmation.fact_id, confirmation.as_of, confirmation.review_by)
    for review in ledger.reviews():
        library.review(review.name, review.language, review.seen, reviewed=review.reviewed)
    return Workspace(home, settings, library, ledger)


def rehearsal(settings: Settings) -> Settings:
    """The same settings with every account writing to a file by the rules of its own network."""
    accounts = {
        name: account
        if account.network == "file"
        else replace(account, network="file", options={**account.options, "like": account.network})
        for name, account in settings.accounts.items()
    }
    return replace(settings, accounts=accounts)


def _fingerprint(home: Path) -> str:
    """Changes whenever a file of `config/` or `messages/` does."""
    digest = hashlib.sha256()
    for folder in ("config", "messages"):
        for path in sorted((home / folder).rglob("*.y*ml")):
            status = path.stat()
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    return digest.hexdigest()
