"""The moments at which to post: rules of days, time zones, changing clocks, quiet hours, observances."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.model import Slot
from bot.planning import slots_between
from bot.planning.slots import is_quiet, place_in_zone
from bot.settings import QuietHours, SlotEntry
from tests.planning.campaign import DAY, campaign, moment


def slots(text: str, start: str, end: str) -> list[Slot]:
    return slots_between(campaign(text), moment(start), moment(end))


def moments(text: str, start: str, end: str, shown: str = "%Y-%m-%d %H:%M") -> list[str]:
    """The slots' moments in UTC."""
    return [f"{slot.at:{shown}}" for slot in slots(text, start, end)]


def one_slot(rule: str, zone: str = "UTC") -> str:
    return f"zone: {zone}\nslots:\n  it: {{{rule}}}\n"


def local(text: str, zone: str, start: str, end: str) -> list[str]:
    """The slots' moments by the clocks of a zone."""
    return [f"{s.at.astimezone(ZoneInfo(zone)):%d %b %H:%M %z}" for s in slots(text, start, end)]


# On which days


def test_weekdays_come_back_every_week() -> None:
    text = one_slot('weekdays: [tue, thu], at: "09:00"')
    assert moments(text, "2026-11-23", "2026-12-05", "%a %d %b %H:%M") == [
        "Tue 24 Nov 09:00",
        "Thu 26 Nov 09:00",
        "Tue 01 Dec 09:00",
        "Thu 03 Dec 09:00",
    ]


def test_every_days_are_counted_from_the_starting_day_over_the_end_of_a_year() -> None:
    text = one_slot('every_days: 3, starting: 2026-12-25, at: "09:00"')
    assert moments(text, "2026-12-01", "2027-01-05", "%d %b") == ["25 Dec", "28 Dec", "31 Dec", "03 Jan"]


def test_every_days_keep_their_rhythm_wherever_one_looks_from() -> None:
    text = one_slot('every_days: 7, starting: 2024-01-03, at: "09:00"')
    whole = moments(text, "2024-01-01", "2030-01-01")
    assert moments(text, "2028-02-20", "2028-03-10") == [
        at for at in whole if "2028-02-20" <= at < "2028-03-10"
    ]


def test_dates_are_kept_once_each_and_in_order() -> None:
    text = one_slot('dates: [2027-09-18, 2026-12-03, 2026-12-03], at: "09:00"')
    assert moments(text, "2026-01-01", "2028-01-01") == ["2026-12-03 09:00", "2027-09-18 09:00"]


def test_cron_says_day_and_time_itself() -> None:
    text = one_slot('cron: "30 9 1 * *"')
    assert moments(text, "2026-12-01", "2027-02-02") == [
        "2026-12-01 09:30",
        "2027-01-01 09:30",
        "2027-02-01 09:30",
    ]


