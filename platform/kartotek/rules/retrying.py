"""Retrying: when what could not be delivered is tried again, and until when nothing is sent. Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=2)
# So long after the first attempt it is still tried: a program may be down for a day, a person is told late no more.
FOR_PROGRAMS = timedelta(hours=24)
FOR_PEOPLE = timedelta(hours=6)


def next_try(attempts: int, key: str, within: timedelta) -> timedelta | None:
    """How long to wait after so many attempts: twice as long each time, up to two hours; None when it is given up.

    Up to a quarter is taken away, by the key: what failed together does not come back together.
    """
    waited = sum((_pause(number) for number in range(1, attempts)), timedelta())
    if waited >= within:
        return None
    return min(_pause(attempts) * (1 - _share(attempts, key) / 4), within - waited)


def quiet_until(now: datetime, quiet: tuple[str, str] | None, zone: str) -> datetime | None:
    """The end of the quiet hours (from, to: local times of day) in which this instant is, None outside of them."""
    if quiet is None:
        return None
    local = now.astimezone(ZoneInfo(zone))
    begins, ends = (time.fromisoformat(each) for each in quiet)
    clock = local.time()
    over_night = begins > ends
    inside = clock >= begins or clock < ends if over_night else begins <= clock < ends
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if over_night and clock >= begins else local.date()
    end = datetime.combine(day, ends, ZoneInfo(zone)).astimezone(UTC)
    # In the hour that autumn repeats, the end may have been already.
    return end if end > now else datetime.combine(day, ends, ZoneInfo(zone)).replace(fold=1).astimezone(UTC)


def _pause(attempt: int) -> timedelta:
    return LONGEST if attempt > 8 else FIRST * 2 ** (attempt - 1)


def _share(attempt: int, key: str) -> float:
    return hashlib.sha256(f"{key}/{attempt}".encode()).digest()[0] / 255
