"""Makes a small, clean picture of a file: `python -m bot.quarantine.pictures` (see inside.py).

The wish is {"longest": pixels, "first_frame": whether only that counts, "most_bytes"}; the answer {"mime", "width",
"height"} and the picture. The same file gives the same bytes, and nothing but its pixels is kept.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from PIL import (  # fmt: skip
    GifImagePlugin,
    Image,
    ImageChops,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from bot.quarantine.inside import Refused, answer

MOST_PIXELS = 40_000_000
QUALITIES = (90, 82, 74, 66, 58, 50)
SHRINK = 0.8  # where even the lowest quality is too many bytes

_READERS = (PngImagePlugin, JpegImagePlugin, MpoImagePlugin, WebPImagePlugin, GifImagePlugin)
_TAKEN = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF....WEBP|GIF8[79]a", re.DOTALL)
_OTHERS = (
    (re.compile(rb"\s*%PDF-"), "a PDF"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE svg[^>]*>|\s)*<svg[\s/>]", re.DOTALL | re.IGNORECASE), "an SVG drawing"),
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<body|<script|<!--)", re.IGNORECASE), "a web page"),
    (re.compile(rb".{4}ftyp(hei|hev|mif1|msf1)", re.DOTALL), "an HEIC photo"),
    (re.compile(rb".{4}ftypavi", re.DOTALL), "an AVIF picture"),
    (re.compile(rb".{4}ftyp", re.DOTALL), "a film"),
    (re.compile(rb"II\*\x00|MM\x00\*"), "a TIFF picture"),
    (re.compile(rb"BM.{12}", re.DOTALL), "a BMP picture"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive or an office document"),
)  # fmt: skip
_HIDDEN = re.compile(rb"%PDF-[12]\.|<script[\s>]|<html[\s>]|<\?php\s", re.IGNORECASE)
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def clean(wish: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """A picture of the pixels alone, within the wish's limits."""
    _refuse_other_kinds(data)
    source = _opened(data)
    if not wish["first_frame"] and _moves(source):
        raise Refused("it moves, and only its first frame would be shown")
    profile = source.info.get("icc_profile")
    image = _in_plain_mode(source)
    has_few_colours = source.format in ("PNG", "GIF", "WEBP") and image.getcolors(256) is not None
    image.thumbnail((wish["longest"], wish["longest"]), Image.Resampling.LANCZOS, reducing_gap=3.0)
    image = _in_srgb(_upright(image), profile)
    image.info = {}
    made, mime, size = _within(image, wish["most_bytes"], has_few_colours)
    return {"mime": mime, "width": size[0], "height": size[1]}, made


def _refuse_other_kinds(data: bytes) -> None:
    if not _TAKEN.match(data):
        named = next(
            (name for pattern, name in _OTHERS if pattern.match(data[:2000])), "no picture that is known here"
        )
        raise Refused(f"it is {named}; PNG, JPEG, WebP and GIF are taken")
    if _HIDDEN.search(data) or zipfile.is_zipfile(io.BytesIO(data)):
        raise Refused("it is a picture and another kind of file at once")


def _opened(data: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(f"it has more than {MOST_PIXELS // 1_000_000} million pixels") from error
    if image.format == "PNG" and b"IEND\xae\x42\x60\x82" not in data[-65536:]:
        raise Refused("its end is missing")
    if image.format == "GIF" and not data.rstrip(b"\x00").endswith(b";"):
        raise Refused("it does not end where a GIF ends")
    return image


def _moves(image: Image.Image) -> bool:
    """Whether any later frame shows something else than the first. A JPEG's further pictures are no frames."""
    if image.format not in ("PNG", "GIF", "WEBP") or not getattr(image, "is_animated", False):
        return False
    first = image.convert("RGBA")
    moved = any(ImageChops.difference(first, frame).getbbox(alpha_only=False) for frame in _later(image))
    image.seek(0)
    return moved


def _later(image: Image.Image) -> Iterator[Image.Image]:
    for number in range(1, getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image.convert("RGBA")


def _in_plain_mode(image: Image.Image) -> Image.Image:
    """Grey, RGB, RGBA or CMYK. A JPEG stays as it is, since it is decoded at a smaller size where that is enough."""
    if image.format in ("JPEG", "MPO"):
        return image
    image.load()
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow cuts off at 255 instead of scaling
        return image.point(lambda level: level * (1 / 256)).convert("L").convert("RGB")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _upright(image: Image.Image) -> Image.Image:
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except (ValueError, TypeError, KeyError, IndexError, SyntaxError, OSError, struct.error):
        return image  # its EXIF is damaged, its pixels are not
    return image.transpose(turn) if turn is not None else image


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, own, srgb, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None  # a profile that does not belong to its pixels says nothing about them
        if converted is not None:
            return converted
    return image.convert(mode)


def _within(image: Image.Image, most: int, has_few_colours: bool) -> tuple[bytes, str, tuple[int, int]]:
    """PNG for a drawing or what shows through, where it fits; else JPEG, on white, as good as fits."""
    image = _without_needless_alpha(image)
    if has_few_colours or image.mode == "RGBA":
        made = _written(image, "PNG", optimize=True)
        if len(made) <= most:
            return made, "image/png", image.size
    image = _on_white(image)
    while True:
        for quality in QUALITIES:
            made = _written(image, "JPEG", quality=quality, optimize=True, progressive=True)
            if len(made) <= most:
                return made, "image/jpeg", image.size
        smaller = (max(1, int(image.width * SHRINK)), max(1, int(image.height * SHRINK)))
        image = image.resize(smaller, Image.Resampling.LANCZOS)


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    lowest, _ = image.getchannel("A").getextrema()
    return image.convert("RGB") if lowest == 255 else image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    sheet = Image.new("RGB", image.size, "white")
    sheet.paste(image, mask=image.getchannel("A"))
    return sheet


def _written(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


if __name__ == "__main__":
    answer(clean)
