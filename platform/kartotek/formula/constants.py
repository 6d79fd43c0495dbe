"""Constants written as text: date('2026-01-31'), time('09:30'), timestamp('…Z'), duration('45m'), decimal('1.50')."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from kartotek.formula.arithmetic import within
from kartotek.formula.limits import MAX_DIGITS

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII)
_CLOCK = r"(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,14})(?:\.(\d{1,6}))?S)?"
_ISO = re.compile(rf"(-?)P(?:(\d{{1,9}})D)?(?:T(?=\d){_CLOCK})?", re.ASCII)
_SHORT = re.compile(r"(-?)(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,14})(?:\.(\d{1,6}))?s)?", re.ASCII)


def parse_date(text: str) -> date:
    """YYYY-MM-DD. Raises ValueError."""
    return date.fromisoformat(_whole(_DATE, text))


def parse_time(text: str) -> time:
    """HH:MM, with seconds if wanted. Raises ValueError."""
    return time.fromisoformat(_padded(_whole(_TIME, text)))


def parse_instant(text: str) -> datetime:
    """RFC 3339 with an offset or Z; the answer is in UTC. Raises ValueError."""
    try:
        return datetime.fromisoformat(_whole(_INSTANT, text)).astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(text) from exc


def parse_duration(text: str) -> timedelta:
    """ISO 8601 from days to seconds (P1DT2H, PT45M), or short (1d, 1h30m, 45m, 20s). Raises ValueError."""
    match = _ISO.fullmatch(text) or _SHORT.fullmatch(text)
    if match is None or not any(match.groups()[1:]):
        raise ValueError(text)
    sign, days, hours, minutes, seconds, fraction = match.groups()
    micros = int((fraction or "").ljust(6, "0"))
    try:
        found = timedelta(
            days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
            microseconds=micros,
        )
    except OverflowError as exc:
        raise ValueError(text) from exc
    if within(found) is None:
        raise ValueError(text)
    return -found if sign else found


def parse_decimal(text: str) -> Decimal:
    """Up to 18 digits with a point. Raises ValueError."""
    found = Decimal(_whole(_DECIMAL, text))
    if len(found.as_tuple().digits) > MAX_DIGITS:
        raise ValueError(text)
    return found


CONSTANTS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "date": parse_date, "time": parse_time, "timestamp": parse_instant, "duration": parse_duration,
        "decimal": parse_decimal,
    }
)
"""{function that makes a constant of a text: how}."""


def _whole(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


def _padded(text: str) -> str:
    return text + "0" * (6 - len(text.partition(".")[2])) if "." in text else text
