"""Relative: days as seen from today ("last-30-days", "this-month"), as plain dates, and dates as instants of a zone."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType

_DAYS: Mapping[str, int] = MappingProxyType({"yesterday": -1, "today": 0, "tomorrow": 1})
_STEPS: Mapping[str, int] = MappingProxyType({"last": -1, "this": 0, "next": 1})
_MONTHS: Mapping[str, int] = MappingProxyType({"month": 1, "quarter": 3, "year": 12})
_COUNTED = re.compile(r"(last|next)-([1-9]\d{0,3})-days", re.ASCII)
_YEAR = 365


def period(name: str, today: date) -> tuple[date, date]:
    """The first and the last day of the period; weeks begin on Monday, counted days include today.

    Raises ValueError for another name and for what lies beyond the calendar.
    """
    counted = _COUNTED.fullmatch(name)
    try:
        if counted:
            return _counted(counted[1], int(counted[2]), today)
        if name in _DAYS:
            day = today + timedelta(days=_DAYS[name])
            return day, day
        step, _, unit = name.partition("-")
        return _week(_STEPS[step], today) if unit == "week" else _months(_STEPS[step], _MONTHS[unit], today)
    except (KeyError, OverflowError) as exc:
        raise ValueError(name) from exc


def anniversaries(name: str, today: date) -> tuple[str, str] | None:
    """The first and the last MM-DD of the period, where the first may be the greater; None for every day of the year.

    In a year without it the 29th of February is kept on the 28th. Raises ValueError as `period` does.
    """
    first, last = period(name, today)
    if (last - first).days >= _YEAR - 1:
        return None
    end = f"{last:%m-%d}"
    return f"{first:%m-%d}", "02-29" if end == "02-28" and not isleap(last.year) else end


def start_of(day: date, zone: tzinfo) -> datetime:
    """The instant at which the day begins in the zone, in UTC. Raises OverflowError at the ends of the calendar."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _counted(way: str, number: int, today: date) -> tuple[date, date]:
    span = timedelta(days=number - 1)
    return (today - span, today) if way == "last" else (today, today + span)


def _week(step: int, today: date) -> tuple[date, date]:
    monday = today + timedelta(days=7 * step - today.weekday())
    return monday, monday + timedelta(days=6)


def _months(step: int, length: int, today: date) -> tuple[date, date]:
    first = (today.month - 1) // length * length + 12 * today.year + length * step
    return _month(first, 1), _month(first + length - 1, 0)


def _month(months: int, day: int) -> date:
    """A day of the month that is so many months after the year 0; 0 is its last."""
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month + 1, day or monthrange(year, month + 1)[1])
