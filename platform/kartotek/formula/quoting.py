"""Quoting: a Python value as the source of a constant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


def quote(value: Any) -> str:
    """The source that means this value.

    It is None or a bool, int, float, Decimal, str, date, time, datetime or timedelta, or a list of them: for anything
    else TypeError is raised.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if "e" in repr(value) else repr(value) + "e0"
    if isinstance(value, Decimal):
        return f"{value:f}" if "." in f"{value:f}" else f"decimal('{value:f}')"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(quote(one) for one in value) + "]"
    return _temporal(value)


def _temporal(value: Any) -> str:
    if isinstance(value, datetime):
        return f"timestamp('{value.astimezone(UTC).isoformat().replace('+00:00', 'Z')}')"
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, time):
        return f"time('{value.isoformat()}')"
    if isinstance(value, timedelta):
        return f"duration('{duration_text(value)}')"
    raise TypeError(f"no formula means {value!r}")


def duration_text(value: timedelta) -> str:
    """ISO 8601 in seconds: PT5400S, -PT0.5S."""
    sign, size = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = size.days * 86400 + size.seconds
    fraction = f".{size.microseconds:06}" if size.microseconds else ""
    return f"{sign}PT{seconds}{fraction}S"


def _quoted(text: str) -> str:
    named = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "'" + "".join(named.get(one, one) for one in text) + "'"
