"""Reads `config/` into typed settings; every error names file, line and key, and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.documents import Document, read, validate
from bot.library.shelf import SOURCE_LANGUAGE
from bot.model import Account, Finding, Misconfigured, Observance, Place
from bot.settings.format import (
    FILES,
    AccountEntry,
    CampaignFile,
    ObservanceEntry,
    ObservanceRules,
    OwnProfileEntry,
    QuietHours,
    ReviewEntry,
    SensitiveEntry,
    SlotEntry,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `config/` says."""

    campaign: CampaignFile
    accounts: Mapping[str, Account]
    slots: Mapping[str, SlotEntry]
    quiet_hours: QuietHours | None
    observance_rules: ObservanceRules
    observances: Mapping[str, Observance]
    sensitive_days: Mapping[str, SensitiveEntry] = field(default_factory=dict)
    reviews: Mapping[str, ReviewEntry] = field(default_factory=dict)
    profiles: Mapping[str, OwnProfileEntry] = field(default_factory=dict)  # by account, where it has its own

    @property
    def zone(self) -> ZoneInfo:
        """The campaign's time zone: its midnight begins a calendar day."""
        return ZoneInfo(self.campaign.time_zone)

    def active_accounts(self) -> list[Account]:
        """The accounts that are enabled, in the order of the file."""
        return [account for account in self.accounts.values() if account.enabled]

    def needs_approval(self, network: str) -> bool:
        """Whether posts on a network go out only once a person approved them."""
        return self.campaign.approval == "required" or network in self.campaign.second_person

    def accounts_of_slot(self, name: str) -> list[Account]:
        """The enabled accounts that a slot posts to."""
        slot = self.slots.get(name)
        wanted = slot.accounts if slot else []
        return [account for account in self.active_accounts() if not wanted or account.id in wanted]

    def day_of(self, moment: Any) -> date:
        """The campaign's calendar day of a moment."""
        day: date = moment.astimezone(self.zone).date()
        return day


def load_settings(root: Path) -> Settings:
    """Read `config/`. Raises Misconfigured with a finding for every mistake."""
    documents = {name: read(root / name, str(Path(root.name) / name)) for name in FILES}
    parsed = {name: validate(documents[name], model) for name, model in FILES.items()}
    findings = [finding for document in documents.values() for finding in document.findings]
    if not findings:
        findings = _cross_check(parsed, documents)
    if findings:
        raise Misconfigured(f"The settings in {root} need mending.", tuple(sorted(findings)))
    return _settings(parsed, documents)


def _cross_check(parsed: Mapping[str, Any], documents: Mapping[str, Document]) -> list[Finding]:
    known = parsed["accounts.yaml"].accounts
    findings = []
    for name, slot in parsed["slots.yaml"].slots.items():
        for index, account in enumerate(slot.accounts):
            if account not in known:
                place = documents["slots.yaml"].place("slots", name, "accounts", index)
                mend = f"Known: {', '.join(known)}."
                findings.append(
                    Finding(place, "unknown-account", f"There is no account called {account!r}.", mend)
                )
    return findings


def _settings(parsed: Mapping[str, Any], documents: Mapping[str, Document]) -> Settings:
    slots, days = parsed["slots.yaml"], parsed["observances.yaml"]
    accounts = documents["accounts.yaml"]
    return Settings(
        campaign=parsed["campaign.yaml"],
        accounts={
            name: _account(name, entry, accounts.place("accounts", name))
            for name, entry in parsed["accounts.yaml"].accounts.items()
        },
        slots=slots.slots,
        quiet_hours=slots.quiet_hours,
        observance_rules=slots.observances,
        observances={
            name: _observance(name, entry, documents["observances.yaml"].place("observances", name))
            for name, entry in days.observances.items()
        },
        sensitive_days=days.sensitive_days,
        reviews=days.reviews,
        profiles={
            name: entry.profile for name, entry in parsed["accounts.yaml"].accounts.items() if entry.profile
        },
    )


def _account(name: str, entry: AccountEntry, place: Place) -> Account:
    first, *more = entry.languages or [entry.language or SOURCE_LANGUAGE]
    return Account(
        name,
        entry.network,
        first,
        entry.server,
        entry.handle,
        entry.enabled,
        entry.options,
        {str(span): most for span, most in entry.budgets.items()},
        place,
        tuple(more),
        entry.language_rule,
        entry.pictures,
        entry.threads,
        entry.numbered_threads,
        entry.delete_withdrawn,
    )


def _observance(name: str, entry: ObservanceEntry, place: Place) -> Observance:
    return Observance(
        name,
        entry.title,
        entry.day,
        entry.fact,
        entry.kind,
        entry.origin,
        entry.priority,
        entry.post,
        entry.note,
        place,
    )
