"""`bot picture` and what `bot preview` says of pictures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli import main
from tests.acceptance.worker import environment
from tests.picturing.illustrated import ALT, AS_SENT, CREDIT, LICENCE, PHOTO, write_illustrated

SAID = ("--alt", ALT, "--credit", CREDIT, "--licence", LICENCE)
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: what it ends with, and all that it prints."""
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    home = write_illustrated(tmp_path / "campaign")
    for name, value in environment(home, f"sqlite:///{tmp_path / 'bot.db'}", {}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("BOT_REHEARSE", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_an_image_is_added_shown_and_taken_off_again(run: Run) -> None:
    code, said = run("picture", "next", "photo.jpg", *SAID, "--account", "two", "--who", "ada", "--json")
    assert code == 0, said
    post = json.loads(said)
    carried = {d["account"]: [p["kind"] for p in d["pictures"]] for d in post["deliveries"]}
    assert carried == {"one": ["card"], "two": ["added"], "bare": []}
    _, shown = run("preview", post["slot"])
    assert f"picture: added, {CREDIT}, {LICENCE}; described as: {AS_SENT}" in shown
    assert "picture: share card, 1200 × 675; described as: " in shown
    assert shown.count("no picture") == 1
    _, said = run("picture", post["slot"], "--remove")
    assert said.count("no picture") == 3
    _, said = run("picture", post["slot"], "--card", "--account", "one")
    assert said.count("no picture") == 2


@pytest.mark.parametrize(
    ("arguments", "ends_with", "reason"),
    [
        (("photo.jpg", "--alt", ALT), 2, "An image needs --alt, --credit and --licence."),
        ((), 2, "Give a FILE, or --remove, or --card."),
        (("photo.jpg", *SAID, "--account", "bare"), 1, "bare takes no picture"),
        (("nowhere.jpg", *SAID), 1, "nowhere.jpg cannot be read"),
        (("photo.jpg", "--alt", "photo.jpg", *SAID[2:]), 1, "alt_text: The alt text is a file's name."),
    ],
)
def test_what_is_missing_is_told(run: Run, arguments: tuple[str, ...], ends_with: int, reason: str) -> None:
    code, said = run("picture", "next", *arguments)
    assert code == ends_with
    assert reason in said
