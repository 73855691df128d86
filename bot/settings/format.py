"""The files of `config/` as their editors write them: the schema, with each key explained."""

from __future__ import annotations

import calendar
import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.library.format import ADDRESS, ID, LANGUAGE, Day
from bot.model import Illustration, LanguageRule

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _clock(text: Any) -> Any:
    if isinstance(text, str) and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise ValueError("a time of day is written 09:30, from 00:00 to 23:59")
    return time.fromisoformat(text) if isinstance(text, str) else text


def _zone(text: Any) -> Any:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, TypeError, KeyError):
        raise ValueError(
            f"there is no time zone called {text!r}; use a name such as UTC or Europe/Geneva"
        ) from None
    return text


def _month_day(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    match = re.fullmatch(r"(\d{2})-(\d{2})", text)
    if not match:
        raise ValueError("a day of the year is written month-day, as in 04-04")
    month, day = int(match[1]), int(match[2])
    if not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(2024, month)[1]):
        raise ValueError("there is no such day in the calendar")
    return (month, day)


Clock = Annotated[time, BeforeValidator(_clock)]
Zone = Annotated[str, BeforeValidator(_zone)]
MonthDay = Annotated[tuple[int, int], BeforeValidator(_month_day)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CoolDowns(_Entry):
    """How long the bot waits before it comes back to something."""

    fact_days: int = Field(60, ge=0, le=3650, description="Days before the same fact is told again.")
    group_days: int = Field(3, ge=0, le=365, description="Days between two facts of one group.")
    conflict_days: int = Field(
        7, ge=0, le=365, description="Days between two facts that contradict each other in a reader's eye."
    )
    account_minutes: int = Field(120, ge=0, le=10080, description="Minutes between two posts of one account.")


class PreferWhatWorks(_Entry):
    """Whether facts that followers like come earlier; the rule is in docs/what-works.md."""

    head_start_days: int = Field(
        0,
        ge=0,
        le=60,
        description="By how many days at most the turn of a fact comes earlier that followers answered more than the "
        "median fact. 0: never. Every fact keeps its turn; see docs/what-works.md.",
    )


class ProfileEntry(_Entry):
    """How accounts introduce themselves; `bot profile sync` sets it on the networks."""

    name: str = Field(min_length=1, max_length=64, description="The name above the posts.")
    description: str = Field(
        min_length=1,
        max_length=500,
        description="What followers read about the account; {operator} stands for the campaign's `operator`. It must say "
        "how to reach whoever runs the bot: an address with @ or https://, here or in `operator`.",
    )


class OwnProfileEntry(_Entry):
    """What one account says of itself in place of the campaign's profile, such as in its own language."""

    name: str | None = Field(None, min_length=1, max_length=64, description="The campaign's when left out.")
    description: str | None = Field(
        None, min_length=1, max_length=500, description="The campaign's when left out."
    )


class CampaignFile(_Entry):
    """config/campaign.yaml: who speaks, when days begin, and how the bot takes turns."""

    name: str = Field(description="The campaign's name.")
    time_zone: Zone = Field("UTC", description="Whose calendar days count for review dates and observances.")
    hashtags: list[Annotated[str, Field(pattern=r"^\w*[^\W\d_]\w*$")]] = Field(
        description="Put under every post, in this spelling, without the #."
    )
    horizon_days: int = Field(30, ge=1, le=366, description="How far ahead posts are planned.")
    grace_minutes: int = Field(
        180,
        ge=1,
        le=10080,
        description="How late a post may still go out after an outage; later it is skipped.",
    )
    approval: Literal["none", "required"] = Field(
        "none", description="`required`: a post goes out only once a person approved it."
    )
    second_person: list[str] = Field(
        default_factory=list,
        description="Networks on which a post goes out only once somebody approved it who is not its last editor.",
    )
    cool_downs: CoolDowns = Field(
        default_factory=CoolDowns, description="How long the bot waits before repeating itself."
    )
    prefer_what_works: PreferWhatWorks = Field(
        default_factory=PreferWhatWorks, description="Whether facts that followers like come earlier."
    )
    public_page: bool = Field(
        False,
        description="true: the desk shows everybody, without signing in, at /about and as a feed what was posted on "
        "real networks; see docs/public-page.md.",
    )
    operator: str | None = Field(
        None, description="For the public page and the profiles: who runs the bot, and how to reach them."
    )
    profile: ProfileEntry | None = Field(
        None, description="How accounts introduce themselves; see `bot profile sync`."
    )


class AccountEntry(_Entry):
    """One login on one network."""

    network: str = Field(
        description="x, bluesky, mastodon, file, or a network that an installed package adds."
    )
    language: LANGUAGE | None = Field(None, description="The language it posts in; en when left out.")
    languages: list[LANGUAGE] = Field(
        default_factory=list,
        description="Instead of `language`: several, such as [ar, en]; see `language_rule`.",
    )
    language_rule: LanguageRule = Field(
        LanguageRule.TURNS,
        description="`turns`: the languages take turns.  `first`: always the first of them in which a fact is worded, so "
        "that the others step in where a translation is missing. Without several languages, a missing translation is "
        "never replaced by another language.",
    )
    pictures: Illustration = Field(
        Illustration.CARDS,
        description="`cards`: posts carry the share card of their fact; where it has none, the card of their link, if the "
        "network shows one.  `links`: only the card of the link.  `none`: neither.",
    )
    threads: bool = Field(
        True,
        description="true: a text that is too long for one post goes out as a thread, split between sentences.",
    )
    numbered_threads: bool = Field(False, description="true: the posts of a thread end in 1/3, 2/3, 3/3.")
    delete_withdrawn: bool = Field(
        False,
        description="true: a post whose fact is put on hold, retired or made internal afterwards is deleted from the "
        "network. false: it is listed (`bot withdrawn`), for a person to correct or take down. Where the fact is archived "
        "or gone from the library it is always listed.",
    )
    profile: OwnProfileEntry | None = Field(
        None,
        description="How this account introduces itself, where that differs from the campaign's `profile`.",
    )
    enabled: bool = Field(True, description="false: nothing is planned for it.")
    handle: str | None = Field(None, description="Its name on the network, such as name.bsky.social.")
    server: ADDRESS | None = Field(None, description="The server's address; X and Bluesky have a default.")
    options: dict[str, str] = Field(
        default_factory=dict, description="What only its network knows; see docs/networks.md."
    )
    budgets: dict[Literal["quarter_hour", "hour", "day", "month"], Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="The most posts per span, such as {day: 17, month: 500}; where it names none, the network's "
        "documented limit. A month is 30 days.",
    )

    @model_validator(mode="after")
    def _language_once(self) -> AccountEntry:
        if self.language and self.languages:
            raise ValueError("write `language` or `languages`, not both")
        if len(set(self.languages)) != len(self.languages):
            raise ValueError("a language stands twice in `languages`")
        return self


class AccountsFile(_Entry):
    """config/accounts.yaml: where the campaign speaks. Secrets are in the environment, never here."""

    accounts: dict[ID, AccountEntry]


class FactFilter(_Entry):
    """Which facts a slot tells."""

    groups: list[ID] = Field(default_factory=list, description="Only facts of these groups.")
    not_groups: list[ID] = Field(default_factory=list, description="No facts of these groups.")


class SlotEntry(_Entry):
    """A moment that comes back. Exactly one of weekdays, every_days, dates or cron says on which days."""

    weekdays: list[Weekday] = Field(default_factory=list, description="On these days of the week.")
    every_days: int | None = Field(None, ge=1, le=366, description="Every so many days, from `starting` on.")
    starting: Day | None = Field(None, description="First day of every_days.")
    dates: list[Day] = Field(default_factory=list, description="On these days only.")
    cron: str | None = Field(None, description="For engineers: minute hour day month weekday.")
    at: Clock | None = Field(None, description="Time of day; not with cron.")
    time_zone: Zone | None = Field(None, description="The zone of `at`; the campaign's when left out.")
    accounts: list[ID] = Field(default_factory=list, description="Only these accounts; all when left out.")
    facts: FactFilter = Field(default_factory=FactFilter, description="Only some facts; all when left out.")

    @model_validator(mode="after")
    def _one_rule(self) -> SlotEntry:
        rules = [bool(self.weekdays), self.every_days is not None, bool(self.dates), self.cron is not None]
        if sum(rules) != 1:
            raise ValueError("a slot needs exactly one of weekdays, every_days, dates or cron")
        if self.cron is None and self.at is None:
            raise ValueError("a slot needs `at`, the time of day")
        if self.cron is not None and self.at is not None:
            raise ValueError("cron says the time itself; take `at` out")
        if self.every_days is not None and self.starting is None:
            raise ValueError("every_days needs `starting`, its first day")
        if self.cron is not None:
            _check_cron(self.cron)
        return self


def _check_cron(expression: str) -> None:
    from apscheduler.triggers.cron import CronTrigger

    try:
        CronTrigger.from_crontab(expression, timezone="UTC")
    except ValueError as error:
        raise ValueError(f"cron: {error}") from None


class QuietHours(_Entry):
    """Hours in which nothing is posted; they may run over midnight."""

    start: Clock = Field(description="First quiet minute.")
    end: Clock = Field(description="First minute in which posting is allowed again.")
    time_zone: Zone | None = Field(None, description="The campaign's when left out.")
    then: Literal["move", "skip"] = Field(
        "move", description="What happens to a slot inside: moved to the end, or skipped."
    )


class ObservanceRules(_Entry):
    """How observances are kept."""

    at: Clock = Field(time(9), description="Time of day of their posts, in the campaign's time zone.")
    several: Literal["first", "all"] = Field(
        "first",
        description="When several share a day: only the one of highest priority that may go out, or all.",
    )
    spacing_minutes: int = Field(180, ge=1, le=1440, description="With several: all, minutes between them.")
    instead_of_slots: bool = Field(
        True, description="true: an observance takes the place of that day's ordinary slots."
    )


class SlotsFile(_Entry):
    """config/slots.yaml: when to post."""

    slots: dict[ID, SlotEntry] = Field(default_factory=dict)
    quiet_hours: QuietHours | None = Field(None, description="Hours in which nothing is posted.")
    observances: ObservanceRules = Field(
        default_factory=ObservanceRules, description="How observances are kept."
    )


class ObservanceEntry(_Entry):
    """A day that calls for its own message."""

    title: str
    day: MonthDay = Field(
        description="month-day, as in 04-04; 02-29 is kept on 28 February in ordinary years."
    )
    kind: Literal["anniversary", "observance"] = "anniversary"
    origin: Day | None = Field(None, description="The day the years are counted from.")
    fact: ID = Field(description="The fact this day is about; the guard must let it pass.")
    priority: int = Field(0, description="When several share a day, the highest goes first.")
    post: bool = Field(True, description="false: shown in the calendar, never posted.")
    source: str | None = None
    note: str | None = None


class SensitiveEntry(_Entry):
    """Days near which some groups of facts stay silent."""

    title: str
    dates: list[MonthDay]
    days_around: int = Field(1, ge=0, le=60)
    groups: list[ID]
    source: str | None = None
    note: str | None = None


class ReviewEntry(_Entry):
    """A report or meeting that calls for a review of facts; shown, never posted."""

    title: str
    months: list[Annotated[int, Field(ge=1, le=12)]]
    source: str | None = None
    note: str | None = None


class ObservancesFile(_Entry):
    """config/observances.yaml: the campaign's calendar."""

    observances: dict[ID, ObservanceEntry] = Field(default_factory=dict)
    sensitive_days: dict[ID, SensitiveEntry] = Field(default_factory=dict)
    reviews: dict[ID, ReviewEntry] = Field(default_factory=dict)


FILES: dict[str, type[BaseModel]] = {
    "campaign.yaml": CampaignFile,
    "accounts.yaml": AccountsFile,
    "slots.yaml": SlotsFile,
    "observances.yaml": ObservancesFile,
}
