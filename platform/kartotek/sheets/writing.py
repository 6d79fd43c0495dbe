"""Writing CSV: UTF-8 with its mark, RFC 4180, row by row, with formula injection defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from kartotek.kinds.calendar import write_duration
from kartotek.sheets.defusing import defuse

Value = None | str | bool | int | float | Decimal | date | datetime | time | timedelta
_CHUNK = 1 << 16


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
    """The file in pieces. Texts that a spreadsheet program would take for formulas begin with an apostrophe; numbers do not."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([defuse(one) for one in header])
    yield b"\xef\xbb\xbf" + _taken(stream)
    for row in rows:
        writer.writerow([defuse(one) if isinstance(one, str) else written(one) for one in row])
        if stream.tell() >= _CHUNK:
            yield _taken(stream)
    if stream.tell():
        yield _taken(stream)


def _taken(stream: io.StringIO) -> bytes:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text.encode("utf-8", "surrogatepass")


def written(value: Value) -> str:
    """A value that is no text, in the form that reading understands without a rule: ISO 8601, TRUE, 1234.5."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(" " if value.tzinfo is None else "T")
    if isinstance(value, date | time):
        return value.isoformat()
    return (
        write_duration(value)
        if isinstance(value, timedelta)
        else repr(value) if isinstance(value, float) else str(value)
    )
