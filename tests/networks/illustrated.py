"""Messages in six languages with a picture and a thread, as adapters are given them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from PIL import Image

from bot.model import Attachment, Dispatch, Message, Picture
from tests.world import message

LINK = "https://disarmament.unoda.org/anti-personnel-landmines-convention"
TEXTS = {
    "ar": "في عام \u20682024\u2069 قتلت الألغام أو جرحت \u20686279\u2069 شخصًا.\n\n"
    f"\u2068{LINK}\u2069\n\u2068#MineAction\u2069 \u2068#ForwardNotFragmented\u2069",
    "en": f"Mines killed or injured 6,279 people in 2024 <1> & “2”.\n\n{LINK}\n#MineAction",
    "es": f"¿Sabía que las minas hirieron o mataron a 6279 personas en 2024?\n\n{LINK}\n#MineAction",
    "fr": f"Les mines ont fait 6\u202f279 victimes en 2024\u00a0: «\u00a0trop\u00a0».\n\n{LINK}\n#MineAction",
    "ru": f"В 2024 году от мин пострадали 6279 человек.\n\n{LINK}\n#MineAction",
    "zh": f"2024年，地雷造成6279人伤亡。\n\n{LINK}\n#MineAction",
}
SECOND = {"ar": "ثانيًا", "en": "Second", "es": "Segundo", "fr": "Deuxième", "ru": "Второе", "zh": "第二"}
ALT = {
    "ar": "بطاقة: \u20686279\u2069 شخصًا",
    "en": "Card: 6,279 people",
    "es": "Tarjeta: 6279 personas",
    "fr": "Carte\u00a0: 6\u202f279 personnes",
    "ru": "Карточка: 6279 человек",
    "zh": "卡片：6279人",
}


@cache
def png(width: int = 1200, height: int = 675) -> bytes:
    """A plain picture."""
    drawn = io.BytesIO()
    Image.new("RGB", (width, height), (20, 60, 140)).save(drawn, "PNG")
    return drawn.getvalue()


def picture(language: str = "en") -> Attachment:
    """A picture that was not uploaded yet."""
    return Attachment("0123456789abcdef" * 2, png(), "image/png", 1200, 675, ALT[language])


def thread(language: str = "en", posts: int = 3) -> Message:
    """A message of so many posts."""
    texts = [TEXTS[language], *(f"{SECOND[language]} {number}." for number in range(2, posts + 1))]
    head, *others = (replace(message(text), language=language) for text in texts)
    return replace(head, thread=tuple(others), pictures=(Picture(ALT[language], media_id="m1"),))


def dispatch(name: str = "one", language: str = "en", posts: int = 3) -> Dispatch:
    """A delivery of such a thread, with no picture yet."""
    return Dispatch(name, "mastodon-en", thread(language, posts), datetime.now(UTC))
