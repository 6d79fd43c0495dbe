"""Drawing thumbnails: bytes in, bytes out, and nothing of the original file kept but what can be seen."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

from kartotek.kinds.kind import Refused, refuse

FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# A few hundred bytes can claim to be a picture of many gigabytes.
MAX_PIXELS = 50_000_000
EDGE = 320


def thumbnail(picture: bytes, *, edge: int = EDGE) -> bytes:
    """A WebP of at most `edge` pixels each way, turned the right way up, without metadata. Raises Refused."""
    with _opened(BytesIO(picture)) as image:
        # JPEG can be decoded at a fraction of its size, in a fraction of the time.
        image.draft("RGB", (edge * 2, edge * 2))
        return _written(image, edge)


def redrawn(picture: bytes, *, edge: int = 2560) -> bytes:
    """The picture itself drawn anew as WebP, for showing it whole. Raises Refused."""
    with _opened(BytesIO(picture)) as image:
        return _written(image, edge)


def is_drawable(picture: BinaryIO) -> bool:
    """Whether its head is that of a picture which is not too large to be drawn."""
    try:
        with _opened(picture):
            return True
    except Refused:
        return False


def _opened(picture: BinaryIO) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(picture, formats=FORMATS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        refuse("image")
    if image.width * image.height > MAX_PIXELS:
        image.close()
        refuse("image")
    return image


def _written(image: Image.Image, edge: int) -> bytes:
    try:
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((edge, edge))
        plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        # Into a new picture, so that no comment, place or profile of the old one comes along.
        clean = Image.new(plain.mode, plain.size)
        clean.paste(plain)
        written = BytesIO()
        clean.save(written, "WEBP", quality=82)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        refuse("image")
    return written.getvalue()
