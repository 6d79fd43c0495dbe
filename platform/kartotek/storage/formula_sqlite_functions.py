"""What SQLite cannot compute by itself: exact arithmetic beyond 64 bit, dates, durations, zones.

Whole numbers come and go as integers, or as texts where 64 bit are too few; decimals as such numbers, scaled; dates as
ISO texts; instants and durations as microseconds. NULL in, NULL out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.formula.arithmetic import (
    EXACT,
    NUMBER_OPERATIONS,
    day_after,
    floating,
    instant_after,
    local_date,
    quotient,
    remainder,
    rounded,
    span_times,
    within,
)
from kartotek.formula.limits import INT_MAX, INT_MIN
from kartotek.formula.texts import written

Wide = int | str
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def narrow_or_text(value: int) -> Wide:
    """As SQLite can carry it."""
    return value if INT_MIN <= value <= INT_MAX else str(value)


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def _known(function: Callable[..., Any]) -> Callable[..., Any]:
    def known(*values: Any) -> Any:
        return None if None in values else function(*values)

    return known


def _wide(function: Callable[..., int | None]) -> Callable[..., Wide | None]:
    """A function of whole numbers of any size."""

    def known(*values: Wide | None) -> Wide | None:
        numbers = [int(one) for one in values if one is not None]
        found = function(*numbers) if len(numbers) == len(values) else None
        return None if found is None else narrow_or_text(found)

    return known


def _same(left: Wide | None, right: Wide | None) -> bool:
    if left is None or right is None:
        return left is right
    return int(left) == int(right)


def _compare(left: int, right: int) -> int:
    return (left > right) - (left < right)


def _narrow(value: int) -> int | None:
    return value if INT_MIN <= value <= INT_MAX else None


def _scaled(value: Wide, scale: int) -> Decimal:
    return Decimal(int(value)).scaleb(-scale, EXACT)


def _round(value: Wide, scale: int, places: int) -> Wide:
    return narrow_or_text(int(rounded(_scaled(value, scale), places).scaleb(places, EXACT)))


def _span(value: int) -> timedelta:
    return timedelta(microseconds=value)


def _micros(span: timedelta | None) -> int | None:
    return None if span is None else span // _MICROSECOND


def _moved(day: str, micros: int) -> str | None:
    found = day_after(date.fromisoformat(day), _span(micros))
    return None if found is None else found.isoformat()


def _later(moment: int, micros: int) -> int | None:
    found = instant_after(_EPOCH + _span(moment), _span(micros))
    return None if found is None else micros_of(found)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(moment: int, zone: str) -> str | None:
    found = local_date(_EPOCH + _span(moment), _zone(zone))
    return None if found is None else found.isoformat()


FORMULA_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = MappingProxyType(
    {
        "kartotek_add": (2, _wide(lambda left, right: left + right)),
        "kartotek_subtract": (2, _wide(lambda left, right: left - right)),
        "kartotek_multiply": (2, _wide(lambda left, right: left * right)),
        "kartotek_div": (2, _wide(quotient)),
        "kartotek_mod": (2, _wide(remainder)),
        "kartotek_minus": (1, _wide(lambda value: -value)),
        "kartotek_abs": (1, _wide(abs)),
        "kartotek_least": (-1, _wide(min)),
        "kartotek_greatest": (-1, _wide(max)),
        "kartotek_compare": (2, _wide(_compare)),
        "kartotek_narrow": (1, _wide(_narrow)),
        "kartotek_within": (2, _wide(lambda value, limit: value if abs(value) < limit else None)),
        "kartotek_same": (2, _same),
        "kartotek_round": (3, _known(_round)),
        "kartotek_double": (2, _known(lambda value, scale: floating(_scaled(value, scale)))),
        "kartotek_decimal_text": (2, _known(lambda value, scale: written(_scaled(value, scale), scale))),
        "kartotek_number": (3, _known(lambda sign, left, right: NUMBER_OPERATIONS[sign](left, right))),
        "kartotek_ends_with": (2, _known(lambda text, part: text.endswith(part))),
        "kartotek_span_add": (2, _known(lambda left, right: _micros(within(_span(left) + _span(right))))),
        "kartotek_span_subtract": (2, _known(lambda left, right: _micros(within(_span(left) - _span(right))))),
        "kartotek_span_times": (2, _known(lambda span, number: _micros(span_times(_span(span), int(number))))),
        "kartotek_span_minus": (1, _known(lambda span: _micros(within(-_span(span))))),
        "kartotek_span_abs": (1, _known(lambda span: _micros(within(abs(_span(span)))))),
        "kartotek_day": (1, _known(lambda day: date.fromisoformat(day).toordinal())),
        "kartotek_date_after": (2, _known(_moved)),
        "kartotek_date_before": (2, _known(lambda day, micros: _moved(day, -micros))),
        "kartotek_instant_after": (2, _known(_later)),
        "kartotek_instant_before": (2, _known(lambda moment, micros: _later(moment, -micros))),
        "kartotek_local_date": (2, _known(_local)),
    }
)
"""{name: (number of arguments, -1 for any, deterministic function)}."""
