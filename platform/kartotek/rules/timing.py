"""Timing: when a schedule is due, what is too late, and how often something may happen; in the clocks of a time zone.

A time of day that clocks skip is taken at the instant at which they are put forward, one that they show twice the first time.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from kartotek.model.workflow import Missed, Schedule
from kartotek.rules.open_hours import instant_at

# Whatever is not later than this is in time: a restart and a long queue are no outage.
GRACE = timedelta(minutes=10)
# How far back an outage is made good, occurrence by occurrence.
FARTHEST = timedelta(days=366)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_WINDOWS = (_HOUR, _DAY, timedelta(days=8), timedelta(days=32))
_DAYS = 8 * 366  # the 29th of February may be eight years away
_LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)


def next_due(schedule: Schedule, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant later than `after`, in UTC; None where there is none."""
    if after > _LATEST - timedelta(days=_DAYS):
        return None
    if schedule.cron:
        return _next_of_cron(schedule.cron, after, zone)
    at = time.fromisoformat(schedule.at)
    if schedule.every == "hour":
        return _next_hour(at.minute, after, zone)
    for day in _days(schedule, after.astimezone(zone).date() - _DAY):
        instant = instant_at(day, at, zone)
        if instant > after:
            return instant
    return None


def last_due(schedule: Schedule, first: datetime, now: datetime, zone: ZoneInfo) -> datetime:
    """The last instant not later than `now`, `first` being one of them."""
    found = first
    for window in _WINDOWS:
        start = max(first, now - window)
        following = next_due(schedule, start, zone)
        if start == first or (following is not None and following <= now):
            found = first if start == first else following or first
            break
    while (following := next_due(schedule, found, zone)) is not None and following <= now:
        found = following
    return found


def falls_on(value: date | str, day: date) -> bool:
    """Whether the yearly day of a date, or of a text MM-DD, is this one: the 29th of February is the 28th in other years."""
    wanted = f"{value:%m-%d}" if isinstance(value, date) else value
    return wanted in month_days(day)


def month_days(day: date) -> tuple[str, ...]:
    """The yearly days, as MM-DD, that fall on the day."""
    own = f"{day:%m-%d}"
    return (own, "02-29") if own == "02-28" and not calendar.isleap(day.year) else (own,)


def too_late(missed: Missed, meant: datetime, now: datetime) -> bool:
    """Whether what was meant for then is left out now."""
    if missed == "run":
        return False
    return now - meant > (GRACE if missed == "skip" else missed)


def as_instant(value: Any, zone: ZoneInfo) -> datetime | None:
    """The instant that a formula's value means, in UTC: a date is its first instant in the zone. None for no value."""
    if value is None:
        return None
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return instant_at(value, time(), zone)
    except OverflowError:  # at the end of the calendar
        return None


def occasion(once: str, meant: datetime, zone: ZoneInfo) -> str:
    """The name of the period within which something may happen once; "" where it may happen again and again."""
    name = _OCCASIONS.get(once)
    return name(meant.astimezone(zone).date()) if name is not None else ""


_OCCASIONS: Mapping[str, Callable[[date], str]] = MappingProxyType({
    "per-record": lambda day: "ever",
    "per-day": lambda day: day.isoformat(),
    "per-month": lambda day: f"{day:%Y-%m}",
    "per-year": lambda day: f"{day:%Y}",
})


def _next_of_cron(expression: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    # In an hour that is repeated it may give an instant of the first pass although the second one is on.
    for found in CronSim(expression, after.astimezone(zone)):
        instant = found.astimezone(UTC)
        if instant > after:
            return instant
    return None


def _next_hour(minute: int, after: datetime, zone: ZoneInfo) -> datetime:
    found = after.astimezone(UTC).replace(second=0, microsecond=0)
    while True:
        found += timedelta(minutes=(minute - found.astimezone(zone).minute) % 60)
        if found > after and found.astimezone(zone).minute == minute:
            return found
        found += timedelta(minutes=1)


def _days(schedule: Schedule, first: date) -> Iterator[date]:
    return (day for ahead in range(_DAYS) if _is_on(schedule, day := first + timedelta(days=ahead)))


def _is_on(schedule: Schedule, day: date) -> bool:
    if schedule.every == "week":
        return day.isoweekday() in (schedule.on or (1,))
    if schedule.every == "month":
        last = calendar.monthrange(day.year, day.month)[1]
        return any(min(one, last) == day.day for one in schedule.on or (1,))
    if schedule.every == "year":
        return (day.month, day.day) == (1, 1)
    return True
