"""Files: their type by their bytes, what a field accepts, and pictures drawn anew."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from kartotek.kinds.kind import Refused
from kartotek.kinds.media import accepts, may_show_inline, media_type, size_of
from kartotek.kinds.pictures import is_drawable, redrawn, thumbnail


def _picture(format: str, size: tuple[int, int] = (1200, 800), mode: str = "RGB", **more: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size, "red").save(written, format, **more)
    return written.getvalue()


def _claimed(width: int, height: int) -> bytes:
    """The head of a PNG that says it is so large."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + b"\0" * 100


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (_picture("JPEG"), "a.txt", "image/jpeg"),
        (_picture("PNG"), "a.svg", "image/png"),
        (_picture("GIF"), "", "image/gif"),
        (_picture("WEBP"), "", "image/webp"),
        (b"%PDF-1.7", "a.png", "application/pdf"),
        (b"PK\x03\x04", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04", "a.png", "application/zip"),
        ("姓名,电话".encode(), "a.csv", "text/csv"),
        ("姓名".encode("utf-16"), "a.txt", "text/plain"),
        ("姓名,电话".encode("gb18030"), "a.csv", "text/csv"),
        (b"\xff\xfe<\0s\0v\0g\0>\0", "a.txt", "image/svg+xml"),
        (b"\xff\xfe\x00\xd8", "a.txt", "application/octet-stream"),
        (b"hello", "a.png", "text/plain"),
        (b"<svg xmlns='x'><script/></svg>", "a.png", "image/svg+xml"),
        (b"\n <?xml version='1.0'?><svg/>", "a.txt", "image/svg+xml"),
        (b"<!DOCTYPE html><p>x", "a.csv", "text/html"),
        (b"x <script>alert(1)</script>", "a.txt", "text/html"),
        (b"\0\1\2\3", "a.png", "application/octet-stream"),
        (b"", "a", "text/plain"),
        (b"MZ\x90\0", "a.pdf", "application/octet-stream"),
    ],
)
def test_type_is_told_by_the_bytes(head: bytes, name: str, expected: str) -> None:
    assert media_type(head, name) == expected


def test_text_cut_within_a_character_is_still_text() -> None:
    for encoding in ("utf-8", "utf-16", "gb18030"):
        assert media_type(("a" + "汉" * 5000).encode(encoding)[:4096], "a.txt") == "text/plain"


def test_only_plain_pictures_are_shown_inline() -> None:
    assert may_show_inline("image/png")
    assert not any(
        map(may_show_inline, ("image/svg+xml", "text/html", "application/pdf", "image/tiff", "application/xml"))
    )


@pytest.mark.parametrize(
    ("patterns", "found", "name", "expected"),
    [
        ((), "application/zip", "a.zip", True),
        (("image/*",), "image/png", "a", True),
        (("image/*",), "image/svg+xml", "a.svg", False),
        (("image/*",), "text/html", "a.png", False),
        (("application/pdf",), "application/pdf", "a", True),
        (("application/pdf",), "text/plain", "a.pdf", False),
        ((".PDF",), "application/pdf", "a.pdf", True),
        (("text/*", ".zip"), "application/zip", "a.ZIP", True),
    ],
)
def test_accept_patterns(patterns: tuple[str, ...], found: str, name: str, expected: bool) -> None:
    assert accepts(patterns, found, name) is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("5MB", 5_000_000),
        ("500 KB", 500_000),
        ("1GiB", 2**30),
        ("7", 7),
        (7, 7),
        (0, None),
        (-1, None),
        (True, None),
        ("5 mb", None),
        ("1.5MB", None),
        ("", None),
        (None, None),
    ],
)
def test_sizes(written: object, expected: int | None) -> None:
    assert size_of(written) == expected


@pytest.mark.parametrize(
    "picture",
    [
        _picture("JPEG"),
        _picture("PNG", mode="RGBA"),
        _picture("GIF", mode="P"),
        _picture("WEBP"),
        _picture("PNG", mode="I;16"),
        _picture("PNG", mode="1"),
    ],
)
def test_thumbnail_is_a_small_webp(picture: bytes) -> None:
    with Image.open(BytesIO(thumbnail(picture))) as drawn:
        assert drawn.format == "WEBP" and max(drawn.size) == 320


def test_thumbnail_stands_upright_and_has_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "maker of the camera"
    small = thumbnail(_picture("JPEG", (400, 100), exif=exif, comment=b"secret"))
    assert _size(small) == (80, 320)
    assert b"maker" not in small and b"secret" not in small


def test_picture_is_redrawn_whole() -> None:
    assert _size(redrawn(_picture("PNG", (100, 50)))) == (100, 50)


def test_picture_that_claims_too_many_pixels_is_none() -> None:
    whole, claimed = _picture("PNG", (40, 30)), _claimed(9_000, 9_000)
    assert is_drawable(BytesIO(whole)) and not is_drawable(BytesIO(claimed)) and not is_drawable(BytesIO(whole[:20]))


def _size(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as image:
        return image.size


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"x",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        _picture("JPEG")[:500],
        _picture("PNG")[:60],
        _claimed(60_000, 60_000),
        _claimed(20_000, 5_000),
        _picture("TIFF"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused(bytes_: bytes) -> None:
    with pytest.raises(Refused) as refused:
        thumbnail(bytes_)
    assert refused.value.problems[0].code == "image"
