"""`bot check`: what the rooms find together, and how the command says it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from bot.checking import Report, check
from bot.cli import bot
from bot.model import Severity
from tests.world import ACCOUNTS, CAMPAIGN, FACTS, NOW, STYLE, TEMPLATES, write_campaign

FACTS_FILE = "messages/facts/casualties.yaml"
TEMPLATES_FILE = "messages/templates/en/casualties.yaml"
DAY = "observances:\n  mine-day: {title: Mine day, day: 04-04, fact: oslo-adoption, origin: 2005-12-08}\n"
LONG = "word " * 60
SENTENCES = ("Mines kill people every day. " * 20).strip()


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def report(home: Path, now: datetime = NOW, **replaced: str) -> Report:
    return check(write_campaign(home, **replaced), now, due_within=0)


def found(home: Path, **replaced: str) -> list[str]:
    """Every finding in the small campaign with something changed, as its place, rule and severity."""
    findings = check(write_campaign(home, **replaced), NOW, due_within=0).findings
    return [f"{finding.place} {finding.rule} {finding.severity}" for finding in findings]


def run(home: Path, *arguments: str, now: str = "2026-10-01") -> Result:
    return CliRunner().invoke(bot, ["check", "--now", now, *arguments], env={"BOT_HOME": str(home)})


def test_a_good_campaign_has_no_findings_and_is_counted(tmp_path: Path) -> None:
    looked = report(tmp_path)
    assert looked.findings == ()
    assert (looked.facts, looked.templates) == (3, 6)
    assert looked.rendered >= looked.templates


def test_mistakes_in_the_settings_are_told_first_and_alone(tmp_path: Path) -> None:
    assert found(tmp_path, campaign="", facts="- a\n") == ["config/campaign.yaml:1:1 missing-key error"] * 2
    assert report(tmp_path, campaign="").facts == 0


def test_a_campaign_without_a_library_is_told_so(tmp_path: Path) -> None:
    home = write_campaign(tmp_path)
    (home / "messages").rename(home / "elsewhere")
    assert [finding.rule for finding in check(home, NOW).findings] == ["no-library"]


@pytest.mark.parametrize(
    ("replaced", "finding"),
    [
        (
            {"accounts": ACCOUNTS + "  three: {network: fil}\n"},
            "config/accounts.yaml:5:3 unknown-network error",
        ),
        (
            {"accounts": ACCOUNTS + "  three: {network: file, options: {like: nothing}}\n"},
            "config/accounts.yaml:5:3 account-options error",
        ),
        (
            {"observances": changed(DAY, "oslo-adoption", "oslo")},
            "config/observances.yaml:2:3 unknown-fact error",
        ),
        ({"observances": DAY}, "config/observances.yaml:2:3 no-wording error"),
        (
            {"style": changed(STYLE, "language: en", "language: fr")},
            "messages/style/en.yaml:1:1 no-style error",
        ),
        (
            {"facts": changed(FACTS, "source: monitor", "source: monitr")},
            f"{FACTS_FILE}:9:5 unknown-source error",
        ),
        (
            {"templates": changed(TEMPLATES, "people were killed", "people in 5 States were killed")},
            f"{TEMPLATES_FILE}:5:50 number-by-hand error",
        ),
        (
            {"templates": changed(TEMPLATES, "{{ place }} {{", "{{ place | years_since }} {{")},
            f"{TEMPLATES_FILE}:9:8 unrenderable error",
        ),
        ({"templates": "language: en\ntemplates: [\n"}, f"{TEMPLATES_FILE}:3:1 yaml error"),
    ],
)
def test_one_mistake_gives_one_finding(tmp_path: Path, replaced: dict[str, str], finding: str) -> None:
    assert found(tmp_path, **replaced) == [finding]


@pytest.mark.parametrize(
    ("change", "replaced"),
    [
        ("post: false", {"observances": changed(DAY, "day: 04-04", "post: false, day: 04-04")}),
        (
            "its own wording",
            {
                "observances": DAY,
                "templates": TEMPLATES + "observances:\n  mine-day:\n    a: Today {{ years }} years.\n",
            },
        ),
        ("a fact that is refused", {"observances": changed(DAY, "oslo-adoption", "parties-165")}),
        (
            "an account that is off",
            {"accounts": ACCOUNTS + "  three: {network: file, enabled: no, options: {like: nothing}}\n"},
        ),
    ],
)
def test_what_will_not_be_posted_needs_nothing(tmp_path: Path, change: str, replaced: dict[str, str]) -> None:
    assert found(tmp_path, **replaced) == []


def test_a_day_needs_a_wording_in_every_language_that_an_account_speaks(tmp_path: Path) -> None:
    accounts = ACCOUNTS + "  three: {network: file, language: fr}\n"
    templates = TEMPLATES + "observances:\n  mine-day:\n    a: Today.\n"
    (finding,) = report(tmp_path, accounts=accounts, templates=templates, observances=DAY).findings
    assert finding.rule == "no-wording"
    assert "no wording in fr" in finding.problem


def test_a_wording_that_is_too_long_for_a_network_is_a_warning_while_another_fits(tmp_path: Path) -> None:
    long = changed(TEMPLATES, "mines.\n", f"mines {LONG.strip()}.\n")
    looked = report(tmp_path, templates=long)
    assert {finding.rule for finding in looked.findings} == {"too-long"}
    assert {finding.severity for finding in looked.findings} == {Severity.WARNING}
    assert {str(finding.place) for finding in looked.findings} == {f"{TEMPLATES_FILE}:5:8"}
    assert any(
        finding.problem.startswith("On x, casualties-2024/en/a measures ") for finding in looked.findings
    )
    assert all("shorten it by" in finding.mend for finding in looked.findings)


def test_a_fact_without_any_wording_that_fits_a_network_is_an_error(tmp_path: Path) -> None:
    only = f"language: en\ntemplates:\n  casualties-2024:\n    a: Mines {LONG}\n"
    facts = FACTS.replace("    status: post", "    status: archived\n    reason: a past period")
    facts = facts.replace("status: archived\n    reason: a past period", "status: post", 1)
    looked = report(tmp_path, facts=facts, templates=only)
    assert {finding.rule for finding in looked.findings} == {"too-long"}
    assert {finding.severity for finding in looked.findings} == {Severity.ERROR}
    assert all(finding.mend.startswith("Shorten it by ") for finding in looked.findings)


def test_a_wording_that_goes_out_as_a_thread_is_a_warning(tmp_path: Path) -> None:
    only = f"language: en\ntemplates:\n  casualties-2024:\n    a: {SENTENCES}\n"
    findings = report(tmp_path, templates=only + TEMPLATES[TEMPLATES.index("  oslo-adoption:") :]).findings
    (on_x,) = [finding for finding in findings if finding.problem.startswith("On x, ")]
    assert (on_x.rule, on_x.severity) == ("thread", Severity.WARNING)
    assert on_x.problem.endswith("goes out as 3.")


def test_a_wording_has_to_fit_one_post_of_an_account_that_wants_no_threads(tmp_path: Path) -> None:
    long = changed(TEMPLATES, "mines.\n", f"mines. {SENTENCES}\n")
    accounts = ACCOUNTS + "  three: {network: file, options: {like: x}, threads: false}\n"
    findings = report(tmp_path, templates=long, accounts=accounts).findings
    assert {finding.rule for finding in findings if finding.problem.startswith("On x, ")} == {"thread"}
    assert {finding.rule for finding in findings if finding.problem.startswith("On three, ")} == {"too-long"}


def test_a_card_that_cannot_be_filled_is_found(tmp_path: Path) -> None:
    card = 'cards:\n  oslo-adoption: {figure: "{{ adopted }}", text: "in {{ place | years_since }}"}\n'
    (finding,) = report(tmp_path, templates=TEMPLATES + card).findings
    assert (finding.rule, finding.severity) == ("unrenderable", Severity.ERROR)
    assert "oslo-adoption/en/card" in finding.problem


def test_facts_that_may_not_be_posted_are_not_measured(tmp_path: Path) -> None:
    held = FACTS.replace("status: post", "status: hold\n    reason: two counts\n    lift: ask")
    looked = report(tmp_path, facts=held, templates=changed(TEMPLATES, "mines.", f"mines {LONG.strip()}."))
    assert looked.findings == ()
    assert looked.rendered == 0


def test_findings_come_in_the_order_of_the_files_and_none_comes_twice(tmp_path: Path) -> None:
    templates = changed(TEMPLATES, "people were", "5 people were").replace("Oslo", "un.org")
    findings = report(
        tmp_path, facts=changed(FACTS, "place: Oslo", "place: un.org"), templates=templates, observances=DAY
    ).findings
    assert list(findings) == sorted(set(findings))
    assert [finding.place.file for finding in findings] == [
        "config/observances.yaml",
        FACTS_FILE,
        TEMPLATES_FILE,
    ]


def test_the_campaigns_own_day_decides_what_fell_due(tmp_path: Path) -> None:
    zone = CAMPAIGN + "time_zone: Pacific/Kiritimati\n"
    last_minute = datetime(2026, 12, 1, 9, 59, tzinfo=UTC)
    for campaign, minutes, rule in ((zone, 0, "due-soon"), (zone, 1, "overdue"), (CAMPAIGN, 1, "due-soon")):
        looked = report(tmp_path, last_minute + timedelta(minutes=minutes), campaign=campaign)
        assert [finding.rule for finding in looked.findings] == [rule]


@given(on=st.dates(date(1998, 1, 1)))
@examples(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_a_check_can_be_made_as_of_any_day(tmp_path: Path, on: date) -> None:
    looked = report(tmp_path, datetime(on.year, on.month, on.day, tzinfo=UTC))
    assert [finding for finding in looked.findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("arguments", "now", "code", "summary"),
    [
        ([], "2026-10-01", 0, "0 errors, 0 warnings."),
        (["--strict"], "2026-10-01", 0, "0 errors, 0 warnings."),
        ([], "2026-11-24", 0, "0 errors, 1 warnings."),
        (["--strict"], "2026-11-24", 1, "1 errors, 0 warnings."),
        (["--strict", "--due-within", "6"], "2026-11-24", 0, "0 errors, 0 warnings."),
        ([], "2026-12-02", 0, "0 errors, 1 warnings."),
        (["--strict"], "2026-12-02", 1, "1 errors, 0 warnings."),
        (["--strict", "--due-within", "0"], "2026-12-02", 1, "1 errors, 0 warnings."),
    ],
)
def test_a_fact_that_falls_due_stops_a_release_only_with_strict(
    tmp_path: Path, arguments: list[str], now: str, code: int, summary: str
) -> None:
    result = run(write_campaign(tmp_path), *arguments, now=now)
    assert result.exit_code == code
    assert result.output.endswith(summary + "\n")


@pytest.mark.parametrize("arguments", [[], ["--strict"], ["--json"]])
def test_an_error_exits_with_1(tmp_path: Path, arguments: list[str]) -> None:
    assert run(write_campaign(tmp_path, style="language: en\n"), *arguments).exit_code == 1


@pytest.mark.parametrize(
    "arguments", [["--due-within", "-1"], ["--due-within", "soon"], ["--all"], ["--now", "today"]]
)
def test_wrong_usage_exits_with_2(tmp_path: Path, arguments: list[str]) -> None:
    assert run(write_campaign(tmp_path), *arguments).exit_code == 2


def test_a_finding_is_one_line_with_its_place_first(tmp_path: Path) -> None:
    facts = changed(FACTS, "as_of: 2025-12-01", "as_of: 2025-02-30")
    line, summary = run(write_campaign(tmp_path, facts=facts)).output.splitlines()
    assert line == (
        f"{FACTS_FILE}:10:5: error [value] facts.casualties-2024.as_of: "
        "there is no such day in the calendar. It says '2025-02-30'."
    )
    assert summary.startswith("0 facts, ")


@pytest.mark.parametrize(("strict", "ok"), [([], True), (["--strict"], False)])
def test_json_says_the_same_to_a_machine(tmp_path: Path, strict: list[str], ok: bool) -> None:
    result = run(write_campaign(tmp_path), "--json", *strict, now="2026-12-02")
    said: dict[str, Any] = json.loads(result.output)
    assert said["ok"] is ok
    assert result.exit_code == (not ok)
    assert (said["facts"], said["templates"]) == (3, 6)
    (finding,) = said["findings"]
    assert {key: finding[key] for key in ("file", "line", "column", "severity", "rule")} == {
        "file": FACTS_FILE,
        "line": 11,
        "column": 5,
        "severity": "warning",
        "rule": "overdue",
    }
    assert finding["problem"] == "casualties-2024 fell due on 2026-12-01 and is not posted."
    assert "ICBL-CMC" in finding["mend"]


def test_a_folder_that_is_no_campaign_is_findings_and_not_a_crash(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert result.output.count("[unreadable]") == 4
