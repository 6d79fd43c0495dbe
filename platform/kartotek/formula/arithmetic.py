"""Arithmetic: exact, total and the same in every back end; None is unknown and comes out where None goes in.

Whole and decimal numbers have no bounds here: what is too large is refused where it is stored. Floating-point numbers
take part only between 1e-150 and 1e150 (and 0), so that no database ever overflows. Durations fit 64 bit of
microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType
from typing import Any

from kartotek.formula.limits import INT_MAX, INT_MIN

EXACT = Context(prec=20_000, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[])
LEAST, GREATEST = 1e-150, 1e150
MICROSECOND, DAY = timedelta(microseconds=1), timedelta(days=1)
LONGEST, SHORTEST = timedelta(microseconds=INT_MAX), timedelta(microseconds=INT_MIN)


def remainder(left: int, right: int) -> int | None:
    """The remainder of division towards zero; it has the sign of `left`."""
    if right == 0:
        return None
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def quotient(left: int, right: int) -> int | None:
    """Whole-number division towards zero."""
    if right == 0:
        return None
    found = abs(left) // abs(right)
    return found if (left < 0) == (right < 0) else -found


def divided(left: Decimal | int, right: Decimal | int, places: int) -> Decimal | None:
    """The quotient with so many places, rounded half away from zero."""
    (a, b), (c, d) = left.as_integer_ratio(), right.as_integer_ratio()
    if c == 0:
        return None
    above, below = abs(a * d) * 10**places, abs(b * c)
    found = (2 * above + below) // (2 * below)
    return Decimal(-found if (a < 0) != (c < 0) else found).scaleb(-places, EXACT)


def rounded(value: Decimal, places: int) -> Decimal:
    """Rounded half away from zero; never a negative zero."""
    found = value.quantize(Decimal(1).scaleb(-places), context=EXACT)
    return found if found else abs(found)


def floating(value: Any) -> float | None:
    """The nearest double of a whole, decimal or floating-point number; None beyond 1e150."""
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if -GREATEST <= found <= GREATEST else None


def usable(value: float) -> bool:
    """Whether floating-point arithmetic takes the operand."""
    return value == 0 or LEAST <= abs(value) <= GREATEST


def _on_numbers(operation: Callable[[float, float], float]) -> Callable[[float, float], float | None]:
    return lambda left, right: operation(left, right) if usable(left) and usable(right) else None


NUMBER_OPERATIONS: Mapping[str, Callable[[float, float], float | None]] = MappingProxyType(
    {
        "+": _on_numbers(lambda left, right: left + right),
        "-": _on_numbers(lambda left, right: left - right),
        "*": _on_numbers(lambda left, right: left * right),
        "/": _on_numbers(lambda left, right: left / right if right else None),  # type: ignore[arg-type, return-value]
    }
)
"""{operator: floating-point operation}."""


def within(found: timedelta) -> timedelta | None:
    """The duration, if 64 bit of microseconds hold it."""
    return found if SHORTEST <= found <= LONGEST else None


def spans_added(left: timedelta, right: timedelta) -> timedelta | None:
    """left + right."""
    return within(left + right)


def span_times(left: timedelta, right: int) -> timedelta | None:
    """left * right."""
    try:
        return within(left * right)
    except OverflowError:
        return None


def whole(span: timedelta, unit: timedelta) -> int:
    """How many whole units are in the duration, cut towards zero."""
    return span // unit if span >= timedelta(0) else -(-span // unit)


def day_after(day: date, span: timedelta) -> date | None:
    """The date so many whole days later; None outside the years 1 to 9999."""
    try:
        return day + timedelta(days=whole(span, DAY))
    except OverflowError:
        return None


def instant_after(moment: datetime, span: timedelta) -> datetime | None:
    """The instant so much later; None outside the years 1 to 9999."""
    try:
        return moment + span
    except OverflowError:
        return None


def local_date(moment: datetime, zone: Any) -> date | None:
    """The date in a zone."""
    try:
        return moment.astimezone(zone).date()
    except OverflowError:
        return None
