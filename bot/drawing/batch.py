"""Draws cards in a process of its own, so that what draws them does not stay in the worker's memory.

To the child goes one card a line, as JSON. For each, in the same order, it answers a line of JSON: {"bytes": n} with
n bytes of PNG behind it, or {"cannot": why, "passing": …}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

from bot.drawing.errors import CannotDraw
from bot.model import Bar, Card

BATCH_SECONDS: Final = 25.0  # less than the 30 s that a host gives a worker to stop
COMMAND: Final = (sys.executable, "-m", "bot.drawing")
ROOT: Final = Path(__file__).resolve().parents[2]
# The child needs no secret, so it is given none.
HANDED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")

Drawn = bytes | CannotDraw


def draw_all(cards: Iterable[Card], seconds: float = BATCH_SECONDS) -> dict[str, Drawn]:
    """Each card's PNG, or why there is none, by the card's key; one child process draws them, one after the other.

    What is not drawn after so many seconds, or when the child dies, gets a CannotDraw that is `passing`.
    """
    wanted = {card.key: card for card in cards}
    if not wanted:
        return {}
    said = "".join(f"{json.dumps(asdict(card))}\n" for card in wanted.values()).encode()
    answers, trouble = _ask(said, seconds)
    found = dict(zip(wanted, _drawn(answers), strict=False))
    return {key: found.get(key) or CannotDraw(trouble, passing=True) for key in wanted}


def _ask(said: bytes, seconds: float) -> tuple[bytes, str]:
    """What the child answered, and what to say of the cards it did not answer for."""
    environ = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, with nothing on its command line
            COMMAND, input=said, capture_output=True, timeout=seconds, env=environ, cwd=ROOT, check=False
        )
    except subprocess.TimeoutExpired as error:
        return (
            error.stdout or b"",
            f"There was no time left to draw this card: all together had {seconds:g} s.",
        )
    except OSError as error:
        return b"", f"The program that draws cards could not be started: {error.strerror}."
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    detail = f": {last}" if last else ""
    return done.stdout, f"The program that draws cards ended too early (code {done.returncode}){detail}."


def _drawn(answers: bytes) -> Iterator[Drawn]:
    """The answers that came whole."""
    rest = answers
    while b"\n" in rest:
        line, _, rest = rest.partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        if "cannot" in head:
            yield CannotDraw(head["cannot"], passing=head["passing"])
            continue
        if len(rest) < head["bytes"]:
            return
        yield rest[: head["bytes"]]
        rest = rest[head["bytes"] :]


# ── the child's side ─────────────────────────────────────────────────────────────────────────────


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Draw every card that is asked for, and answer each as soon as it is drawn."""
    from bot.drawing.drawing import draw

    for line in asked:
        try:
            data = draw(_card(line))
        except CannotDraw as error:
            answers.write(_line({"cannot": str(error), "passing": error.passing}))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with this card, the others are drawn
            why = f"The card could not be drawn: {type(error).__name__}: {error}"
            answers.write(_line({"cannot": why, "passing": False}))
        else:
            answers.write(_line({"bytes": len(data)}) + data)
        answers.flush()


def _card(line: bytes) -> Card:
    said = json.loads(line)
    return Card(**{**said, "bars": tuple(Bar(**bar) for bar in said["bars"])})


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).encode() + b"\n"
