"""Calendars: the open hours that the records of calendar types declare, loaded for a span of time or whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.formula import FormulaError
from kartotek.model.process import Calendar
from kartotek.model.record import Record
from kartotek.rules.open_hours import Hours, Span, hours_of
from kartotek.rules.setting import Setting
from kartotek.storage.calendars import CalendarColumns, about, between, everything
from kartotek.storage.sql_text import SqlText
from kartotek.storage.stored import Stored


def hours(moment: Moment, conn: Any, types: Iterable[str], within: Span | None = None) -> tuple[Hours, ...]:
    """What the calendars of these types say about the span, or all they say. Two queries for each type.

    They are seen with the site's rights. Whoever has a calendar that says nothing about the span is told by an Hours that
    is `never`.
    """
    found: list[Hours] = []
    for name in sorted(set(types)):
        compiled = moment.compiled.type(name)
        if compiled.type.calendar is not None:
            found += _of_type(moment, conn, compiled, compiled.type.calendar, within=within)
    return tuple(found)


def target_of(moment: Moment, name: str) -> str:
    """The type that a calendar is about; "" for everybody."""
    record_type = moment.compiled.type(name).type
    field = record_type.by_name.get(record_type.calendar.of) if record_type.calendar else None
    return field.reference.target if field is not None and field.reference is not None else ""


def _of_type(
    moment: Moment, conn: Any, compiled: CompiledType, calendar: Calendar, *, within: Span | None
) -> list[Hours]:
    target, layout, env = target_of(moment, compiled.type.name), compiled.layout, moment.env
    where = _condition(moment, compiled, calendar)
    columns = _columns(compiled, calendar)
    whole = within is None or where is None or columns is None
    stored: Sequence[Stored]
    if within is None or where is None or columns is None:
        stored = everything(conn, layout, where=where or (), env=env)
    else:
        stored = between(conn, layout, columns, within, where=where, env=env)
    records = [compiled.codec.record(one) for one in stored]
    if where is None:
        records = _held(moment.setting(conn), compiled, calendar, records)
    found = [hours_of(calendar, one, target) for one in records]
    if not (whole or calendar.closed) and columns is not None:
        for id in about(conn, layout, columns, where=where or (), env=env):
            found.append(Hours(about=frozenset() if id is None else frozenset({(target, id)}), never=True))
    return found


def _condition(moment: Moment, compiled: CompiledType, calendar: Calendar) -> tuple[SqlText, ...] | None:
    """The condition on records as SQL, () for none; None where SQL cannot say it."""
    if calendar.where is None:
        return ()
    try:
        return (moment.compiled.declared_sql(calendar.where, compiled.type.name),)
    except FormulaError:
        return None


def _held(setting: Setting, compiled: CompiledType, calendar: Calendar, records: Sequence[Record]) -> list[Record]:
    assert calendar.where is not None
    paths = {path[1:] for path in calendar.where.paths if path[0] == "record" and len(path) > 1}
    setting.related.prefetch(compiled.type.name, records, paths)
    return [one for one in records if compiled.rules.holds(calendar.where, setting.about(one, None))]


def _columns(compiled: CompiledType, calendar: Calendar) -> CalendarColumns | None:
    """The columns to choose by; None where the reference is a list of them."""
    by_name = compiled.type.by_name
    if calendar.of and by_name[calendar.of].kind == "references":
        return None
    columns = {name: by_name[name].column for name in (
        calendar.of, calendar.start, calendar.end, calendar.since, calendar.until) if name}
    if calendar.start:
        return CalendarColumns(first=columns[calendar.start], last=columns[calendar.end], of=columns.get(calendar.of, ""))
    return CalendarColumns(
        first=columns.get(calendar.since, ""), last=columns.get(calendar.until, ""), of=columns.get(calendar.of, ""),
        open_ended=True,
    )
