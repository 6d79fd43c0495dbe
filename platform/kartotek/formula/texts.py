"""Texts: how values are written, and what the text functions do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kartotek.formula.arithmetic import rounded

WHITE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What `trim` takes away."""


def written(value: Any, scale: int = 0) -> str:
    """The text of a value: true, 12, 1.50, 2026-01-31."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{rounded(value, scale):f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def month_day(day: date) -> str:
    """MM-DD."""
    return f"{day.month:02}-{day.day:02}"
