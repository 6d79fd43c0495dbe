"""Backup times: when the next backup is due, when the last good one is too old, and which of them stay."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kartotek.model.backups import BackupPlan, Keep

_DAY = timedelta(days=1)


def last_due(plan: BackupPlan, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The latest moment, not after now, at which a backup should have been made; None where none is made by itself."""
    if plan.rhythm is None:
        return None
    day = now.astimezone(zone).date()
    due = _at(plan, zone, _on(plan, day))
    return due if due <= now else _at(plan, zone, _on(plan, _on(plan, day) - _DAY))


def next_due(plan: BackupPlan, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first moment after now; None where none is made by itself."""
    if plan.rhythm is None:
        return None
    day = _on(plan, now.astimezone(zone).date())
    while (due := _at(plan, zone, day)) <= now:
        day += plan.rhythm
    return due


def is_stale(plan: BackupPlan, now: datetime, since: datetime) -> bool:
    """Whether what was last backed up at `since` should have been backed up twice more by now."""
    return plan.rhythm is not None and now - since > 2 * plan.rhythm


def surplus(made: Sequence[datetime], keep: Keep, zone: ZoneInfo) -> list[datetime]:
    """Those that need not stay: neither the newest of one of the last days, weeks or months that have any, nor the newest of all.

    Periods without a backup do not count, so nothing goes because a clock jumps or a site stood still.
    """
    newest = sorted(set(made), reverse=True)
    local = {one: one.astimezone(zone).date() for one in newest}
    rules: tuple[tuple[int, Callable[[date], Hashable]], ...] = (
        (keep.daily, lambda day: day), (keep.weekly, lambda day: day.isocalendar()[:2]), (keep.monthly, lambda day: (day.year, day.month)),
    )
    stay = set(newest[:1])
    for count, period in rules:
        first: dict[Hashable, datetime] = {}
        for one in newest:
            first.setdefault(period(local[one]), one)
        stay.update(list(first.values())[:count])
    return [one for one in newest if one not in stay]


def _on(plan: BackupPlan, day: date) -> date:
    """The day itself, or with weeks the last one that is the weekday."""
    return day if plan.every == "day" else day - timedelta(days=(day.weekday() - plan.weekday) % 7)


def _at(plan: BackupPlan, zone: ZoneInfo, day: date) -> datetime:
    return datetime.combine(day, plan.at, zone).astimezone(UTC)
