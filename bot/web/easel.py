"""The pictures that pages show: what nobody has drawn yet is drawn on the spot, within limits, and kept for good."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from bot.cards import NOTHING_DRAWN, Gallery, Seen, picture_keys
from bot.delivery import Baggage
from bot.delivery.baggage import Draw
from bot.drawing import draw_all
from bot.ledger import Ledger
from bot.model import Message

A_PAGE = 12  # cards; the worker draws those of the next two days ahead of time
MOST_AN_HOUR = 300  # cards, for all pages of this process
AN_HOUR = timedelta(hours=1)
SECONDS = 10.0  # for one page's cards
REMEMBERED = 500  # cards that can never be drawn: they are not tried at each look at a page
DRAW = partial(draw_all, seconds=SECONDS)
BUSY = "The desk is drawing other pictures. Load the page again in a moment."
TOO_MANY = "The desk draws only so many pictures at once. Load the page again later; the worker draws each before it goes out."
NOT_KEPT = "It is not kept any more."


class Easel:
    """One for each process: at most one page's cards are drawn at a time, and so many an hour."""

    def __init__(self, draw: Draw = DRAW) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._times: deque[datetime] = deque()
        self._hopeless: dict[str, str] = {}

    def gallery(self, ledger: Ledger, messages: Sequence[Message], now: datetime) -> Gallery:
        """Where a page finds the pictures of these messages, drawn by now; or why one cannot be shown."""
        keys = picture_keys(messages)
        if not keys:
            return NOTHING_DRAWN
        why_not = self._prepare(ledger, messages, now)
        sizes = ledger.media_sizes(keys)
        seen = {key: Seen(f"/media/{key}", *size) for key, size in sizes.items()}
        return {key: seen.get(key) or why_not.get(key, NOT_KEPT) for key in keys}

    def _prepare(self, ledger: Ledger, messages: Sequence[Message], now: datetime) -> dict[str, str]:
        """Draw the cards that are not kept yet; why some are not drawn, by their keys."""
        carried = {p.key: m for m in messages for p in m.pictures if p.card is not None}
        missing = carried.keys() - ledger.media_keys(carried)
        why_not = {key: self._hopeless[key] for key in missing if key in self._hopeless}
        wanted = [key for key in carried if key in missing and key not in why_not]
        if not wanted:
            return why_not
        if not self._lock.acquire(timeout=SECONDS):
            return why_not | dict.fromkeys(wanted, BUSY)
        try:
            return why_not | self._drawn(ledger, {key: carried[key] for key in wanted}, now)
        finally:
            self._lock.release()

    def _drawn(self, ledger: Ledger, wanted: Mapping[str, Message], now: datetime) -> dict[str, str]:
        chosen = list(wanted)[: self._room(now)]
        self._times.extend([now] * len(chosen))
        failed = Baggage(ledger, lambda: now, self._draw).prepare([wanted[key] for key in chosen])
        self._hopeless |= {key: str(why) for key, why in failed.items() if not why.passing}
        while len(self._hopeless) > REMEMBERED:
            del self._hopeless[next(iter(self._hopeless))]
        return dict.fromkeys(wanted.keys() - set(chosen), TOO_MANY) | {k: str(w) for k, w in failed.items()}

    def _room(self, now: datetime) -> int:
        """How many cards may still be drawn for this page."""
        while self._times and self._times[0] <= now - AN_HOUR:
            self._times.popleft()
        return min(A_PAGE, MOST_AN_HOUR - len(self._times))
