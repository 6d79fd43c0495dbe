"""Times of day and lengths of time as people write them."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from decimal import Decimal

from kartotek.kinds.calendar import read_duration
from kartotek.kinds.kind import refuse
from kartotek.sheets.cells import Broken, Cell, plain
from kartotek.sheets.units import remark_of, seconds

_CLOCK = re.compile(
    r"(?P<part>上午|下午|早上|晚上|中午|凌晨)? ?(?P<hour>\d{1,2})(?:(?P<sign>[:点时]) ?(?P<minute>\d{1,2}|半)?分?(?::(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?"
    r" ?(?P<half>[ap]\.?m\.?)?",
    re.IGNORECASE,
)
_WITH_POINT = re.compile(r"^([1-9]|1\d|2[0-3])\.([0-5]\d)$")  # 9.30, but 0.5 may be half a day
_AFTERNOON = frozenset({"下午", "晚上", "中午"})
_PARTS = re.compile(r"(\d+(?:[.,]\d+)?) ?([a-z]+\.?|秒钟?|分钟?|小时|个小时|时|天)", re.IGNORECASE)
_HOURS_MINUTES = re.compile(r"(\d{1,9}):([0-5]\d)(?::([0-5]\d))?")
_HALF_HOUR = re.compile(r"(\d+)\s?个?小?时?半(?:小时)?|半(?:个)?小时")
_TAIL = re.compile(r"(\d+) ?(?:h|小时|时) ?([0-5]?\d)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
_DAY = 86_400
_LONGEST = 60


def read_clock(text: str) -> time | None:
    """The time of day that a plain text says, or None; an hour alone needs a word beside it."""
    found = _CLOCK.fullmatch(_WITH_POINT.sub(r"\1:\2", text.strip()))
    if found is None or not (found["sign"] or found["half"] or found["part"]):
        return None
    hour, second = int(found["hour"]), int(found["second"] or 0)
    minute = 30 if found["minute"] == "半" else int(found["minute"] or 0)
    half = (found["half"] or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif found["part"] in _AFTERNOON and hour < 11:
        hour += 12
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def read_time_of_day(cell: Cell, said: list[str]) -> time | None:
    """The time of day of a cell, or None; a spreadsheet keeps one as a part of a day."""
    if isinstance(cell, Broken):
        cell.refuse()
    if isinstance(cell, datetime):
        return cell.time() if cell.year <= 1904 else None
    if isinstance(cell, time):
        return _rounded(cell, said)
    if isinstance(cell, timedelta):
        return _of_seconds(cell.total_seconds(), said) if timedelta() <= cell < timedelta(days=1) else None
    if isinstance(cell, int | float):
        return _of_seconds(float(cell) * _DAY, said) if 0 <= cell < 1 else None
    return read_clock(plain(cell)) if isinstance(cell, str) and len(cell) <= _LONGEST else None


def _of_seconds(number: float, said: list[str]) -> time | None:
    whole = round(number)
    if abs(number - whole) > 1e-3:
        said.append("rounded_seconds")
    return (datetime.min + timedelta(seconds=whole)).time() if whole < _DAY else None


def _rounded(clock: time, said: list[str]) -> time:
    if not clock.microsecond:
        return clock
    said.append("rounded_seconds")
    return (
        (datetime(2000, 1, 1, clock.hour, clock.minute, clock.second, clock.microsecond) + timedelta(milliseconds=500))
        .time()
        .replace(microsecond=0)
    )


def read_length(cell: Cell, header: str, said: list[str]) -> timedelta | None:
    """The length of time in a cell, or None. A number without a unit has the header's, else it is of minutes."""
    if isinstance(cell, Broken):
        cell.refuse()
    if isinstance(cell, timedelta):
        return timedelta(seconds=round(cell.total_seconds())) if cell >= timedelta() else None
    if isinstance(cell, datetime):
        # Beyond a day some writers keep a length as a moment after the first day of the calendar.
        return cell - datetime(1899, 12, 31) if cell.year <= 1900 else None
    if isinstance(cell, time):
        said.append("clock_duration")
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, int | float):
        return _unitless(Decimal(repr(cell)), header, said)
    return _length_of(plain(cell), header, said) if isinstance(cell, str) and len(cell) <= _LONGEST else None


def _unitless(number: Decimal, header: str, said: list[str]) -> timedelta | None:
    if number < 0:
        return None
    unit = remark_of(header)
    if seconds(unit):
        said.append("duration_unit")
        return _whole(number * seconds(unit))
    if number != int(number):
        refuse("no_unit")
    said.append("minutes")
    return _whole(number * 60)


def _length_of(text: str, header: str, said: list[str]) -> timedelta | None:
    if (iso := read_duration(text.upper())) is not None:
        return iso
    if _NUMBER.fullmatch(text):
        return _unitless(Decimal(text), header, said)
    clock = _HOURS_MINUTES.fullmatch(text)
    if clock:
        said.append("clock_duration")
        hours, minutes, rest = (int(one or 0) for one in clock.groups())
        return _whole(Decimal(hours * 3600 + minutes * 60 + rest))
    half = _HALF_HOUR.fullmatch(text)
    if half:
        return _whole(Decimal(int(half[1] or 0) * 3600 + 1800))
    tail = _TAIL.fullmatch(text)
    return _whole(Decimal(int(tail[1]) * 3600 + int(tail[2]) * 60)) if tail else _sum_of_parts(text)


def _sum_of_parts(text: str) -> timedelta | None:
    total, used, last = Decimal(0), 0, 10**9
    for found in _PARTS.finditer(text):
        unit = seconds(found[2].removeprefix("个"))
        if not unit or unit >= last or text[used : found.start()].strip(" ,和"):
            return None
        total, used, last = total + Decimal(found[1].replace(",", ".")) * unit, found.end(), unit
    return _whole(total) if used and used == len(text) else None


def _whole(total: Decimal) -> timedelta | None:
    return timedelta(seconds=int(total)) if total == int(total) and total < 10**11 else None
