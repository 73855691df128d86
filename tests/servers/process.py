"""One server process: started, waited for, stopped, and never left behind.

The server's stdin is a pipe that this process holds open. When this process ends, however it ends, the kernel
closes the pipe, and the server stops. For a server that does not watch its stdin, see `die_with_parent`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

POLL_EVERY = 0.02
"""Seconds between two looks at a server that is not ready yet."""

LOG_LINES_SHOWN = 40


class ServerError(RuntimeError):
    """A server did not start, or died while it was needed."""


class ServerProcess:
    """A running server and the file its output goes to."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        """The process id of what was started."""
        return self.process.pid

    def wait_for(self, look: Callable[[], T | None], seconds: float) -> T:
        """What `look` returns once that is not None; an error if the server ends or time runs out."""
        deadline = time.monotonic() + seconds
        while True:
            seen = look()
            if seen is not None:
                return seen
            if self.process.poll() is not None:
                raise self.failure(f"ended with exit code {self.process.returncode} before it was ready")
            if time.monotonic() > deadline:
                raise self.failure(f"was not ready after {seconds:g} s")
            time.sleep(POLL_EVERY)

    def ready_line(self, key: str, seconds: float) -> dict[str, Any]:
        """The JSON object with this key that the server prints on a line of its own when it is ready."""
        return self.wait_for(lambda: _object_with(key, self.log.read_text(errors="replace")), seconds)

    def failure(self, what: str) -> ServerError:
        """An error that says what happened and shows the end of the server's log."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        tail = "\n".join(f"    {line}" for line in lines) or "    (nothing)"
        return ServerError(f"{self.name} {what}. The end of its log:\n{tail}")

    def stop(self, seconds: float) -> None:
        """Ask the server to stop, and kill it if it has not done so in time."""
        if self.process.stdin:
            self.process.stdin.close()
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    seconds_to_stop: float = 15,
) -> Iterator[ServerProcess]:
    """Run this command while the block runs, with its output in `log`, out of reach of Ctrl-C."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
    server = ServerProcess(name, process, log)
    try:
        yield server
    finally:
        server.stop(seconds_to_stop)


def die_with_parent(command: Sequence[str | Path]) -> list[str | Path]:
    """The command, changed so that Linux kills it when this process dies (it does not watch its own stdin).

    Precisely: when the *thread* that started it dies, so start it from the main thread.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ServerError("setpriv is not on PATH; it is part of Debian's util-linux")
    return [setpriv, "--pdeathsig", "SIGKILL", *command]


def _object_with(key: str, text: str) -> dict[str, Any] | None:
    for line in text.splitlines(keepends=True):
        if line.startswith("{") and line.endswith("}\n"):
            found: dict[str, Any] = json.loads(line)
            if key in found:
                return found
    return None
