"""What the reading library does not tell of an XLSX file: cells with errors, formulas without values, the day it counts from.

The file is a ZIP archive of XML. It is unpacked once here before the library sees it, so that nobody is surprised by
what comes out: a few kilobytes can hold gigabytes, and a document type can multiply its entities.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kartotek.sheets.cells import Broken
from kartotek.sheets.limits import Limits, refuse_file

BrokenCells = Mapping[tuple[int, int], Broken]
_BLOCK = 1 << 20
_OVERLAP = 4096
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{1,40})<', re.DOTALL)  # fmt: skip
_EMPTY_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*\br="([A-Z]{1,3})(\d{1,7})"[^>]*>'
    rb"<(?:\w+:)?f(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_DATE_1904 = re.compile(rb'\bdate1904="(?:1|true)"')
_ODS_ERROR = b'value-type="error"'


@dataclass(frozen=True, slots=True)
class Parts:
    """`broken` is {place of the sheet: {(row, column) from 0: what is wrong}}; `hidden_errors` says that some are unplaced."""

    format: str
    days_from: int
    broken: Mapping[int, BrokenCells]
    hidden_errors: bool = False


def look_through(path: Path, limits: Limits) -> Parts:
    """What the archive holds. Raises Invalid where it is broken or would unpack to more than the limits."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, path.stat().st_size, limits)
            return _parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as exc:
        raise refuse_file("unreadable_file", reason="the archive is damaged or locked") from exc


def _check_sizes(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    unpacked = sum(one.file_size for one in archive.infolist())
    if unpacked > limits.unpacked:
        raise refuse_file("too_large_file", reason=f"it unpacks to more than {limits.unpacked >> 20} MiB")
    if unpacked > limits.always_unpacked and unpacked > packed * limits.expansion:
        raise refuse_file("too_large_file", reason=f"it unpacks to more than {limits.expansion} times its size")


def _parts(archive: zipfile.ZipFile) -> Parts:
    names = set(archive.namelist())
    if "xl/workbook.xml" not in names:
        return _other(archive, names)
    workbook = _whole(archive, "xl/workbook.xml")
    places = _places(archive, workbook, names)
    broken: dict[int, BrokenCells] = {}
    for name in sorted(one for one in names if one.endswith((".xml", ".rels"))):
        found = _scan(archive, name)
        if name in places:
            broken[places[name]] = found
    return Parts("XLSX", 1904 if _DATE_1904.search(workbook) else 1900, broken)


def _other(archive: zipfile.ZipFile, names: set[str]) -> Parts:
    for name in sorted(one for one in names if one.endswith((".xml", ".rels"))):
        _scan(archive, name)
    if "content.xml" in names:
        errors = any(_ODS_ERROR in block for block in _blocks(archive, "content.xml"))
        return Parts("ODS", 1900, {}, errors)
    if "xl/workbook.bin" in names:
        return Parts("XLSB", 1900, {}, True)
    raise refuse_file("unreadable_file", reason="the archive holds no spreadsheet")


def _whole(archive: zipfile.ZipFile, name: str) -> bytes:
    return b"".join(_blocks(archive, name))


def _blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            yield block


def _places(archive: zipfile.ZipFile, workbook: bytes, names: set[str]) -> dict[str, int]:
    """{part of the archive: place of the sheet}."""
    relations = "xl/_rels/workbook.xml.rels"
    found = _RELATION.findall(_whole(archive, relations)) if relations in names else []
    targets = {one.get(b"Id", b""): one.get(b"Target", b"").decode() for one in map(_attributes, found)}
    places = {}
    for place, sheet in enumerate(_SHEET.findall(workbook)):
        given = _attributes(sheet)
        target = next((targets[value] for key, value in given.items() if key.endswith(b":id") and value in targets), "")
        places[target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)] = place
    return places


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return dict(_ATTRIBUTE.findall(tag))


def _scan(archive: zipfile.ZipFile, name: str) -> dict[tuple[int, int], Broken]:
    """The cells of a part that have no usable value. Blocks overlap, so that no cell is cut in two unseen."""
    found: dict[tuple[int, int], Broken] = {}
    before = b""
    for block in _blocks(archive, name):
        if not before and _DOCTYPE.search(block[:_OVERLAP]):
            raise refuse_file("unreadable_file", reason="it declares a document type, which spreadsheets never do")
        text = before + block
        if b't="e"' in text:
            found |= {_place(column, row): Broken("cell_error", error.decode(errors="replace")) for column, row, error in _ERROR.findall(text)}  # fmt: skip
        if b"</f>" in text or b":f>" in text or b"/></c>" in text:
            found |= {_place(column, row): Broken("no_value") for column, row in _EMPTY_FORMULA.findall(text)}
        before = text[-_OVERLAP:]
    return found


def _place(letters: bytes, row: bytes) -> tuple[int, int]:
    column = 0
    for one in letters:
        column = column * 26 + one - 64
    return int(row) - 1, column - 1
