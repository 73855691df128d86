"""What the programs of this folder have in common: their limits, and how they answer.

From standard input they read one line of JSON, what is wished for, and after it the bytes to be opened. They write
one line of JSON, {"refused": why} if nothing came of it, and after it the bytes they made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

MOST_MEMORY = 768 * 1024 * 1024
MOST_SECONDS = 30  # of the processor; whoever asks loses patience sooner

Work = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]


class Refused(Exception):
    """Why nothing can be made of these bytes."""


def answer(work: Work) -> None:
    """Do the work within the limits, and say what came of it."""
    _limit_this_process()
    head, _, data = sys.stdin.buffer.read().partition(b"\n")
    said, made = _done(work, json.loads(head), data)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + made)


def _done(work: Work, wish: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        return work(wish, data)
    except Refused as why:
        return {"refused": str(why)}, b""
    except MemoryError:
        return {"refused": "opening it takes too much memory"}, b""
    except Exception:  # noqa: BLE001 - decoders raise whatever they like at bytes made to hurt them
        return {"refused": "it is damaged"}, b""


def _limit_this_process() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the time limit of whoever asks stands
        return
    limits = {resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CPU: MOST_SECONDS}
    if sys.platform == "linux":
        limits[resource.RLIMIT_AS] = MOST_MEMORY
    for name, most in limits.items():
        _, hard = resource.getrlimit(name)
        lower = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (lower, lower))
