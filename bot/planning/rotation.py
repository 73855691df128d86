"""Whose turn it is: the fact and the order of wordings for each slot, by hashes where nothing else decides.

Observances come first, because their day is fixed; ordinary slots then keep their distance from
them, before and after. A fact's turn comes when it was told longest ago; ties are broken by a
hash of the fact, so that every machine decides alike and a new fact leaves the others in their order.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from bot.library import Library, Told, conflicts_near, refusals
from bot.model import Account, Fact, LanguageRule, Slot, Telling, Template
from bot.planning.slots import slots_between
from bot.settings import CoolDowns, Settings

# Why an account cannot say a wording on a day; None when it can. The composer knows; planning only asks.
WhyNotSaid = Callable[[Template, Account, date], str | None]

_DAY, _NONE = timedelta(days=1), timedelta()
_TOO_SOON = "every account posted too recently"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a slot tells: the fact, and per account the wordings in order of preference; or why nothing.

    `silent` says why an account has nothing to choose from, where somebody can mend that.
    """

    slot: Slot
    fact_id: str | None = None
    observance_id: str | None = None
    wordings: Mapping[str, tuple[Template, ...]] = field(default_factory=dict)
    skip: str | None = None
    silent: Mapping[str, str] = field(default_factory=dict)


def choose(
    settings: Settings,
    library: Library,
    tellings: Iterable[Telling],
    start: datetime,
    end: datetime,
    fixed: frozenset[str] = frozenset(),
    why_not_said: WhyNotSaid | None = None,
    scores: Mapping[str, float] = MappingProxyType({}),
) -> list[Choice]:
    """A choice for every slot from start (inclusive) to end (exclusive), but for the `fixed` slot ids.

    Looks beyond the end for observances, so that a fact is not told just before its own day, and
    back to the beginning of the first day, whose observance may have been kept already.

    `scores` say of facts, from 0 to 1, how well they worked; a head start comes of it, see docs/what-works.md.
    """
    table = _Table(settings, library, tellings, why_not_said, scores)
    around = slots_between(settings, start - 2 * _DAY, end + _reach(settings.campaign.cool_downs))
    slots = [slot for slot in around if slot.at >= start and slot.id not in fixed]
    kept_days = {slot.day for slot in around if table.was_observed(slot)}
    observed = [table.observe(slot) for slot in slots if slot.observances]
    kept_days |= {choice.slot.day for choice in observed if choice.fact_id}
    choices = [choice for choice in observed if choice.slot.at < end]
    for slot in slots:
        if slot.observances or slot.at >= end:
            continue
        if slot.day in kept_days and settings.observance_rules.instead_of_slots:
            choices.append(Choice(slot, skip="an observance takes its place"))
        else:
            choices.append(table.tell(slot))
    # Wordings and languages take turns in the order of time, in which observances were not chosen.
    return [table.worded(choice) for choice in sorted(choices, key=lambda choice: choice.slot)]


