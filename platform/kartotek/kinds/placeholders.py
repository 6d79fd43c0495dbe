"""Placeholders: what a file holds whose own content is not to be seen."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

_TEXT = b"In the copy nothing stands here.\n"
_SIDE = 64


def placeholder(media_type: str) -> tuple[bytes, str, str]:
    """(content, media type, ending of the name): a grey picture in the place of pictures, a line of text in that of all else."""
    if not media_type.startswith("image/"):
        return _TEXT, "text/plain", ".txt"
    drawn = BytesIO()
    with Image.new("RGB", (_SIDE, _SIDE), (200, 200, 200)) as image:
        image.save(drawn, "PNG")
    return drawn.getvalue(), "image/png", ".png"
