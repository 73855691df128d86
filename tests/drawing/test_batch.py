"""Cards are drawn in a process of their own, and what goes wrong there is said of the cards it concerns."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from bot.drawing import CannotDraw, batch, draw, draw_all
from tests.drawing.samples import CASUALTIES, SMALL, casualties

CARDS = [casualties(language, SMALL) for language in CASUALTIES]
# The program itself, but it is killed, as by a machine without memory, when its second picture is half said.
DIES_MIDWAY = """
import os, signal, sys
from bot.drawing.batch import serve

class Pipe:
    said = 0
    def write(self, data):
        self.said += 1
        whole = self.said == 1
        sys.stdout.buffer.write(data if whole else data[: len(data) // 2])
    def flush(self):
        sys.stdout.buffer.flush()
        if self.said == 2:
            os.kill(os.getpid(), signal.SIGKILL)

serve(sys.stdin.buffer, Pipe())
"""


def test_a_batch_holds_every_card_as_this_process_draws_it_or_why_not() -> None:
    bad = replace(CARDS[0], text="😀")
    drawn = draw_all([*CARDS, bad, CARDS[1]])
    assert drawn.keys() == {card.key for card in [*CARDS, bad]}
    assert [drawn[card.key] for card in CARDS] == [draw(card) for card in CARDS]
    refused = drawn[bad.key]
    assert isinstance(refused, CannotDraw)
    assert "U+1F600" in str(refused)
    assert not refused.passing


def test_no_cards_need_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "COMMAND", ("/nowhere",))
    assert draw_all([]) == {}


def test_a_process_that_dies_leaves_what_it_had_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "COMMAND", (sys.executable, "-c", DIES_MIDWAY))
    drawn = draw_all(CARDS[:3])
    first, second, third = (drawn[card.key] for card in CARDS[:3])
    assert first == draw(CARDS[0])
    for missing in (second, third):
        assert isinstance(missing, CannotDraw)
        assert missing.passing
        assert "ended too early (code -9)" in str(missing)


def test_a_batch_that_takes_too_long_is_stopped() -> None:
    drawn = draw_all(CARDS[:1], seconds=0.001)
    missing = drawn[CARDS[0].key]
    assert isinstance(missing, CannotDraw)
    assert missing.passing
    assert "no time left" in str(missing)


def test_a_program_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "COMMAND", ("/nowhere/python",))
    missing = draw_all(CARDS[:1])[CARDS[0].key]
    assert isinstance(missing, CannotDraw)
    assert "could not be started: No such file" in str(missing)


def test_no_secret_reaches_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_EN_API_KEY", "secret-of-x")
    tells = "import os, sys; sys.exit(f'{os.environ}')"
    monkeypatch.setattr(batch, "COMMAND", (sys.executable, "-c", tells))
    missing = draw_all(CARDS[:1])[CARDS[0].key]
    assert "PATH" in str(missing)
    assert "secret-of-x" not in str(missing)


def test_what_asks_for_pictures_never_loads_what_draws_them() -> None:
    asks = (
        "import sys; from tests.drawing.samples import casualties; from bot.drawing import alt_text, draw_all; "
        "draw_all([]); alt_text(casualties('en')); "
        "print([name for name in ('typst', 'PIL', 'fontTools') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", asks], cwd=batch.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
