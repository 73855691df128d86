"""`bot review`: what waits, one sheet to read, and a person's word, with exit codes for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import bot
from bot.ledger import open_ledger
from bot.model import BotError
from tests.translated import FRENCH_FILE, reword, translate
from tests.world import write_campaign

NAMES = ["casualties-2024", "oslo-adoption", "observance:mine-day"]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = translate(write_campaign(tmp_path / "campaign"))
    return {"BOT_HOME": str(home), "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}"}


def run(env: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(bot, ["review", *arguments], env=env)


def say(env: dict[str, str], *arguments: str) -> str:
    done = run(env, *arguments)
    assert done.exit_code == 0, done.output
    return done.output


def data(env: dict[str, str], *arguments: str) -> Any:
    return json.loads(say(env, *arguments, "--json"))


def seen(env: dict[str, str]) -> dict[str, str]:
    """What is to be read of each that waits in French."""
    (blocks,) = data(env, "fr")["files"].values()
    return {block["name"]: block["seen"] for block in blocks}


def refused(env: dict[str, str], *arguments: str) -> str:
    """Why a command was refused, which `bot` says with exit code 1."""
    error = run(env, *arguments).exception
    assert isinstance(error, BotError), error
    return str(error)


def test_the_languages_and_what_waits_in_each_are_listed(env: dict[str, str]) -> None:
    assert data(env) == [
        {"language": "ar", "waiting": 1, "of": 1},
        {"language": "fr", "waiting": 3, "of": 3},
    ]
    assert "fr        3     3   bot review fr" in say(env)
    listed = say(env, "fr")
    assert listed.startswith(f"{FRENCH_FILE}\n")
    for name, fingerprint in seen(env).items():
        assert f"  {fingerprint}  {name}\n" in listed
    assert "3 of 3 wait." in listed


def test_a_sheet_is_read_and_then_marked_by_what_it_showed(env: dict[str, str]) -> None:
    sheet = say(env, "fr", "casualties-2024")
    fingerprint = seen(env)["casualties-2024"]
    for part in (
        "claim    In 2024 at least 6,279 people were killed or injured.",
        "named here: Observatoire des mines 2025",
        "value    casualties: at least 6,279 = au moins 6\u202f279",
        "── casualties-2024/fr/a",
        "   En 2024, au moins 6\u202f279 personnes ont été tuées ou blessées par des mines.",
        " of 500)",
        "   alt text: Au moins 6\u202f279 personnes",
        f"bot review fr casualties-2024 --seen {fingerprint} --who NAME",
    ):
        assert part in sheet
    said = say(env, "fr", "casualties-2024", "--seen", fingerprint, "--who", "ada")
    assert said == "casualties-2024 (fr) is reviewed and may be posted.\n"
    assert "Reviewed by ada on " in say(env, "fr", "casualties-2024")
    after = data(env, "fr", "casualties-2024")
    assert (after["waits"], after["said"]["by"], after["said"]["reviewed"]) == (False, "ada", True)
    assert "2 of 3 wait" in say(env, "fr")


def test_several_that_were_read_are_marked_at_once(env: dict[str, str]) -> None:
    pairs = [f"{name}:{fingerprint}" for name, fingerprint in seen(env).items()]
    assert data(env, "fr", *pairs, "--who", "ada") == {
        "language": "fr", "reviewed": sorted(NAMES), "before": [],
    }  # fmt: skip
    assert "was reviewed already" in say(env, "fr", pairs[0], "--who", "bob")
    assert "Nothing waits: all 3 are reviewed." in say(env, "fr")


def test_a_day_is_named_by_itself(env: dict[str, str]) -> None:
    sheet = data(env, "fr", "--day", "mine-day")
    assert (sheet["name"], sheet["on"]) == ("observance:mine-day", sheet["on"])
    say(env, "fr", "--day", "mine-day", "--seen", sheet["seen"], "--who", "ada")
    assert list(seen(env)) == NAMES[:2]


def test_what_changed_since_it_was_read_is_refused(env: dict[str, str]) -> None:
    fingerprint = seen(env)["casualties-2024"]
    reword(Path(env["BOT_HOME"]), "ont tué", "tuèrent")
    assert "it was changed meanwhile" in refused(
        env, "fr", "casualties-2024", "--seen", fingerprint, "--who", "ada"
    )
    assert open_ledger(env["DATABASE_URL"]).reviews() == []
    assert "Nothing is said of 'nothing'" in refused(env, "fr", "nothing")
    assert "There are translations into: ar, fr" in refused(env, "xx")


def test_a_word_is_taken_back_with_its_reason(env: dict[str, str]) -> None:
    fingerprint = seen(env)["oslo-adoption"]
    say(env, "fr", "oslo-adoption", "--seen", fingerprint, "--who", "ada")
    assert "waits to be reviewed again" in say(env, "fr", "oslo-adoption", "--withdraw", "a slip")
    assert list(seen(env)) == NAMES
    assert "Taken back by " in say(env, "fr", "oslo-adoption")
    assert "waits to be reviewed already" in refused(env, "fr", "oslo-adoption", "--withdraw", "again")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["fr", "a:12345678"], "--who NAME"),
        (["fr", "a", "--seen", "12345678"], "--who NAME"),
        (["fr", "--who", "ada"], "Say what was read"),
        (["fr", "a:12345678", "b", "--who", "ada"], "for each"),
        (["fr", "a", "b"], "Read one at a time"),
        (["fr", "a", "--day", "mine-day"], "--day without a FACT"),
        (["fr", "a", "b", "--seen", "12345678", "--who", "ada"], "--seen with one FACT"),
        (["fr", "a:12345678", "--seen", "12345678", "--who", "ada"], "Give what was read once"),
        (["fr", "a:12345678", "a:12345678", "--who", "ada"], "once"),
        (["--day", "mine-day"], "Name the language first"),
        (["fr", "--withdraw", "a slip"], "Name one FACT"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_read(
    env: dict[str, str], arguments: list[str], problem: str
) -> None:
    done = run(env, *arguments)
    assert done.exit_code == 2
    assert problem in done.output


def test_reviews_are_written_back_with_the_confirmations(env: dict[str, str]) -> None:
    say(env, "fr", f"casualties-2024:{seen(env)['casualties-2024']}", "--who", "ada")
    patch = CliRunner().invoke(bot, ["library", "export"], env=env).output
    assert '+  casualties-2024: {by: "ada", on: ' in patch
    written = CliRunner().invoke(bot, ["library", "export", "--write"], env=env).output
    assert written == f"Written: {FRENCH_FILE}.\n"
    assert CliRunner().invoke(bot, ["library", "export"], env=env).output == ""
