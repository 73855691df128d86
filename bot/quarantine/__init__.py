"""Opens what came from outside in a process of its own, so that a hostile file hurts nothing but that process.

A picture decoder may be made to take any amount of memory and a page parser any amount of time (Python's own reads
1 MB of "<!--" in minutes). The process has little memory and few seconds, knows none of the bot's secrets, and takes
Pillow's weight with it when it ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.model import BotError

SECONDS = 20.0

_ROOT = Path(__file__).parent.parent.parent
_KNOWN_TO_IT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
_one_at_a_time = threading.Lock()  # two big pictures would take twice the memory


class Opener(StrEnum):
    """The programs of this folder: what they open is what they are called."""

    PICTURES = "pictures"
    PAGES = "pages"


class CannotOpen(BotError):
    """Why what came from outside cannot be used; a part of a sentence, such as "it is damaged"."""


class Busy(CannotOpen):
    """It was not opened, because others were all the time."""


def opened(
    opener: Opener, data: bytes, wish: Mapping[str, Any], seconds: float = SECONDS
) -> tuple[dict[str, Any], bytes]:
    """What an opener says about these bytes, and the bytes it made of them. Raises CannotOpen.

    One is opened at a time; whoever waited as long as opening may take is Busy.
    """
    command = [sys.executable, "-P", "-m", f"{__name__}.{opener}"]
    try:
        with _turn(seconds):
            question = json.dumps(dict(wish)).encode() + b"\n" + data
            done = subprocess.run(  # noqa: S603 - our own program, with nothing of outside on its command line
                command, input=question, capture_output=True, timeout=seconds, check=True, env=_environment()
            )
        head, _, made = done.stdout.partition(b"\n")
        said: dict[str, Any] = json.loads(head)
    except subprocess.TimeoutExpired as error:
        raise CannotOpen(f"opening it takes longer than {seconds:g} s") from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise CannotOpen("the program that opens it broke off") from error
    if "refused" in said:
        raise CannotOpen(said["refused"])
    return said, made


@contextmanager
def _turn(seconds: float) -> Iterator[None]:
    if not _one_at_a_time.acquire(timeout=seconds):
        raise Busy("others are being opened")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KNOWN_TO_IT if name in os.environ}
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), kept.get("PYTHONPATH")]))
    return kept
