"""Reading dates, times, instants and durations as RFC 3339 and ISO 8601 write them, strictly."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTH_DAY = re.compile(r"\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_DURATION = re.compile(r"P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_ISO_DURATION = re.compile(
    r"P(?=\d|T\d)(?:\d+W|(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:[.,]\d+)?S)?)?)", re.ASCII
)
_LONGEST = 60
_LONGEST_DURATION = timedelta(days=3_660_000)
_LEAP_YEAR = 2000


def read_date(text: str) -> date | None:
    """A date from 0001-01-01 to 9999-12-31, or None."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_month_day(text: str) -> date | None:
    """MM-DD as that day of a leap year, or None; the 29th of February is one."""
    return read_date(f"{_LEAP_YEAR}-{text}") if _MONTH_DAY.fullmatch(text) else None


def read_time(text: str) -> time | None:
    """HH:MM, HH:MM:SS or HH:MM:SS.ffffff without a zone, or None."""
    return time.fromisoformat(text) if _TIME.fullmatch(text) else None


def read_instant(text: str) -> datetime | None:
    """An RFC 3339 date-time as an instant in UTC, or None.

    A leap second, which is 60 in the last minute of a UTC day, is the first instant of the next: computers count it so.
    Digits beyond the microsecond are dropped.
    """
    found = _INSTANT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    try:
        if found[1] == "60":
            return _leap_second(f"{text[:17]}59{text[19:]}")
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day, or none in UTC that the calendar has
        return None


def _leap_second(second_before: str) -> datetime | None:
    utc = datetime.fromisoformat(second_before.upper()).astimezone(UTC).replace(microsecond=0)
    return utc + timedelta(seconds=1) if (utc.hour, utc.minute) == (23, 59) else None


def write_clock(clock: time) -> str:
    """The time of day as a browser's control takes it, which knows no more than milliseconds: 09:30, 09:30:15.5."""
    if not clock.second and clock.microsecond < 1000:
        return clock.isoformat("minutes")
    milliseconds = f".{clock.microsecond // 1000:03}".rstrip("0").removesuffix(".")
    return clock.isoformat("seconds") + milliseconds


def write_instant(instant: datetime) -> str:
    """RFC 3339 in UTC, with microseconds only where there are some."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return f"{instant.isoformat()[:-6]}Z"  # without +00:00


def read_duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of days, hours, minutes and whole seconds, or None: a month has no length."""
    found = _DURATION.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None
    return duration if duration <= _LONGEST_DURATION else None


def write_duration(duration: timedelta) -> str:
    """The canonical form: P1DT2H3M4S without the parts that are nought, PT0S for nothing, "-" before a negative one."""
    seconds = duration.days * 86_400 + duration.seconds
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    clock = "".join(f"{number}{unit}" for number, unit in ((hour, "H"), (minute, "M"), (second, "S")) if number)
    written = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return ("-" if seconds < 0 else "") + "P" + (written or "T0S")


def is_date(text: str) -> bool:
    """JSON Schema's date."""
    return read_date(text) is not None


def is_date_time(text: str) -> bool:
    """JSON Schema's date-time."""
    return read_instant(text) is not None


def is_zoned_time(text: str) -> bool:
    """JSON Schema's time, which has an offset."""
    return is_date_time(f"2000-01-02T{text}")


def is_iso_duration(text: str) -> bool:
    """JSON Schema's duration, years and months included."""
    return len(text) <= _LONGEST and _ISO_DURATION.fullmatch(text) is not None


def is_month_day(text: str) -> bool:
    """MM-DD."""
    return read_month_day(text) is not None
