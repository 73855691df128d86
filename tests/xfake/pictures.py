"""Pictures as the fake X keeps them: handed over, described, posted within a day."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.xfake.oauth import XAccount

LIFETIME = timedelta(hours=24)
MOST_BYTES = 5_000_000  # https://docs.x.com/x-api/media/introduction, seen November 2026: image, 5 MB
DEFAULT_FIELDS = ("media_key", "type")


@dataclass(frozen=True)
class PictureData:
    """What can be seen of a picture: its bytes, kind and size in pixels."""

    data: bytes
    mime: str
    width: int
    height: int


@dataclass
class Picture:
    """A picture that an account handed over."""

    id: str
    owner: XAccount
    seen: PictureData
    uploaded: datetime
    alt_text: str | None = None

    @property
    def media_key(self) -> str:
        """The name it has in posts; 3 means a photo."""
        return f"3_{self.id}"

    def as_upload(self) -> dict[str, Any]:
        """What the answer to the upload says."""
        return {
            "id": self.id,
            "media_key": self.media_key,
            "size": len(self.seen.data),
            "expires_after_secs": int(LIFETIME.total_seconds()),
            "image": {"image_type": self.seen.mime, "w": self.seen.width, "h": self.seen.height},
        }

    def with_fields(self, asked: Iterable[str]) -> dict[str, Any]:
        """The default fields and the ones asked for."""
        known = {
            "media_key": self.media_key,
            "type": "photo",
            "width": self.seen.width,
            "height": self.seen.height,
        }
        if self.alt_text is not None:
            known["alt_text"] = self.alt_text
        wanted = {*DEFAULT_FIELDS, *asked}
        return {name: value for name, value in known.items() if name in wanted}


def read(encoded: str) -> PictureData:
    """A picture from base64; ValueError says why X would not take it."""
    try:
        data = base64.b64decode(encoded, validate=True)
        with Image.open(io.BytesIO(data)) as image:
            mime, (width, height) = image.get_format_mimetype() or "", image.size
    except (binascii.Error, UnidentifiedImageError):
        raise ValueError("The media is not an image.") from None
    if len(data) > MOST_BYTES:
        raise ValueError(f"The image is too big: {len(data)} of {MOST_BYTES} bytes.")
    return PictureData(data, mime, width, height)
