"""Converters of dates and times: date, monthday, time, instant, duration."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from kartotek.kinds.calendar import read_instant, write_duration, write_instant
from kartotek.kinds.instant import instant_of, zone_of
from kartotek.kinds.kind import refuse
from kartotek.model.field import Field
from kartotek.sheets.cells import Cell, plain
from kartotek.sheets.clocks import read_length, read_time_of_day
from kartotek.sheets.converting import Context, Converter
from kartotek.sheets.dates import only_day, read_moment, read_month_day


def date(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        found = read_moment(cell, context, said)
        return only_day(found, said).isoformat() if found else refuse("format", format="date")

    return read


def month_day(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        return read_month_day(cell, context, said) or refuse("format", format="month and day (MM-DD)")

    return read


def time_of_day(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        clock = read_time_of_day(cell, said)
        return clock.isoformat("seconds") if clock is not None else refuse("format", format="time of day (HH:MM:SS)")

    return read


def instant(field: Field, context: Context) -> Converter:
    zone = zone_of(field)

    def read(cell: Cell, said: list[str]) -> Any:
        exact = read_instant(_as_rfc(cell)) if isinstance(cell, str) else None
        if exact is not None:
            return write_instant(exact)
        found = read_moment(cell, context, said)
        if found is None:
            refuse("format", format="date-time")
        if found[1] is None:
            said.append("midnight_added")
        local = datetime.combine(found[0], found[1] or time())
        said.append("site_zone")
        return write_instant(instant_of(local, zone).astimezone(UTC))

    return read


def _as_rfc(text: str) -> str:
    bare = plain(text)
    return bare.replace(" ", "T", 1) if bare[10:11] == " " else bare


def duration(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        length = read_length(cell, context.header, said)
        return write_duration(length) if length is not None else refuse("format", format="duration (PT1H30M)")

    return read
