"""`config/`: what each key may say, and the exact place of each mistake."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.model import Misconfigured, Place
from bot.planning import slots_between
from bot.settings import FILES, Settings, load_settings
from tests.world import CAMPAIGN, write_campaign

CAMPAIGN_FILE = {
    "no name": ("hashtags: []\n", "1:1 missing-key"),
    "no hashtags": ("name: Test\n", "1:1 missing-key"),
    "an unknown key": (CAMPAIGN + "colour: blue\n", "3:1 unknown-key"),
    "a key a second time": (CAMPAIGN + "name: Other\n", "3:1 duplicate-key"),
    "a time zone that is not there": (CAMPAIGN + "time_zone: Europe/Genf\n", "3:1 value"),
    "a time zone that is a folder": (CAMPAIGN + "time_zone: Europe\n", "3:1 value"),
    "a time zone that is a path": (CAMPAIGN + "time_zone: ../../etc/passwd\n", "3:1 value"),
    "an empty time zone": (CAMPAIGN + "time_zone:\n", "3:1 value"),
    "a hashtag with its sign": ('name: Test\nhashtags: [Fine, "#MineAction"]\n', "2:18 value"),
    "a hashtag of two words": ("name: Test\nhashtags:\n  - Mine Action\n", "3:5 value"),
    "a hashtag of digits": ("name: Test\nhashtags: [2027]\n", "2:12 value"),
    "hashtags that are no list": ("name: Test\nhashtags: MineAction\n", "2:1 value"),
    "no horizon": (CAMPAIGN + "horizon_days: 0\n", "3:1 value"),
    "a horizon beyond a year": (CAMPAIGN + "horizon_days: 367\n", "3:1 value"),
    "a horizon in words": (CAMPAIGN + "horizon_days: a month\n", "3:1 value"),
    "half a day": (CAMPAIGN + "horizon_days: 1.5\n", "3:1 value"),
    "no grace": (CAMPAIGN + "grace_minutes: 0\n", "3:1 value"),
    "an approval that is not known": (CAMPAIGN + "approval: yes\n", "3:1 value"),
    "a negative distance": (CAMPAIGN + "cool_downs:\n  fact_days: -1\n", "4:3 value"),
    "an unknown distance": (CAMPAIGN + "cool_downs: {fact_weeks: 1}\n", "3:14 unknown-key"),
    "distances that are no mapping": (CAMPAIGN + "cool_downs: long\n", "3:1 value"),
    "a list": ("- name\n", "1:1 value"),
    "bad YAML": ("name: Test: yes\n", "1:11 yaml"),
}
ACCOUNTS_FILE = {
    "nothing": ("", "1:1 missing-key"),
    "no network": ("accounts:\n  one: {language: en}\n", "2:3 missing-key"),
    "a language that is not one of the six": (
        "accounts:\n  one: {network: file, language: de}\n",
        "2:24 value",
    ),
    "neither on nor off": ("accounts:\n  one: {network: file, enabled: maybe}\n", "2:24 value"),
    "a server without https": ("accounts:\n  one: {network: file, server: un.org}\n", "2:24 value"),
    "a secret": ("accounts:\n  one: {network: file, password: x}\n", "2:24 unknown-key"),
    "a bad id": ("accounts:\n  One: {network: file}\n", "2:3 value"),
    "an id a second time": (
        "accounts:\n  one: {network: file}\n  one: {network: file}\n",
        "3:3 duplicate-key",
    ),
    "an option that is a list": ("accounts:\n  one: {network: file, options: {a: [b]}}\n", "2:34 value"),
    "a list": ("accounts: [one, two]\n", "1:1 value"),
}
RULE = "weekdays: [mon]"
SLOT = {
    "no rule": ('at: "09:00"', "2:3 value"),
    "an empty rule": ('weekdays: [], at: "09:00"', "2:3 value"),
    "two rules": ('weekdays: [mon], dates: [2027-04-04], at: "09:00"', "2:3 value"),
    "cron and another rule": ('weekdays: [mon], cron: "0 9 * * *"', "2:3 value"),
    "no time": (RULE, "2:3 value"),
    "cron and a time": ('cron: "0 9 * * *", at: "09:00"', "2:3 value"),
    "days that do not start": ('every_days: 2, at: "09:00"', "2:3 value"),
    "a time with one digit": (f"{RULE}, at: 9:30", "2:24 value"),
    "a time of the next day": (f'{RULE}, at: "24:00"', "2:24 value"),
    "a minute too many": (f'{RULE}, at: "09:60"', "2:24 value"),
    "a time with seconds": (f'{RULE}, at: "09:30:00"', "2:24 value"),
    "a time of another script": (f'{RULE}, at: "٠٩:٣٠"', "2:24 value"),
    "an unknown weekday": ('weekdays: [mon, Tuesday], at: "09:00"', "2:23 value"),
    "a weekday that is no list": ('weekdays: mon, at: "09:00"', "2:7 value"),
    "a date that does not exist": ('dates: [2027-04-04, 2027-02-29], at: "09:00"', "2:27 value"),
    "every no days": ('every_days: 0, starting: 2027-01-01, at: "09:00"', "2:7 value"),
    "a start that does not exist": ('every_days: 2, starting: 2027-01-32, at: "09:00"', "2:22 value"),
    "a time zone that is not there": (f'{RULE}, at: "09:00", time_zone: Mars/Base', "2:37 value"),
    "an unknown account": (f'{RULE}, at: "09:00", accounts: [one, three]', "2:53 unknown-account"),
    "an unknown key": (f'{RULE}, at: "09:00", days: [mon]', "2:37 unknown-key"),
    "an unknown filter": (f'{RULE}, at: "09:00", facts: {{group: [a]}}', "2:45 unknown-key"),
    "a cron of one word": ("cron: daily", "2:3 value"),
    "a cron of four fields": ('cron: "0 9 * *"', "2:3 value"),
    "a cron of six fields": ('cron: "0 0 9 * * *"', "2:3 value"),
    "a cron minute that does not exist": ('cron: "61 9 * * *"', "2:3 value"),
    "a cron hour that does not exist": ('cron: "0 24 * * *"', "2:3 value"),
    "a cron step of nothing": ('cron: "*/0 9 * * *"', "2:3 value"),
    "a cron range that runs backwards": ('cron: "0 9 * * fri-mon"', "2:3 value"),
    "an empty cron": ('cron: ""', "2:3 value"),
}
SLOTS_FILE = {
    "quiet hours without an end": ('quiet_hours: {start: "22:00"}\n', "1:1 missing-key"),
    "quiet hours that are no time": (
        "quiet_hours: {start: night, end: morning}\n",
        "1:15 value",
        "1:29 value",
    ),
    "quiet hours that do something else": (
        'quiet_hours: {start: "22:00", end: "06:00", then: wait}\n',
        "1:45 value",
    ),
    "an unknown rule of observances": ("observances: {severals: all}\n", "1:15 unknown-key"),
    "no space between observances": ("observances: {several: all, spacing_minutes: 0}\n", "1:29 value"),
    "empty slots": ("slots:\n", "1:1 value"),
}
DAY = "title: T, fact: oslo-adoption"
OBSERVANCES_FILE = {
    "30 February": (f"observances:\n  a: {{{DAY}, day: 02-30}}\n", "2:38 value"),
    "31 April": (f"observances:\n  a: {{{DAY}, day: 04-31}}\n", "2:38 value"),
    "month 13": (f"observances:\n  a: {{{DAY}, day: 13-01}}\n", "2:38 value"),
    "a day without month": (f"observances:\n  a: {{{DAY}, day: 4}}\n", "2:38 value"),
    "a day in words": (f"observances:\n  a: {{{DAY}, day: 4 April}}\n", "2:38 value"),
    "a day in one year": (f"observances:\n  a: {{{DAY}, day: 2027-04-04}}\n", "2:38 value"),
    "no day": (f"observances:\n  a: {{{DAY}}}\n", "2:3 missing-key"),
    "no fact": ("observances:\n  a: {title: T, day: 04-04}\n", "2:3 missing-key"),
    "an origin that does not exist": (
        f"observances:\n  a: {{{DAY}, day: 02-28, origin: 2005-02-29}}\n",
        "2:50 value",
    ),
    "a kind that is not known": (f"observances:\n  a: {{{DAY}, day: 04-04, kind: feast}}\n", "2:50 value"),
    "a rank in words": (f"observances:\n  a: {{{DAY}, day: 04-04, priority: high}}\n", "2:50 value"),
    "a sensitive day that does not exist": (
        "sensitive_days:\n  a: {title: T, dates: [09-11, 09-31], groups: []}\n",
        "2:32 value",
    ),
    "a review in month 13": ("reviews:\n  a: {title: T, months: [4, 13]}\n", "2:29 value"),
}


def mistakes(home: Path, **replaced: str) -> list[str]:
    """Each finding in the settings of the small campaign, as its place and rule."""
    write_campaign(home, **replaced)
    try:
        load_settings(home / "config")
    except Misconfigured as error:
        assert all(finding.problem.endswith(".") and finding.mend.endswith(".") for finding in error.findings)
        return [f"{finding.place} {finding.rule}" for finding in error.findings]
    return []


def settings(home: Path, **replaced: str) -> Settings:
    return load_settings(write_campaign(home, **replaced) / "config")


def slots(entry: str) -> str:
    return f"slots:\n  a: {{{entry}}}\n"


def cases(table: dict[str, Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("text", "places"), [(case[0], case[1:]) for case in table.values()], ids=list(table)
    )


@cases(CAMPAIGN_FILE)
def test_a_mistake_in_campaign_yaml_is_found_at_its_place(
    tmp_path: Path, text: str, places: list[str]
) -> None:
    assert mistakes(tmp_path, campaign=text) == [f"config/campaign.yaml:{place}" for place in places]


@cases(ACCOUNTS_FILE)
def test_a_mistake_in_accounts_yaml_is_found_at_its_place(
    tmp_path: Path, text: str, places: list[str]
) -> None:
    assert mistakes(tmp_path, accounts=text) == [f"config/accounts.yaml:{place}" for place in places]


@cases(SLOT)
def test_a_mistake_in_a_slot_is_found_at_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    assert mistakes(tmp_path, slots=slots(text)) == [f"config/slots.yaml:{place}" for place in places]


@cases(SLOTS_FILE)
def test_a_mistake_in_slots_yaml_is_found_at_its_place(tmp_path: Path, text: str, places: list[str]) -> None:
    assert mistakes(tmp_path, slots=text) == [f"config/slots.yaml:{place}" for place in places]


@cases(OBSERVANCES_FILE)
def test_a_mistake_in_observances_yaml_is_found_at_its_place(
    tmp_path: Path, text: str, places: list[str]
) -> None:
    assert mistakes(tmp_path, observances=text) == [f"config/observances.yaml:{place}" for place in places]


def test_mistakes_in_several_files_are_told_at_once(tmp_path: Path) -> None:
    assert mistakes(tmp_path, campaign="", accounts="accounts: []\n", slots="- a\n") == [
        "config/accounts.yaml:1:1 value",
        "config/campaign.yaml:1:1 missing-key",
        "config/campaign.yaml:1:1 missing-key",
        "config/slots.yaml:1:1 value",
    ]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing_or_no_text_is_one_finding(tmp_path: Path, name: str) -> None:
    write_campaign(tmp_path)
    (tmp_path / "config" / name).unlink()
    for rule in ("unreadable", "encoding"):
        with pytest.raises(Misconfigured) as refused:
            load_settings(tmp_path / "config")
        (finding,) = refused.value.findings
        assert (finding.place, finding.rule) == (Place(f"config/{name}"), rule)
        (tmp_path / "config" / name).write_bytes(b"name: \xff\n")


def test_an_unknown_account_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    write_campaign(tmp_path, slots=slots('weekdays: [mon], at: "09:00", accounts: [three]'))
    with pytest.raises(Misconfigured) as refused:
        load_settings(tmp_path / "config")
    (finding,) = refused.value.findings
    assert "'three'" in finding.problem
    assert finding.mend == "Known: one, two."


@pytest.mark.parametrize(
    "rule",
    [
        'weekdays: [mon, sun], at: "00:00"',
        "weekdays: [mon], at: 23:59",
        "every_days: 366, starting: 2028-02-29, at: 09:30",
        "dates: [2028-02-29, 2027-04-04], at: 10:10",
        'cron: "0 9 * * *"',
        'cron: "*/15 8-18 1,15 jan-jun mon"',
        'cron: "0 9 29 2 *"',
    ],
)
def test_a_slot_with_exactly_one_rule_is_kept(tmp_path: Path, rule: str) -> None:
    assert mistakes(tmp_path, slots=slots(rule)) == []


def test_times_are_read_as_they_are_written(tmp_path: Path) -> None:
    text = slots("weekdays: [mon], at: 09:30") + "quiet_hours: {start: 22:00, end: 06:00}\n"
    read = settings(tmp_path, slots=text)
    assert read.slots["a"].at == time(9, 30)
    assert read.quiet_hours is not None
    assert (read.quiet_hours.start, read.quiet_hours.end) == (time(22), time(6))


@pytest.mark.parametrize(
    ("written", "enabled"), [("no", False), ("off", False), ("yes", True), ("true", True), ("1", True)]
)
def test_an_account_is_switched_with_plain_words(tmp_path: Path, written: str, enabled: bool) -> None:
    read = settings(tmp_path, accounts=f"accounts:\n  one: {{network: file, enabled: {written}}}\n")
    assert read.accounts["one"].enabled is enabled
    assert len(read.active_accounts()) == enabled


def test_29_february_is_a_day_of_the_year(tmp_path: Path) -> None:
    read = settings(tmp_path, observances=f"observances:\n  a: {{{DAY}, day: 02-29}}\n")
    assert read.observances["a"].day == (2, 29)


@given(day=st.dates(date(2028, 1, 1), date(2028, 12, 31)))
@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_every_day_of_a_leap_year_can_be_kept(tmp_path: Path, day: date) -> None:
    read = settings(tmp_path, observances=f"observances:\n  a: {{{DAY}, day: {day:%m-%d}}}\n")
    assert read.observances["a"].day == (day.month, day.day)


def test_all_that_may_be_left_out_has_a_sound_default(tmp_path: Path) -> None:
    read = settings(tmp_path, slots="", observances="")
    assert (read.campaign.time_zone, read.campaign.horizon_days, read.campaign.approval) == (
        "UTC",
        30,
        "none",
    )
    assert (dict(read.slots), read.quiet_hours, dict(read.observances)) == ({}, None, {})
    assert read.observance_rules.instead_of_slots is True


def test_a_slot_posts_to_the_enabled_accounts_it_names_or_to_all(tmp_path: Path) -> None:
    accounts = (
        "accounts:\n  one: {network: file}\n  two: {network: file}\n  three: {network: file, enabled: no}\n"
    )
    entries = 'slots:\n  all: {weekdays: [mon], at: "09:00"}\n  some: {weekdays: [mon], at: "09:00", accounts: [three, two]}\n'
    read = settings(tmp_path, accounts=accounts, slots=entries)
    assert [account.id for account in read.accounts_of_slot("all")] == ["one", "two"]
    assert [account.id for account in read.accounts_of_slot("some")] == ["two"]


def test_a_day_begins_at_the_campaigns_midnight(tmp_path: Path) -> None:
    read = settings(tmp_path, campaign=CAMPAIGN + "time_zone: Pacific/Kiritimati\n")
    assert read.day_of(datetime(2027, 4, 3, 9, 59, tzinfo=UTC)) == date(2027, 4, 3)
    assert read.day_of(datetime(2027, 4, 3, 10, 0, tzinfo=UTC)) == date(2027, 4, 4)


@given(zone=st.sampled_from(sorted(available_timezones())) | st.text("aA0/._-+", max_size=8))
@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_text_is_a_time_zone_or_a_finding_at_its_key(tmp_path: Path, zone: str) -> None:
    found = mistakes(tmp_path, campaign=CAMPAIGN + f"time_zone: '{zone}'\n")
    assert found == [] if zone in available_timezones() else found in ([], ["config/campaign.yaml:3:1 value"])


fields = st.sampled_from(
    [
        "*",
        "*/2",
        "0",
        "1",
        "6",
        "7",
        "1-5",
        "0-6/2",
        "5-1",
        "1/2",
        "0,6",
        "mon",
        "sun-tue",
        "mon,3",
        "last",
        "1st mon",
        "L",
        "61",
        "-",
        "a",
    ]
)


@given(cron=st.lists(fields, min_size=5, max_size=5).map(" ".join) | st.text("0159*/,- ml", max_size=14))
@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_what_cron_may_say_the_planner_can_keep(tmp_path: Path, cron: str) -> None:
    text = slots(f"cron: '{cron}'")
    found = mistakes(tmp_path, slots=text)
    assert found in ([], ["config/slots.yaml:2:3 value"])
    if not found:
        start = datetime(2027, 1, 1, tzinfo=UTC)
        slots_between(settings(tmp_path, slots=text), start, start + timedelta(days=2))


@given(
    content=st.binary(max_size=60)
    | st.text(st.sampled_from("ab:-[]{}#&*!|>'\" \n0"), max_size=40).map(str.encode)
)
@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_the_files_hold_only_misconfigured_is_raised(tmp_path: Path, content: bytes) -> None:
    write_campaign(tmp_path)
    for name in FILES:
        (tmp_path / "config" / name).write_bytes(content)
    with pytest.raises(Misconfigured) as refused:
        load_settings(tmp_path / "config")
    assert refused.value.findings
