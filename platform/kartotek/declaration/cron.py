"""Cron expressions, judged before they are relied upon."""

from __future__ import annotations

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def cron_problem(expression: str) -> str:
    """Why a cron expression cannot be used; "" where it can. It has five fields, down to the minute."""
    if len(expression.split()) != 5:
        return "it must have five fields: minute, hour, day of the month, month, weekday"
    try:
        next(CronSim(expression, _SOME_DAY))
    except CronSimError as error:
        return str(error)
    except StopIteration:
        return "it never comes"
    return ""