@pytest.mark.parametrize(
    ("weekdays", "days"),
    [
        ("mon-fri", "Mon Tue Wed Thu Fri"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("1", "Mon"),
        ("0", "Sun"),
        ("0,3", "Wed Sun"),
        ("0-6", "Mon Tue Wed Thu Fri Sat Sun"),
        ("1-5/2", "Mon Wed Fri"),
        ("6,mon", "Mon Sat"),
    ],
)
def test_numbers_of_weekdays_are_crons_where_0_is_sunday(weekdays: str, days: str) -> None:
    text = one_slot(f'cron: "0 9 * * {weekdays}"')
    assert " ".join(moments(text, "2026-11-23", "2026-11-30", "%a")) == days


@pytest.mark.parametrize("cron", ["0 9 * *", "61 9 * * *", "0 9 * * 7", "daily"])
def test_a_cron_that_cannot_be_is_refused_before_anything_is_planned(cron: str) -> None:
    with pytest.raises(ValidationError):
        SlotEntry(cron=cron)


def test_29_february_exists_in_leap_years_only() -> None:
    assert moments(one_slot('cron: "0 9 29 2 *"'), "2024-01-01", "2033-01-01", "%Y") == [
        "2024",
        "2028",
        "2032",
    ]
    assert moments(one_slot('dates: [2028-02-29], at: "09:00"'), "2028-02-29", "2028-03-01") == [
        "2028-02-29 09:00"
    ]
    daily = one_slot('every_days: 1, starting: 2026-01-01, at: "09:00"')
    assert moments(daily, "2028-02-28", "2028-03-02", "%d %b") == ["28 Feb", "29 Feb", "01 Mar"]
    assert moments(daily, "2027-02-28", "2027-03-02", "%d %b") == ["28 Feb", "01 Mar"]


def test_the_year_ends_like_any_other_month() -> None:
    text = one_slot('weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "00:00"')
    assert moments(text, "2026-12-31", "2027-01-02") == ["2026-12-31 00:00", "2027-01-01 00:00"]


def test_the_start_belongs_to_the_plan_and_the_end_does_not() -> None:
    text = one_slot('weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"')
    assert moments(text, "2026-12-01 09:00", "2026-12-03 09:00", "%d") == ["01", "02"]


# Time zones


def test_a_slot_keeps_its_own_clock_through_summer_and_winter() -> None:
    text = one_slot('dates: [2026-07-01, 2026-12-01], at: "09:00", time_zone: Europe/Zurich')
    assert moments(text, "2026-01-01", "2027-01-01") == ["2026-07-01 07:00", "2026-12-01 08:00"]


def test_without_a_zone_of_its_own_a_slot_has_the_campaigns() -> None:
    assert moments(
        one_slot('dates: [2026-12-01], at: "09:00"', "Asia/Kathmandu"), "2026-12-01", "2026-12-02"
    ) == ["2026-12-01 03:15"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_the_same_slots_are_found_however_start_and_end_are_written(zone: str) -> None:
    settings = campaign(one_slot('weekdays: [mon, tue, wed, thu, fri, sat, sun], at: "09:00"', zone))
    start, end = moment("2026-12-01 10:00"), moment("2026-12-08 10:00")
    for written_in in ("UTC", "Pacific/Kiritimati", "Etc/GMT+12"):
        there = ZoneInfo(written_in)
        assert slots_between(settings, start.astimezone(there), end.astimezone(there)) == slots_between(
            settings, start, end
        )


def test_the_day_of_a_slot_is_the_campaigns_and_its_id_is_its_own_clock() -> None:
    text = 'zone: UTC\nslots: {it: {dates: [2026-12-02], at: "05:00", time_zone: Asia/Tokyo}}'
    (slot,) = slots(text, "2026-12-01", "2026-12-03")
    assert (slot.id, slot.day.isoformat()) == ("it@2026-12-02T05:00", "2026-12-01")


# Changing clocks


@pytest.mark.parametrize(
    ("zone", "day", "at", "posted"),
    [
        ("Europe/Zurich", "2026-03-29", "02:30", "29 Mar 03:30 +0200"),
        ("America/New_York", "2026-03-08", "02:00", "08 Mar 03:00 -0400"),
        ("America/Santiago", "2026-09-06", "00:15", "06 Sep 01:15 -0300"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "04 Oct 02:45 +1100"),
        ("America/Nuuk", "2026-03-28", "23:30", "29 Mar 00:30 -0100"),
        ("Africa/Casablanca", "2026-03-22", "02:10", "22 Mar 03:10 +0100"),
    ],
)
def test_a_time_that_does_not_exist_moves_on_as_much_as_the_clocks_did(
    zone: str, day: str, at: str, posted: str
) -> None:
    text = one_slot(f'dates: [{day}], at: "{at}"', zone)
    assert local(text, zone, "2026-01-01", "2027-01-01") == [posted]


@pytest.mark.parametrize(
    ("zone", "day", "at", "posted"),
    [
        ("Europe/Zurich", "2026-10-25", "02:30", "25 Oct 02:30 +0200"),
        ("America/New_York", "2026-11-01", "01:30", "01 Nov 01:30 -0400"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "05 Apr 01:45 +1100"),
        ("America/Santiago", "2026-04-04", "23:30", "04 Apr 23:30 -0300"),
    ],
)
def test_a_time_that_comes_twice_is_the_first_of_the_two(zone: str, day: str, at: str, posted: str) -> None:
    text = one_slot(f'dates: [{day}], at: "{at}"', zone)
    assert local(text, zone, "2026-01-01", "2027-01-01") == [posted]


@pytest.mark.parametrize(
    "rule",
    [
        'weekdays: [sun], at: "02:30"',
        'every_days: 7, starting: 2026-03-29, at: "02:30"',
        'dates: [2026-03-29], at: "02:30"',
        'cron: "30 2 * * sun"',
    ],
)
def test_the_rule_for_changing_clocks_is_one_for_every_kind_of_slot(rule: str) -> None:
    text = one_slot(rule, "Europe/Zurich")
    assert local(text, "Europe/Zurich", "2026-03-29", "2026-03-30") == ["29 Mar 03:30 +0200"]


def test_no_slot_is_lost_or_doubled_while_clocks_change() -> None:
    text = one_slot('cron: "*/15 * * * *"', "Australia/Lord_Howe")
    for start in ("2026-04-03", "2026-10-02"):
        found = slots(text, start, f"{start[:-2]}07")
        wall = [slot.id for slot in found]
        assert len(set(wall)) == len(wall)
        assert {
            f"it@{moment(start) + DAY:%Y-%m-%d}T{h:02d}:{m:02d}" for h in range(24) for m in (0, 15, 30, 45)
        } <= set(wall)


def test_a_day_that_a_country_left_out_moves_on_to_the_next() -> None:
    samoa = ZoneInfo("Pacific/Apia")
    at = place_in_zone(datetime(2011, 12, 30, 9), samoa).astimezone(samoa)
    assert f"{at:%Y-%m-%d %H:%M}" == "2011-12-31 09:00"


# Quiet hours

NIGHT = 'quiet_hours: {start: "21:00", end: "07:00", then: %s}\n'


@pytest.mark.parametrize(
    ("at", "posted"),
    [
        ("20:59", "2026-12-01 20:59"),
        ("21:00", "2026-12-02 07:00"),
        ("23:30", "2026-12-02 07:00"),
        ("00:00", "2026-12-01 07:00"),
        ("06:59", "2026-12-01 07:00"),
        ("07:00", "2026-12-01 07:00"),
    ],
)
def test_a_slot_in_quiet_hours_moves_to_their_end(at: str, posted: str) -> None:
    text = NIGHT % "move" + one_slot(f'dates: [2026-12-01], at: "{at}"')
    assert moments(text, "2026-11-30", "2026-12-04") == [posted]


def test_a_slot_in_quiet_hours_may_be_skipped_with_the_reason() -> None:
    text = NIGHT % "skip" + one_slot('dates: [2026-12-01, 2026-12-02], at: "06:00"')
    assert [(f"{s.at:%d %H:%M}", s.skip) for s in slots(text, "2026-12-01", "2026-12-03")] == [
        ("01 06:00", "it falls in quiet hours"),
        ("02 06:00", "it falls in quiet hours"),
    ]


def test_a_slot_moved_over_midnight_belongs_to_the_day_on_which_it_goes_out() -> None:
    text = NIGHT % "move" + one_slot('dates: [2026-12-31], at: "22:00"')
    (slot,) = slots(text, "2027-01-01", "2027-01-02")
    assert (slot.id, slot.day.isoformat()) == ("it@2026-12-31T22:00", "2027-01-01")


@pytest.mark.parametrize(
    "quiet", ["", NIGHT % "move", NIGHT % "skip", NIGHT.replace("07:00", "21:00") % "move"]
)
def test_the_id_of_a_slot_never_changes_with_quiet_hours(quiet: str) -> None:
    text = quiet + one_slot('dates: [2026-12-01], at: "22:00"')
    assert [s.id for s in slots(text, "2026-11-30", "2026-12-05")] == ["it@2026-12-01T22:00"]


@pytest.mark.parametrize("clock", ["00:00", "09:00", "20:59", "21:00", "23:59"])
def test_equal_start_and_end_mean_that_nothing_is_quiet(clock: str) -> None:
    at = time.fromisoformat(clock)
    assert not is_quiet(at, QuietHours(start=time(21), end=time(21)))
    assert not is_quiet(at, QuietHours(start=at, end=at))


def test_quiet_hours_may_lie_within_a_day() -> None:
    text = 'quiet_hours: {start: "12:00", end: "14:00"}\n' + one_slot('cron: "30 11-14 1 12 *"')
    assert moments(text, "2026-12-01", "2026-12-02", "%H:%M") == ["11:30", "14:00", "14:00", "14:30"]


def test_quiet_hours_may_have_a_zone_of_their_own() -> None:
    text = 'quiet_hours: {start: "21:00", end: "07:00", time_zone: Asia/Tokyo}\n'
    text += one_slot('dates: [2026-12-01], at: "13:00"')
    assert moments(text, "2026-12-01", "2026-12-03") == ["2026-12-01 22:00"]


def test_quiet_hours_that_end_at_a_time_that_does_not_exist_end_as_much_later() -> None:
    text = 'quiet_hours: {start: "22:00", end: "02:30"}\n'
    text += one_slot('dates: [2026-03-29], at: "01:00"', "Europe/Zurich")
    assert local(text, "Europe/Zurich", "2026-03-28", "2026-03-30") == ["29 Mar 03:30 +0200"]


def test_no_slot_moves_back_when_the_quiet_hours_come_twice() -> None:
    text = 'quiet_hours: {start: "01:00", end: "02:30", time_zone: Europe/Zurich}\n'
    text += one_slot('dates: [2026-10-25], at: "01:15"', "UTC")
    assert moments(text, "2026-10-25", "2026-10-26") == ["2026-10-25 01:30"]


# Observances

TWO = """
observances:
  also: {day: 12-03}
  great: {day: 12-03, priority: 5}
  never: {day: 12-03, priority: 9, post: false}
"""


def test_of_several_observances_on_one_day_one_slot_has_them_all_best_first() -> None:
    (slot,) = slots(TWO, "2026-12-01", "2026-12-05")
    assert (slot.id, slot.observances) == ("observance@2026-12-03", ("great", "also"))
    assert f"{slot.at:%H:%M}" == "09:00"


def test_several_observances_may_all_be_kept_with_time_between_them() -> None:
    text = 'rules: {several: all, at: "10:00", spacing_minutes: 90}' + TWO
    assert [(s.id, f"{s.at:%H:%M}", s.observances) for s in slots(text, "2026-12-01", "2026-12-05")] == [
        ("great@2026-12-03", "10:00", ("great",)),
        ("also@2026-12-03", "11:30", ("also",)),
    ]


def test_observances_spaced_over_days_are_found_wherever_the_plan_starts() -> None:
    text = "rules: {several: all, spacing_minutes: 1440}\nobservances:\n"
    text += "".join(f"  o{n}: {{day: 12-03, priority: {9 - n}}}\n" for n in range(6))
    assert moments(text, "2026-12-08", "2026-12-09") == ["2026-12-08 09:00"]


@pytest.mark.parametrize(
    ("year", "kept"), [(2026, "28 Feb"), (2027, "28 Feb"), (2028, "29 Feb"), (2100, "28 Feb")]
)
def test_an_observance_of_29_february_is_kept_on_28_in_ordinary_years(year: int, kept: str) -> None:
    assert moments("observances: {leap: {day: 02-29}}", f"{year}-01-01", f"{year + 1}-01-01", "%d %b") == [
        kept
    ]


def test_observances_come_back_every_year_over_the_end_of_the_year() -> None:
    text = "observances: {last: {day: 12-31}, first: {day: 01-01}}"
    assert moments(text, "2026-12-30", "2028-01-02", "%Y-%m-%d") == [
        "2026-12-31",
        "2027-01-01",
        "2027-12-31",
        "2028-01-01",
    ]


def test_an_observance_is_kept_by_the_campaigns_clock() -> None:
    text = 'zone: Pacific/Kiritimati\nrules: {at: "00:30"}\nobservances: {day: {day: 12-03}}'
    (slot,) = slots(text, "2026-12-01", "2026-12-05")
    assert (f"{slot.at:%d %H:%M}", slot.day.day) == ("02 10:30", 3)


@pytest.mark.parametrize("several", ["first", "all"])
def test_an_observance_that_clocks_or_quiet_hours_push_over_midnight_is_of_that_day(several: str) -> None:
    clocks = (
        f'zone: America/Nuuk\nrules: {{at: "23:30", several: {several}}}\nobservances: {{it: {{day: 03-28}}}}'
    )
    quiet = (
        NIGHT % "move" + f'rules: {{at: "23:30", several: {several}}}\nobservances: {{it: {{day: 03-28}}}}'
    )
    for text in (clocks, quiet):
        (slot,) = slots(text, "2026-03-27", "2026-03-31")
        assert slot.day.isoformat() == "2026-03-29"
        assert slot.id.endswith("@2026-03-28")
