"""What the ledger keeps so that it is made, uploaded and fetched once: pictures, their uploads, and cards of links."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from bot.ledger.looking import Looking
from bot.ledger.putting import put
from bot.ledger.states import OPEN
from bot.ledger.tables import deliveries, link_cards, media, posts, uploads
from bot.ledger.wire import message_from_json
from bot.model import LinkCard, Message


@dataclass(frozen=True, slots=True)
class Media:
    """A picture's bytes, under the key of the picture."""

    key: str
    mime: str
    width: int
    height: int
    data: bytes


class Keeping(Looking):
    """What those who draw, upload and look up ask and write."""

    def media(self, keys: Collection[str]) -> dict[str, Media]:
        """The pictures that are kept, of these."""
        query = select(media).where(media.c.key.in_(list(keys)))
        with self._reading() as connection:
            return {
                row.key: Media(row.key, row.mime, row.width, row.height, row.data)
                for row in connection.execute(query)
            }

    def media_keys(self, keys: Collection[str]) -> set[str]:
        """Which of these are kept."""
        with self._reading() as connection:
            return set(connection.scalars(select(media.c.key).where(media.c.key.in_(list(keys)))))

    def media_sizes(self, keys: Collection[str]) -> dict[str, tuple[int, int]]:
        """Width and height, in pixels, of those of these that are kept."""
        query = select(media.c.key, media.c.width, media.c.height).where(media.c.key.in_(list(keys)))
        with self._reading() as connection:
            return {row.key: (row.width, row.height) for row in connection.execute(query)}

    def keep_media(self, pictures: Iterable[Media], now: datetime) -> None:
        """Keep pictures; the same key is the same picture."""
        rows = [
            {
                "key": p.key,
                "mime": p.mime,
                "width": p.width,
                "height": p.height,
                "data": p.data,
                "made_at": now,
            }
            for p in pictures
        ]
        if rows:
            with self.engine.begin() as connection:
                put(connection, media, rows)

    def coming_messages(self, until: datetime) -> list[Message]:
        """The messages that are to go out before a moment, the next first."""
        coming = deliveries.c.state.in_(OPEN), deliveries.c.due_at < until
        query = select(deliveries.c.message).where(*coming).order_by(deliveries.c.due_at)
        with self._reading() as connection:
            return [message_from_json(message) for message in connection.scalars(query)]

    def coming_facts(self, now: datetime) -> list[str]:
        """The facts that are to be told from a moment on, the next first."""
        told = posts.c.due_at >= now, posts.c.fact_id.is_not(None)
        query = select(posts.c.fact_id).where(*told).order_by(posts.c.due_at)
        with self._reading() as connection:
            return list(dict.fromkeys(connection.scalars(query)))

    # ── uploads ──────────────────────────────────────────────────────────────────────────────

    def uploaded(self, delivery_id: str, since: datetime) -> dict[str, str]:
        """The network's names for what was uploaded for a delivery since a moment, by picture."""
        query = select(uploads).where(uploads.c.delivery_id == delivery_id, uploads.c.at >= since)
        with self._reading() as connection:
            return {row.key: row.remote for row in connection.execute(query)}

    def remember_upload(self, delivery_id: str, key: str, remote: str, now: datetime) -> None:
        """Keep the network's name for a picture of a delivery, so that it is not uploaded twice."""
        row = {"delivery_id": delivery_id, "key": key, "remote": remote, "at": now}
        with self.engine.begin() as connection:
            put(connection, uploads, [row])

    def forget_uploads(self, delivery_id: str) -> None:
        """The network has forgotten what was uploaded for a delivery."""
        with self.engine.begin() as connection:
            connection.execute(delete(uploads).where(uploads.c.delivery_id == delivery_id))

    # ── cards of links ───────────────────────────────────────────────────────────────────────

    def link_cards(self) -> dict[str, LinkCard]:
        """The cards that are known, by address."""
        query = select(link_cards).where(link_cards.c.title.is_not(None))
        with self._reading() as connection:
            return {
                row.url: LinkCard(row.url, row.title, row.description or "", row.image_key)
                for row in connection.execute(query)
            }

    def unknown_links(self, urls: Collection[str], now: datetime, again_after: timedelta) -> list[str]:
        """Which of these addresses nobody has looked up, or not with success and not lately."""
        query = select(link_cards.c.url, link_cards.c.title, link_cards.c.looked_at)
        with self._reading() as connection:
            known = {
                row.url
                for row in connection.execute(query.where(link_cards.c.url.in_(list(urls))))
                if row.title is not None or row.looked_at > now - again_after
            }
        return [url for url in dict.fromkeys(urls) if url not in known]

    def remember_link(self, url: str, card: LinkCard | None, why_not: str | None, now: datetime) -> None:
        """Keep what a look at a page gave: its card, or why there is none; that takes no card away that another saw."""
        row = {
            "url": url,
            "title": card.title if card else None,
            "description": card.description if card else None,
            "image_key": card.image_key if card else None,
            "why_not": why_not,
            "looked_at": now,
        }
        with self.engine.begin() as connection:
            put(connection, link_cards, [row], where=None if card else link_cards.c.title.is_(None))

    def last_link(self) -> str:
        """Changes whenever the card of a link becomes known."""
        known = select(func.count(), func.max(link_cards.c.looked_at)).where(link_cards.c.title.is_not(None))
        with self._reading() as connection:
            count, last = connection.execute(known).one()
        return f"{count} {last}"
