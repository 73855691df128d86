"""The pictures of a delivery: drawn once, kept in the ledger, and uploaded once to its network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.drawing import CannotDraw, draw_all
from bot.ledger import Delivery, Ledger, Media
from bot.model import Attachment, Card, Message, Picture
from bot.networks import Connection, Illustrating, Passing, Refused

# X keeps an upload for a day (expires_after_secs of its media upload), Mastodon cleans up after one.
UPLOADS_LAST = timedelta(hours=12)

Draw = Callable[[Iterable[Card]], Mapping[str, "bytes | CannotDraw"]]


@dataclass(frozen=True, slots=True)
class Baggage:
    """Who draws and keeps; every worker has one."""

    ledger: Ledger
    clock: Callable[[], datetime]
    draw: Draw = draw_all

    def prepare(self, messages: Iterable[Message]) -> dict[str, CannotDraw]:
        """Draw the cards of these messages that nobody has drawn yet; why some cannot be, by the card's key."""
        cards = {p.card.key: p.card for message in messages for p in message.pictures if p.card is not None}
        known = self.ledger.media_keys(list(cards))
        missing = [card for key, card in cards.items() if key not in known]
        if not missing:
            return {}
        drawn = self.draw(missing)
        kept = [
            Media(card.key, "image/png", card.width, card.height, data)
            for card in missing
            if isinstance(data := drawn[card.key], bytes)
        ]
        self.ledger.keep_media(kept, self.clock())
        return {key: why for key, why in drawn.items() if isinstance(why, CannotDraw)}

    def uploaded(
        self, delivery: Delivery, connection: Connection
    ) -> tuple[tuple[Attachment, ...], Attachment | None]:
        """The pictures of a delivery, and that of its link's card, as its network knows them.

        A thread that goes on needs none: its first post has them.
        Raises Refused for a picture that cannot be had, and what the network raises.
        """
        message = delivery.message
        if delivery.parts or not has_baggage(message) or not isinstance(connection, Illustrating):
            return (), None
        for why in self.prepare([message]).values():
            raise Passing(str(why)) if why.passing else Refused(str(why))
        thumbnail = message.link_card.image_key if message.link_card else None
        wanted = {picture.key: picture for picture in message.pictures}
        if thumbnail:
            wanted[thumbnail] = Picture("", media_id=thumbnail)
        media = self.ledger.media(list(wanted))
        known = self.ledger.uploaded(delivery.id, self.clock() - UPLOADS_LAST)
        packed = {
            key: self._upload(delivery, connection, _attachment(picture, media.get(key), known.get(key)))
            for key, picture in wanted.items()
        }
        return tuple(packed[picture.key] for picture in message.pictures), packed.get(thumbnail or "")

    def _upload(self, delivery: Delivery, connection: Illustrating, attachment: Attachment) -> Attachment:
        if attachment.remote is not None:
            return attachment
        remote = connection.upload(attachment)
        self.ledger.remember_upload(delivery.id, attachment.key, remote, self.clock())
        return replace(attachment, remote=remote)


def has_baggage(message: Message) -> bool:
    """Whether a message carries a picture."""
    return bool(message.pictures or (message.link_card and message.link_card.image_key))


def _attachment(picture: Picture, media: Media | None, remote: str | None) -> Attachment:
    if media is None:
        raise Refused(f"its picture {picture.key} is not kept any more; add it anew")
    return Attachment(media.key, media.data, media.mime, media.width, media.height, picture.alt_text, remote)
