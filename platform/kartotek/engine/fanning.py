"""Fanning out: the records that an occurrence of a schedule is about, batch by batch."""

from __future__ import annotations

from datetime import datetime

from kartotek.engine.compiled import CompiledType
from kartotek.engine.due import about, zone_of
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths
from kartotek.formula import FormulaError, check, quote
from kartotek.model.formula import Formula, Type
from kartotek.model.workflow import Schedule
from kartotek.rules.timing import month_days
from kartotek.storage.formula_sql import Root, SqlText, compile_sql
from kartotek.storage.records import load_many
from kartotek.storage.select import ALIAS, Selection, select

_BATCH = 500


def matching(
    writing: Writing, record_type: str, schedule: Schedule, meant: datetime, *, after: int
) -> tuple[list[int], int | None]:
    """(ids of live records that it is about, where to go on or None): of the next that have a greater id than `after`."""
    compiled = writing.moment.compiled.type(record_type)
    day = meant.astimezone(zone_of(writing)).date()
    conditions = [_sql(writing, record_type, _on_days(writing, record_type, schedule.yearly, month_days(day)))] \
        if schedule.yearly else []
    judged = schedule.where
    if schedule.where is not None:
        try:
            conditions.append(writing.moment.compiled.declared_sql(schedule.where, record_type))
            judged = None
        except FormulaError:  # it needs what no column holds: the records are looked at one by one
            pass
    selection = Selection(layout=compiled.layout, where=tuple(conditions), after=(after,), limit=_BATCH)
    ids = [one.stored.id for one in select(writing.conn, selection, writing.moment.env)]
    last = ids[-1] if len(ids) == _BATCH else None
    return (ids if judged is None else _holding(writing, compiled, judged, ids)), last


def _holding(writing: Writing, compiled: CompiledType, formula: Formula, ids: list[int]) -> list[int]:
    records = [compiled.codec.record(one) for one in load_many(writing.conn, compiled.layout, ids).values()]
    writing.setting.related.prefetch(compiled.type.name, records, record_paths([formula]))
    return [one.id for one in records if compiled.rules.holds(formula, about(writing, one))]


def _on_days(writing: Writing, record_type: str, name: str, days: tuple[str, ...]) -> Formula:
    """Whether the yearly day in the field is one of these."""
    compiled = writing.moment.compiled
    value = f"record[{quote(name)}]"
    if compiled.type(record_type).type.by_name[name].kind != "monthday":
        value = f"monthDay({value})"
    scope = compiled.scope({"record": Type("record", record=record_type)})
    return check(f"{value} in {quote(days)}", scope)


def _sql(writing: Writing, record_type: str, formula: Formula) -> SqlText:
    """Not kept: it is of this day alone."""
    compiled = writing.moment.compiled
    roots = {"record": Root(ALIAS, record_type)}
    return compile_sql(formula, catalog=compiled.catalog, dialect_name=compiled.dialect_name, roots=roots)
