"""Media types: told from a file's first bytes, matched against what a field accepts."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Any

HEAD = 4096  # bytes of a file's beginning that media_type wants to see
RASTER = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
UNKNOWN = "application/octet-stream"

_SIZE = re.compile(r"(\d{1,15}) ?(B|KB|MB|GB|KiB|MiB|GiB)?", re.ASCII)
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_ACCEPT = re.compile(r"\.[A-Za-z0-9]{1,10}|[a-z]+/(\*|[a-z0-9][a-z0-9.+-]{0,80})", re.ASCII)

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"{\\rtf", "application/rtf"),
)
# What is a container by its bytes and told apart by its name alone: the name chooses only within the container.
_WITHIN = {
    "application/zip": {
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
    },
    "application/x-ole-storage": {
        "doc": "application/msword",
        "xls": "application/vnd.ms-excel",
        "ppt": "application/vnd.ms-powerpoint",
    },
    "text/plain": {
        "csv": "text/csv",
        "md": "text/markdown",
        "ics": "text/calendar",
        "vcf": "text/vcard",
        "json": "application/json",
    },
}
_MARKUP = re.compile(
    r"<(!doctype|html|head|body|script|iframe|svg|img|style|link|meta|object|embed|form|xsl|a|b|p|div|table)\b|<\?xml",
    re.IGNORECASE,
)


# GB 18030 is what spreadsheets in China write; it takes almost any bytes, so it comes last.
_ENCODINGS = ("utf-16", "utf-8-sig", "gb18030")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def media_type(head: bytes, name: str = "") -> str:
    """The type of a file that begins so. The bytes decide; the name tells Word from Excel, and a table from prose."""
    found = next((kind for at, magic, kind in _MAGIC if head.startswith(magic, at)), None) or _text_type(head)
    ending = name.rpartition(".")[2].lower()
    return _WITHIN.get(found, {}).get(ending, found)


def _text_type(head: bytes) -> str:
    text = next((text for text in (_decoded(head, one) for one in _ENCODINGS) if text is not None), None)
    if text is None:
        return UNKNOWN
    if _MARKUP.search(text) is None:
        return "text/plain"
    return "image/svg+xml" if "<svg" in text.lower() and "<html" not in text.lower() else "text/html"


def _decoded(head: bytes, encoding: str) -> str | None:
    """The head as a text, a character that is cut in two at its end left out; None where it is no text."""
    if encoding == "utf-16" and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    try:
        text = getincrementaldecoder(encoding)().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def may_show_inline(found: str) -> bool:
    """Whether a browser may show it within a page: pictures made of dots alone. SVG and HTML can run code."""
    return found in RASTER


def is_accept_pattern(pattern: Any) -> bool:
    """Whether it is a media type, one with a star, or a file name's ending."""
    return isinstance(pattern, str) and _ACCEPT.fullmatch(pattern) is not None


def accepts(patterns: Iterable[str], found: str, name: str = "") -> bool:
    """Whether a file of this type and name is wanted; without patterns every file is."""
    wanted = tuple(patterns)
    return not wanted or any(_fits(pattern, found, name.lower()) for pattern in wanted)


def _fits(pattern: str, found: str, name: str) -> bool:
    if pattern.startswith("."):
        return name.endswith(pattern.lower())
    if pattern == "image/*":
        return found in RASTER or found.startswith("image/") and found != "image/svg+xml"
    return found == pattern or pattern.endswith("/*") and found.startswith(pattern[:-1])


def size_of(written: Any) -> int | None:
    """5MB, 500 KB or a plain number in bytes, or None; MB counts in thousands, MiB in 1024s."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written if written > 0 else None
    found = _SIZE.fullmatch(written) if isinstance(written, str) else None
    return int(found[1]) * _UNITS[found[2] or "B"] or None if found else None
