"""instant: a moment, kept in UTC; forms and texts use the site's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kartotek.kinds.calendar import read_date, read_instant, read_time, write_clock, write_instant
from kartotek.kinds.fragments import is_string
from kartotek.kinds.kind import ORDERED, ColumnSpec, Convert, Kind, refuse
from kartotek.kinds.languages import date_time_text, typed
from kartotek.kinds.textual import first
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings


class InstantKind(Kind):
    """RFC 3339 with any offset comes in; the same instant with Z goes out."""

    name = "instant"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_string(fragment, "date-time")

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return {"timezone": site.timezone}

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("instant")

    def parse(self, field: Field) -> Convert:
        return _parse

    def wire(self, field: Field) -> Convert:
        return write_instant

    def formula_type(self, field: Field) -> Type:
        return Type("instant")

    def operators(self, field: Field) -> tuple[str, ...]:
        return (*ORDERED, "relative")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        plain = typed(text).replace(" ", "T", 1) if text else ""
        if not plain:
            return MISSING
        local = read_local(plain)
        return write_instant(instant_of(local, zone_of(field))) if local else plain

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        local = _local(field, wire)
        if local is None:
            return [str(wire)]
        return [f"{local.date().isoformat()}T{write_clock(local.time())}"]

    def text(self, field: Field, wire: Any, language: str) -> str:
        local = _local(field, wire)
        return date_time_text(local, language) if local else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


def _parse(wire: Any) -> datetime:
    instant = read_instant(wire) if isinstance(wire, str) else refuse("type", expected="text")
    return instant or refuse("format", format="date-time")


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def zone_of(field: Field) -> ZoneInfo:
    """The zone in which the field's moments are shown and typed."""
    return _zone(str(field.settings.get("timezone", "UTC")))


def read_local(text: str) -> datetime | None:
    """YYYY-MM-DDTHH:MM, with seconds or without, as a moment of nowhere in particular, or None."""
    day, clock = read_date(text[:10]), read_time(text[11:])
    return datetime.combine(day, clock) if day and clock is not None and text[10:11] in ("T", "t") else None


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant that clocks in the zone show so; the first of two in autumn. Raises Refused where there is none."""
    try:
        instant = local.replace(tzinfo=zone).astimezone(UTC)
        shown = instant.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        refuse("format", format="date-time")
    if shown != local:
        refuse("local_time")
    return instant


def _local(field: Field, wire: Any) -> datetime | None:
    instant = read_instant(wire) if isinstance(wire, str) else None
    # The first and the last day of the calendar have no local time in every zone.
    if instant is None or not timedelta(days=1) < instant - _FIRST < _LAST - _FIRST - timedelta(days=1):
        return None
    return instant.astimezone(zone_of(field))


_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