def _reach(rest: CoolDowns) -> timedelta:
    """How far an observance keeps ordinary slots away from it, with room for the hours of its day."""
    days = max(rest.fact_days, rest.group_days, rest.conflict_days, rest.account_minutes // 1440)
    return (days + 2) * _DAY


class _Table:
    """What was told when, while a plan is being made."""

    def __init__(
        self,
        settings: Settings,
        library: Library,
        tellings: Iterable[Telling],
        why_not_said: WhyNotSaid | None,
        scores: Mapping[str, float],
    ) -> None:
        self._settings = settings
        self._library = library
        self._why_not_said = why_not_said or (lambda *_: None)
        self._head_starts = _head_starts(scores, settings.campaign.prefer_what_works.head_start_days)
        self._orders: dict[str, Mapping[str, int]] = {}
        self._days: dict[str, list[date]] = {}
        self._told_at: dict[str, datetime] = {}
        self._group_days: dict[str, list[date]] = defaultdict(list)
        self._wording_at: dict[tuple[str, str], datetime] = {}
        self._account_at: dict[str, list[datetime]] = defaultdict(list)
        self._language_at: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._speaking: dict[str, list[Account]] = {}
        self._named_by: dict[str, set[str]] = defaultdict(set)
        for fact in library.facts.values():
            for other in fact.conflicts:
                self._named_by[other].add(fact.id)
        languages = {language for account in settings.active_accounts() for language in account.languages}
        self._pool = [
            fact
            for fact in library.facts.values()
            if fact.status.postable and any(library.wordings(fact.id, language) for language in languages)
        ]
        for telling in tellings:
            if telling.account_id:  # nobody's any more: only that it was told counts
                self._note_wording(telling.account_id, telling.template_id, telling.at)
                self._account_at[telling.account_id].append(telling.at)
            self._note_told(telling.fact_id, telling.day, telling.at)

    def _note_wording(self, account_id: str, template_id: str, at: datetime) -> None:
        account = self._settings.accounts.get(account_id)
        for key in ((account_id, template_id), (f"@{account.network}" if account else "", template_id)):
            self._wording_at[key] = max(at, self._wording_at.get(key, at))
        self._language_at[account_id, template_id.split("/")[1]].append(at)

    def _note_told(self, fact_id: str, day: date, at: datetime) -> None:
        self._days.setdefault(fact_id, []).append(day)
        self._told_at[fact_id] = max(at, self._told_at.get(fact_id, at))
        fact = self._library.facts.get(fact_id)
        if fact is not None and fact.group:
            self._group_days[fact.group].append(day)

    def was_observed(self, slot: Slot) -> bool:
        """Whether the fact of one of the slot's observances is known to be told on its day."""
        facts = (self._settings.observances[observance_id].fact_id for observance_id in slot.observances)
        return any(slot.day in self._days.get(fact_id, ()) for fact_id in facts)

    def observe(self, slot: Slot) -> Choice:
        """The first of the day's observances whose fact the guard lets pass."""
        speakers = self._speakers(slot)
        if slot.skip or not speakers:
            return Choice(slot, skip=slot.skip or _TOO_SOON)
        reasons = []
        for observance_id in slot.observances:
            fact_id = self._settings.observances[observance_id].fact_id
            fact = self._library.facts.get(fact_id)
            if fact is None:
                why: str | None = f"there is no fact {fact_id}"
            else:
                why = self._why_not(fact, slot.day) or self._why_silent(slot, fact, observance_id, speakers)
                if why is None:
                    return self._chosen(slot, fact, observance_id, speakers)
            reasons.append(f"{observance_id}: {why}")
        return Choice(slot, skip="; ".join(reasons))

    def tell(self, slot: Slot) -> Choice:
        """The fact whose turn it is at an ordinary slot."""
        speakers = self._speakers(slot)
        if slot.skip or not speakers:
            return Choice(slot, skip=slot.skip or _TOO_SOON)
        for fact in self._by_turn(slot):
            if (
                self._is_rested(fact, slot.day)
                and self._why_not(fact, slot.day) is None
                and self._why_silent(slot, fact, None, speakers) is None
            ):
                return self._chosen(slot, fact, None, speakers)
        return Choice(slot, skip=self._why_nothing(speakers))

    def _why_nothing(self, speakers: list[Account]) -> str:
        languages = _spoken(speakers)
        if not any(self._library.wordings(fact.id, lang) for fact in self._pool for lang in languages):
            facts = [fact for fact in self._library.facts.values() if fact.status.postable]
            waiting = [
                lang for lang in languages if any(self._library.waits(fact.id, lang) for fact in facts)
            ]
            if waiting:
                return _unreviewed(waiting)
        return "no fact is free: all are refused, resting, or too near to another"

    def _by_turn(self, slot: Slot) -> Iterator[Fact]:
        """The facts a slot may tell, told longest ago first. Most are never asked for, so they are not sorted ahead."""
        order = self._order_of(slot.name)
        last_told = {name: self._turn_of(name, slot.day) for name in self._days if name in order}
        yield from (self._library.facts[name] for name in order if last_told.get(name, date.min) == date.min)
        told = (name for name, day in last_told.items() if day != date.min)
        for name in sorted(told, key=lambda name: (last_told[name], self._told_at[name], order[name])):
            yield self._library.facts[name]

    def _order_of(self, slot_name: str) -> Mapping[str, int]:
        """The facts that slots of a name may tell at all, in the order in which they come where nothing else decides."""
        if slot_name not in self._orders:
            wanted = self._settings.slots[slot_name].facts
            names = (
                fact.id
                for fact in self._pool
                if (not wanted.groups or fact.group in wanted.groups) and fact.group not in wanted.not_groups
            )
            self._orders[slot_name] = {
                name: place for place, (_, name) in enumerate(sorted(_lots("", names)))
            }
        return self._orders[slot_name]

    def _turn_of(self, fact_id: str, day: date) -> date:
        """The day it was last told, less its head start; the earliest goes first."""
        last_told = self._last_told(fact_id, day)
        return last_told if last_told == date.min else last_told - self._head_starts.get(fact_id, _NONE)

    def _last_told(self, fact_id: str, day: date) -> date:
        return max((told for told in self._days[fact_id] if told <= day), default=date.min)

    def _is_rested(self, fact: Fact, day: date) -> bool:
        rest = self._settings.campaign.cool_downs
        if not _all_beyond(self._days.get(fact.id, ()), day, rest.fact_days):
            return False
        return fact.group is None or _all_beyond(self._group_days.get(fact.group, ()), day, rest.group_days)

    def _why_not(self, fact: Fact, day: date) -> str | None:
        for refusal in refusals(fact, day):
            return str(refusal)
        if why := self._sensitive(fact, day):
            return why
        told = [
            Told(other, told_on)
            for other in sorted(fact.conflicts | self._named_by.get(fact.id, set()))
            for told_on in sorted(self._days.get(other, ()))
        ]
        for refusal in conflicts_near(
            fact, day, told, self._library.facts, self._settings.campaign.cool_downs.conflict_days
        ):
            return str(refusal)
        return None

    def _sensitive(self, fact: Fact, day: date) -> str | None:
        for sensitive in self._settings.sensitive_days.values():
            if fact.group not in sensitive.groups:
                continue
            for month, number in sensitive.dates:
                if days_from_anniversary(day, month, number) <= sensitive.days_around:
                    return f"{fact.id} stays silent near {number:02d}.{month:02d}. ({sensitive.title})"
        return None

    def _speakers(self, slot: Slot) -> list[Account]:
        """The slot's accounts that may post at its moment, in an order that no file changes."""
        accounts = (
            self._settings.active_accounts()
            if slot.observances
            else self._settings.accounts_of_slot(slot.name)
        )
        free = (account for account in accounts if not self._is_too_soon(account, slot.at))
        return sorted(free, key=lambda account: account.id)

    def _is_too_soon(self, account: Account, at: datetime) -> bool:
        gap = timedelta(minutes=self._settings.campaign.cool_downs.account_minutes)
        return any(abs(posted - at) < gap for posted in self._account_at[account.id])

    def _why_silent(
        self, slot: Slot, fact: Fact, observance_id: str | None, speakers: list[Account]
    ) -> str | None:
        why = None
        for account in speakers:
            for language in account.languages:
                for template in self._library.wordings(fact.id, language, observance_id):
                    if (refused := self._why_not_said(template, account, slot.day)) is None:
                        return None
                    why = refused
        return (
            why
            or self._why_unsaid(_spoken(speakers), fact, observance_id)
            or "it has no wording in the language of any account"
        )

    def _why_unsaid(self, languages: Iterable[str], fact: Fact, observance_id: str | None) -> str | None:
        waiting = [lang for lang in languages if self._library.waits(fact.id, lang, observance_id)]
        return _unreviewed(waiting) if waiting else None

    def _chosen(self, slot: Slot, fact: Fact, observance_id: str | None, speakers: list[Account]) -> Choice:
        self._note_told(fact.id, slot.day, slot.at)
        self._speaking[slot.id] = speakers
        for account in speakers:
            if self._why_silent(slot, fact, observance_id, [account]) is None:
                self._account_at[account.id].append(slot.at)
        return Choice(slot, fact.id, observance_id)

    def worded(self, choice: Choice) -> Choice:
        """The choice with its wordings; to be asked in the order of the slots."""
        if choice.fact_id is None:
            return choice
        slot, fact, observance_id = choice.slot, self._library.facts[choice.fact_id], choice.observance_id
        wordings: dict[str, tuple[Template, ...]] = {}
        silent: dict[str, str] = {}
        taken: dict[str, set[str]] = defaultdict(set)
        for account in self._speaking[slot.id]:
            known, said = self._in_its_language(slot, account, fact, observance_id)
            # Where none can be said, the composer refuses them one by one, and its reason is shown.
            order = self._order(slot, account, said or known, taken[account.network])
            if order:
                wordings[account.id] = order
            elif why := self._why_unsaid(account.languages, fact, observance_id):
                silent[account.id] = why
            if said:
                taken[account.network].add(order[0].id)
                self._note_wording(account.id, order[0].id, slot.at)
        return replace(choice, wordings=wordings, silent=silent)

    def _in_its_language(
        self, slot: Slot, account: Account, fact: Fact, observance_id: str | None
    ) -> tuple[list[Template], list[Template]]:
        """The wordings in the language in which the account tells this, and those of them that it can say.

        The first of its languages in which there is something to say; where they take turns, the one it spoke
        longest ago.
        """
        languages = list(account.languages)
        if account.language_rule is LanguageRule.TURNS:
            languages.sort(key=lambda language: self._last_spoke(account, language, slot.at))
        first: list[Template] = []
        for language in languages:
            known = self._library.wordings(fact.id, language, observance_id)
            said = [template for template in known if self._why_not_said(template, account, slot.day) is None]
            if said:
                return known, said
            first = first or known
        return first, []

    def _last_spoke(self, account: Account, language: str, before: datetime) -> float:
        spoke = (at for at in self._language_at.get((account.id, language), ()) if at < before)
        last = max(spoke, default=None)
        return last.timestamp() if last else 0.0

    def _order(
        self, slot: Slot, account: Account, wordings: Collection[Template], taken: set[str]
    ) -> tuple[Template, ...]:
        """First what no other account says here, then what this one, then what its network has not said longest."""

        lots = {name: lot for lot, name in _lots(slot.id, (template.id for template in wordings))}

        def turn(template: Template) -> tuple[bool, float, float, bytes]:
            used = [self._wording_at.get((who, template.id)) for who in (account.id, f"@{account.network}")]
            own, networks = (at.timestamp() if at else 0.0 for at in used)
            return template.id in taken, own, networks, lots[template.id]

        return tuple(sorted(wordings, key=turn))


def _spoken(speakers: Iterable[Account]) -> list[str]:
    """The languages of accounts, in their order."""
    return list(dict.fromkeys(language for account in speakers for language in account.languages))


def _unreviewed(languages: list[str]) -> str:
    """Why nothing is said in these languages."""
    named = " or ".join(f"`bot review {language}`" for language in languages)
    return f"nobody has reviewed what there is in {' and '.join(languages)}: {named}"


def _head_starts(scores: Mapping[str, float], most: int) -> dict[str, timedelta]:
    """By how much the turn of each fact comes earlier: so many whole days of the most that it may be."""
    # Rounded first: four tenths of ten days are four, although 0.7 is not 0.5 and two tenths in binary.
    return {
        name: timedelta(int(round(most * min(max(score, 0.0), 1.0), 6))) for name, score in scores.items()
    }


def _all_beyond(days: Iterable[date], day: date, distance: int) -> bool:
    return all(abs((told - day).days) > distance for told in days) if distance else True


def days_from_anniversary(day: date, month: int, number: int) -> int:
    """Days to the nearest yearly return of a month and day (29 February returns on 1 March in ordinary years)."""
    returns = (
        date(year, month, 1) + timedelta(days=number - 1) for year in (day.year - 1, day.year, day.year + 1)
    )
    return min(abs((moment - day).days) for moment in returns)


def _lots(slot_id: str, names: Iterable[str]) -> list[tuple[bytes, str]]:
    """The lot of each name at a slot, and the name; the lowest goes first."""
    of_slot = hashlib.blake2b(f"{slot_id}\0".encode(), digest_size=8)

    def lot(name: str) -> bytes:
        drawn = of_slot.copy()
        drawn.update(name.encode())
        return drawn.digest()

    return [(lot(name), name) for name in names]
