"""Which encoding a text file has, by evidence: its mark, its zero bytes, strict decoding, the shape of its letters."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kartotek.sheets.limits import refuse_file

_BLOCK = 1 << 18
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOSTLY, _SOME = 0.5, 0.02
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
}
_ASKED = {"utf8": "utf-8-sig", "utf16": "utf-16", "utf16le": "utf-16-le", "utf16be": "utf-16-be", "gb18030": "gb18030", "gbk": "gb18030",
          "gb2312": "gb18030", "windows1252": "cp1252", "cp1252": "cp1252", "latin1": "cp1252"}  # fmt: skip
_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")  # GB 2312, which nearly all Chinese text keeps to
_WIDE = re.compile("[^\\x00-\\x7f\ufffd]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_OTHER_FORMATS = ((b"%PDF", "it is a PDF"), (b"{\\rtf", "it is an RTF document"), (b"\x89PNG", "it is a picture"), (b"\xff\xd8\xff", "it is a picture"))  # fmt: skip
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|table|meta|\?xml|head)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Encoding:
    """Python's `codec`, how it deals with bytes that do not fit (`errors`), and the rule that chose it."""

    codec: str
    rule: str
    errors: str = "strict"

    @property
    def name(self) -> str:
        """The name people know it by."""
        return NAMES[self.codec]


def find_encoding(path: Path, asked: str) -> Encoding:
    """The encoding of the file. Raises Invalid where it is no text, or an encoding is asked for that is not known."""
    if asked:
        return _asked(asked)
    head = _head(path)
    _check_text(head)
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return _whole(path, codec, "encoding_mark")
    is_utf8 = _decodes(path, "utf-8")
    # A stray zero byte makes no UTF-16; what is UTF-8 as well must have one in nearly every letter.
    wide = _by_zeros(head, least=_MOSTLY if is_utf8 else _SOME)
    if wide:
        return _whole(path, wide, "encoding_zeros")
    if is_utf8:
        return Encoding("utf-8", "encoding_valid")
    if _is_hurt_utf8(path):
        return Encoding("utf-8", "encoding_fewest", "surrogateescape")
    if _has_lonely_letters(path):
        return _whole(path, "cp1252", "encoding_lonely")
    if _decodes(path, "gb18030"):
        return Encoding("gb18030", "encoding_valid")
    return _fewest(path)


def _asked(asked: str) -> Encoding:
    codec = _ASKED.get(re.sub(r"[^a-z0-9]", "", asked.lower()))
    if codec is None:
        raise refuse_file("unknown_encoding", name=asked, known=", ".join(sorted(set(NAMES.values()))))
    return Encoding(codec, "encoding_given", _lenient(codec))


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(_BLOCK)


def _check_text(head: bytes) -> None:
    for magic, reason in _OTHER_FORMATS:
        if head.startswith(magic):
            raise refuse_file("unreadable_file", reason=reason)
    if _HTML.match(head):
        raise refuse_file("unreadable_file", reason="it is a web page or XML; save it as XLSX or CSV")


def _by_zeros(head: bytes, least: float) -> str:
    """UTF-16 without a mark has its zeros at every other byte: after the signs of the table, if nowhere else."""
    units = len(head) // 2
    even, odd = head[0 : units * 2 : 2].count(0), head[1 : units * 2 : 2].count(0)
    low, high = min(even, odd), max(even, odd)
    if not units or high < units * least or low * 10 > high:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _is_hurt_utf8(path: Path) -> bool:
    """Whether it is UTF-8 but for a few bytes; read as GB 18030, the same bytes would be other Chinese characters."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    wide = misfits = 0
    for block in _blocks(path):
        text = decoder.decode(block)
        misfits += text.count("\ufffd")
        wide += len(_WIDE.findall(text))
    return wide > 10 * misfits


def _has_lonely_letters(path: Path) -> bool:
    """Whether most letters beyond ASCII stand alone between ASCII letters, as accented ones do and Chinese never do."""
    lonely = paired = 0
    for block in _blocks(path):
        for run in _HIGH.findall(block):
            pairs = len(_PAIR.findall(run))
            lonely, paired = lonely + (len(run) == 1), paired + pairs
    return lonely > 2 * paired


def _whole(path: Path, codec: str, rule: str) -> Encoding:
    return Encoding(codec, rule, "strict" if _decodes(path, codec) else _lenient(codec))


def _lenient(codec: str) -> str:
    # Bytes that do not fit become surrogates, by which the cell is known afterwards; UTF-16 has no such way.
    return "replace" if codec.startswith("utf-16") else "surrogateescape"


def _fewest(path: Path) -> Encoding:
    def misfits(codec: str) -> int:
        decoder = codecs.getincrementaldecoder(codec)("replace")
        return sum(decoder.decode(block).count("\ufffd") for block in _blocks(path))

    codec = min(("utf-8", "gb18030"), key=misfits)
    return Encoding(codec, "encoding_fewest", "surrogateescape")
