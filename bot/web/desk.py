"""What all requests share: the campaign as its files and holds now stand, the clock, and the pages' templates."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from jinja2 import Environment

from bot.ledger import Ledger
from bot.model import Misconfigured
from bot.web.easel import Easel
from bot.web.looks import templates
from bot.workspace import Workspace

Factory = Callable[
    [Ledger | None], Workspace
]  # opens the campaign folder, with a ledger that is open already


class Desk:
    """One for each process. Requests run in threads, so what changes is behind a lock."""

    def __init__(self, open_space: Factory, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.easel = Easel()
        self.templates: Environment = templates()
        self.paths: frozenset[str] = frozenset()  # what there is a page for
        self.trouble: Misconfigured | None = None  # why the files as they are now cannot be used
        self._open = open_space
        self._lock = threading.Lock()
        self._space = open_space(None)
        self.ledger = self._space.ledger
        self._seen = self._space.fingerprint()

    def space(self) -> Workspace:
        """The campaign, read again only when a file or what people said about facts has changed.

        A file with a mistake leaves the last good campaign in place; `trouble` says what to mend.
        """
        now = self._space.fingerprint()
        if now != self._seen:
            with self._lock:
                if now != self._seen:
                    self._read_again()
                    self._seen = now
        return self._space

    @property
    def known(self) -> Workspace:
        """The campaign as it was last read, without asking files or database whether that is still so."""
        return self._space

    def _read_again(self) -> None:
        try:
            self._space = self._open(self.ledger)
        except Misconfigured as error:
            self.trouble = error
        else:
            self.trouble = None
