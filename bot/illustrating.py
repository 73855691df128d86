"""Draws and looks up ahead of time what coming posts carry: share cards, and the cards of links."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.delivery import Baggage
from bot.delivery.baggage import Draw
from bot.drawing import draw_all
from bot.ledger import Media
from bot.linking import NotFound, Page, look_up
from bot.logs import get_logger
from bot.model import LinkCard
from bot.workspace import Workspace

AHEAD = timedelta(days=2)
AT_ONCE = 20  # cards; a process of its own draws them in a second or two
LINKS_AT_ONCE = 3  # each may take half a minute
REHEARSAL = "file"  # its posts have no followers: nobody is asked for the cards of their links
AGAIN_AFTER = timedelta(days=1)  # a page that could not be read is tried again

log = get_logger("bot.illustrating")


@dataclass(frozen=True, slots=True)
class Illustrator:
    """One worker's, with how it draws cards and looks pages up."""

    clock: Callable[[], datetime]
    look_up: Callable[[str], Page | None] = look_up
    is_stopping: Callable[[], bool] = lambda: False
    draw: Draw = draw_all
    _hopeless: set[str] = field(
        default_factory=set
    )  # cards that can never be drawn: told once, tried no more

    def work(self, space: Workspace) -> None:
        """Draw the next cards, and look the next links up."""
        now = self.clock()
        self._draw(space, now)
        self._look_up(space, now)

    def _draw(self, space: Workspace, now: datetime) -> None:
        coming = [message for message in space.ledger.coming_messages(now + AHEAD) if message.pictures]
        cards = {picture.key for message in coming for picture in message.pictures}
        undrawn = cards - self._hopeless - space.ledger.media_keys(cards)
        wanted = [m for m in coming if any(picture.key in undrawn for picture in m.pictures)]
        for key, why in Baggage(space.ledger, self.clock, self.draw).prepare(wanted[:AT_ONCE]).items():
            log.error("card cannot be drawn", card=key, why=str(why))
            if not why.passing:
                self._hopeless.add(key)

    def _look_up(self, space: Workspace, now: datetime) -> None:
        rules = space.rules()
        if not any(
            rules[a.id].link_cards for a in space.settings.active_accounts() if a.network != REHEARSAL
        ):
            return
        facts = (space.library.facts.get(fact_id) for fact_id in space.ledger.coming_facts(now))
        links = [fact.link for fact in facts if fact is not None and fact.link]
        for url in space.ledger.unknown_links(links, now, AGAIN_AFTER)[:LINKS_AT_ONCE]:
            if self.is_stopping():
                return
            self._remember(space, url)

    def _remember(self, space: Workspace, url: str) -> None:
        try:
            page, why_not = self.look_up(url), "the page has no title"
        except NotFound as error:
            page, why_not = None, str(error)
        except Exception as error:
            log.exception("look-up failed", link=url)
            page, why_not = None, f"looking it up failed ({type(error).__name__})"
        if page is None:
            if not self.is_stopping():  # what a stop broke off says nothing about the page
                log.warning("no card for a link", link=url, why=why_not)
                space.ledger.remember_link(url, None, why_not, self.clock())
            return
        key = None
        if page.picture is not None:
            picture = page.picture
            key = hashlib.sha256(picture.data).hexdigest()[:32]
            kept = Media(key, picture.mime, picture.width, picture.height, picture.data)
            space.ledger.keep_media([kept], self.clock())
        card = LinkCard(url, page.title, page.description, key)
        space.ledger.remember_link(url, card, page.why_no_picture, self.clock())
