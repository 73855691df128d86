"""The command line as its users call it: real processes on a small campaign."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.acceptance.worker import bot, environment
from tests.world import write_campaign

NOW = ["--now", "2026-11-24T08:00Z"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = write_campaign(tmp_path / "a campaign")
    return environment(home, f"sqlite:///{tmp_path / 'bot.db'}", {})


def home(env: dict[str, str]) -> Path:
    return Path(env["BOT_HOME"])


def break_file(env: dict[str, str], name: str, old: str, new: str) -> None:
    path = home(env) / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_check_passes_on_a_good_library(env: dict[str, str]) -> None:
    result = bot("check", *NOW, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 errors" in result.stdout


def test_check_names_file_line_and_column_and_exits_with_1(env: dict[str, str]) -> None:
    break_file(
        env, "messages/templates/en/casualties.yaml", "Mines killed or injured", "Mines hurt 6,000, or"
    )
    result = bot("check", *NOW, env=env)
    assert result.returncode == 1
    assert "messages/templates/en/casualties.yaml:7:19: error [number-by-hand]" in result.stdout


def test_a_fact_that_fell_due_is_a_warning_and_an_error_only_when_strict(env: dict[str, str]) -> None:
    later = ["--now", "2026-12-05"]
    assert bot("check", *later, env=env).returncode == 0
    strict = bot("check", "--strict", *later, env=env)
    assert strict.returncode == 1
    assert "casualties-2024 fell due on 2026-12-01" in strict.stdout


def test_check_speaks_json(env: dict[str, str]) -> None:
    break_file(env, "messages/facts/casualties.yaml", "review_by: 2026-12-01", "review_by: 2026-02-30")
    result = bot("check", "--json", *NOW, env=env)
    data = json.loads(result.stdout)
    assert data["ok"] is False
    (finding,) = [f for f in data["findings"] if "no such day" in f["problem"]]
    assert (finding["file"], finding["line"]) == ("messages/facts/casualties.yaml", 11)


def test_facts_lists_and_says_who_is_refused_and_why(env: dict[str, str]) -> None:
    listed = bot("facts", *NOW, env=env)
    assert "parties-165" in listed.stdout
    assert "3 facts, 2 may go out (1 timeless), 1 refused" in listed.stdout
    refused = bot("facts", "--refused", *NOW, env=env)
    assert "parties-165 is retired: it was true for three months only (since 2026-11-24)" in refused.stdout
    assert "To lift it: read the count off the depositary" in refused.stdout


def test_facts_tells_one_facts_whole_story(env: dict[str, str]) -> None:
    story = bot("facts", "casualties-2024", *NOW, env=env).stdout
    for part in (
        "In 2024 at least 6,279 people",
        "Landmine Monitor 2025, ICBL-CMC",
        "2026-12-01",
        "may go out",
    ):
        assert part in story
    data = json.loads(bot("facts", "casualties-2024", "--json", *NOW, env=env).stdout)
    assert data["values"] == {"casualties": "at least 6,279", "year": "2024"}
    assert bot("facts", "no-such-fact", env=env).returncode == 1


def test_a_dry_run_of_plan_shows_what_the_plan_then_stores(env: dict[str, str]) -> None:
    dry = json.loads(bot("plan", "--dry-run", "--json", *NOW, env=env).stdout)
    assert json.loads(bot("plan", "--json", *NOW, env=env).stdout) == dry
    assert sum(1 for post in dry if post["deliveries"]) == 2


def test_what_is_previewed_is_what_is_posted_byte_for_byte(env: dict[str, str]) -> None:
    bot("plan", env=env)
    preview = json.loads(bot("preview", "next", "--json", env=env).stdout)
    slot = preview["slot"]
    posted = bot("post", slot, env=env)
    assert posted.returncode == 0, posted.stderr
    for delivery in preview["deliveries"]:
        file = home(env) / "posts" / f"{delivery['account']}.jsonl"
        (line,) = [json.loads(line) for line in file.read_text().splitlines()]
        if preview["day"] == datetime.now(UTC).date().isoformat():
            assert line["text"] == delivery["text"]
        assert line["id"] == delivery["id"]


def test_a_slot_is_posted_by_hand_once(env: dict[str, str]) -> None:
    slot = json.loads(bot("preview", "next", "--json", env=env).stdout)["slot"]
    assert bot("post", slot, env=env).returncode == 0
    again = bot("post", slot, env=env)
    assert again.returncode == 1
    assert "nothing left to post: sent" in again.stderr
    assert len((home(env) / "posts/one.jsonl").read_text().splitlines()) == 1


def test_a_dry_run_of_post_posts_nothing(env: dict[str, str]) -> None:
    result = bot("post", "next", "--dry-run", env=env)
    assert result.returncode == 0
    assert "would be posted" in result.stdout
    assert not (home(env) / "posts").exists()


def test_the_calendar_feed_is_icalendar(env: dict[str, str]) -> None:
    feed = Calendar.from_ical(bot("plan", "--ics", *NOW, env=env).stdout)
    events = list(feed.walk("VEVENT"))
    assert len(events) == 2
    assert "#MineAction" in events[0]["description"]


def test_a_mistake_in_the_settings_is_told_in_words(env: dict[str, str]) -> None:
    break_file(env, "config/slots.yaml", '"09:00"', '"9 o clock"')
    result = bot("plan", env=env)
    assert result.returncode == 1
    assert "config/slots.yaml:3:" in result.stderr
    assert "09:30" in result.stderr
    assert "Traceback" not in result.stderr


def test_wrong_usage_exits_with_2(env: dict[str, str]) -> None:
    assert bot("plan", "--days", "many", env=env).returncode == 2
    assert bot("no-such-command", env=env).returncode == 2


def test_a_database_that_cannot_be_opened_is_named_without_its_password(env: dict[str, str]) -> None:
    env["DATABASE_URL"] = "postgresql://bot:hunter22@127.0.0.1:1/none"
    result = bot("plan", env=env)
    assert result.returncode == 1
    assert "cannot be opened" in result.stderr
    assert "hunter22" not in result.stderr
    assert "Traceback" not in result.stderr


def test_doctor_names_the_variables_that_are_missing(env: dict[str, str]) -> None:
    (home(env) / "config/accounts.yaml").write_text("accounts:\n  x-en: {network: x, handle: name}\n")
    result = bot("doctor", env=env)
    assert result.returncode == 1
    assert "X_EN_API_KEY" in result.stdout


def test_run_once_plans_and_sends_what_is_due(env: dict[str, str]) -> None:
    result = bot("run", "--once", env=env)
    assert result.returncode == 0, result.stderr
    with sqlite3.connect(env["DATABASE_URL"].removeprefix("sqlite:///")) as database:
        assert database.execute("select count(*) from deliveries").fetchone()[0] > 0


def test_migrate_may_be_run_at_every_release(env: dict[str, str]) -> None:
    assert bot("migrate", env=env).returncode == 0
    assert "up to date" in bot("migrate", env=env).stdout


def test_the_timeline_is_one_page_of_what_was_posted(env: dict[str, str], tmp_path: Path) -> None:
    bot("post", "next", env=env)
    out = tmp_path / "page" / "timeline.html"
    result = bot("timeline", "--out", str(out), env=env)
    assert result.returncode == 0, result.stderr
    assert str(out) in result.stdout
    assert "#MineAction" in out.read_text()
