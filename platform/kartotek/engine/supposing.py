"""Supposing: the record that there would be with these keys at this time, with all that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.demand import Demand, Keys
from kartotek.engine.moment import Moment
from kartotek.engine.related import record_paths, row_paths
from kartotek.model.field import Field
from kartotek.model.process import Occupancy
from kartotek.model.record import Record, Row
from kartotek.rules.derive import derived, fetched, lived
from kartotek.rules.occupancy import Claim, Measure, claims, columns_of, fields_of, formulas_of, measured
from kartotek.rules.open_hours import Span
from kartotek.rules.setting import Setting


class Supposed:
    """Records that are never stored, judged as a write would judge them."""

    def __init__(self, moment: Moment, conn: Any, demand: Demand, *, days: bool) -> None:
        self._moment = moment
        self._demand = demand
        self._days = days
        self._compiled = moment.compiled.type(demand.record.type)
        self._setting = moment.setting(conn)
        self._foresee()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The site's."""
        return ZoneInfo(self._moment.compiled.catalog.settings.timezone)

    def fields(self, occupancy: Occupancy) -> Mapping[str, Field]:
        """What its names mean."""
        return fields_of(self._compiled.type, occupancy)

    def target(self, occupancy: Occupancy, name: str) -> str:
        """The type that a key refers to, or ""."""
        reference = self.fields(occupancy)[name].reference
        return reference.target if reference is not None else ""

    def measured(self, occupancy: Occupancy, keys: Keys) -> Measure:
        """What its formulas come to with these keys, at whatever time."""
        record = self._made(keys, None)
        about = self._setting.about(record, None)
        return measured(self._compiled.rules, occupancy, about.also(row=self._row(record)))

    def claims(self, keys: Keys, time: Span) -> list[Claim] | None:
        """What the record would take; None where it could not be saved like this."""
        record = self._made(keys, time)
        about = self._setting.about(record, self._demand.old)
        if not self._selectable(keys, about.also(row=self._row(record))):
            return None
        return claims(self._compiled.rules, record, about, self._demand.occupancies)

    def shown(self, keys: Keys, time: Span) -> tuple[Any, Any]:
        """What the fields of start and end would hold."""
        record, first = self._made(keys, time), self._demand.occupancies[0]
        row, columns = self._row(record), columns_of(self._compiled.type, first)
        start, end = ((row if name in columns else record).values.get(name) for name in (first.start, first.end))
        return start, end

    def is_plain(self, occupancy: Occupancy) -> bool:
        """Whether its formulas come to the same whatever the time and the other keys are."""
        moving = {name for one in self._demand.occupancies for name in (one.start, one.end)} | self._demand.keys.keys()
        fields = self.fields(occupancy)
        for path in (path for formula in formulas_of(occupancy) for path in formula.paths):
            one = fields.get(path[1]) if path[0] in ("record", "row") and len(path) > 1 else None
            if one is None or one.kind == "rows" or one.is_derived or one.fetch_from is not None:
                return False
            if one.name in moving and one.name not in occupancy.key:
                return False
        return True

    def _foresee(self) -> None:
        """Fetches what all candidates reach, one query for each hop."""
        paths = record_paths(self._compiled.rules.foreseen)
        for field in self._compiled.type.fields:
            if field.fetch_from is not None:
                paths.add(field.fetch_from)
            if field.kind == "rows":
                paths |= row_paths(field)
        for occupancy in self._demand.occupancies:
            for path in (path for formula in formulas_of(occupancy) for path in formula.paths if path[0] == "row"):
                paths.add((occupancy.rows, "*", *path[1:]))
        supposed = [self._with({name: value}, None)[0] for name, values in self._demand.keys.items() for value in values]
        self._setting.related.prefetch(self._compiled.type.name, supposed or [self._demand.record], paths)
        for field, values in self._filtered():
            target = field.reference.target if field.reference is not None else ""
            self._setting.related.fetch(target, values)
            found = [one for one in (self._setting.related.one(target, id) for id in values) if one is not None]
            self._setting.related.prefetch(target, found, _item_paths(field))

    def _filtered(self) -> Iterable[tuple[Field, list[int]]]:
        """The key fields that do not take every record, with the ids that are candidates."""
        seen: set[str] = set()
        for occupancy in self._demand.occupancies:
            for name in occupancy.key:
                field = self.fields(occupancy)[name]
                if name in self._demand.keys and name not in seen and field.reference is not None:
                    seen.add(name)
                    if field.reference.filter is not None:
                        yield field, [id for value in self._demand.keys[name] for id in several(value)]

    def _selectable(self, keys: Keys, about: Setting) -> bool:
        """Whether the declared filters of the references allow what was chosen; what a record has, it may keep."""
        for field, _ in self._filtered():
            assert field.reference is not None and field.reference.filter is not None
            kept = several(self._demand.old.values.get(field.name)) if self._demand.old is not None else ()
            for id in (one for one in several(keys[field.name]) if one not in kept):
                item = self._setting.related.chosen(field.reference.target, id)
                if item is None or not self._compiled.rules.holds(field.reference.filter, about.also(item=item)):
                    return False
        return True

    def _with(self, keys: Keys, time: Span | None) -> tuple[Record, set[str]]:
        """The record with nothing but what was asked for, and the names of that."""
        record = self._demand.record
        values, inner, named = dict(record.values), dict(self._demand.row.values), set(self._demand.given)
        for occupancy in self._demand.occupancies:
            said = {name: keys[name] for name in occupancy.key if name in keys}
            if time is not None:
                said |= {occupancy.start: self._held(time[0]), occupancy.end: self._held(time[1])}
            columns = columns_of(self._compiled.type, occupancy)
            for name, value in said.items():
                (inner if name in columns else values)[name] = value
            named |= said.keys() - columns.keys()
            if occupancy.rows:
                values[occupancy.rows] = (Row(inner, self._demand.row.id),)
        return replace(record, values=values), named

    def _made(self, keys: Keys, time: Span | None) -> Record:
        asked, named = self._with(keys, time)
        rules, old = self._compiled.rules, self._demand.old
        record = fetched(rules, asked, old, self._setting, given=frozenset(named))
        made, _ = derived(rules, record, old, self._setting)
        # A computed time that cannot be told yet is the one asked for.
        missing = {name: asked.values[name] for name in named if made.values.get(name) is None and name in asked.values}
        return lived(rules, replace(made, values={**made.values, **missing}), self._setting)

    def _row(self, record: Record) -> Row:
        rows = next((record.values.get(one.rows) for one in self._demand.occupancies if one.rows), None)
        return rows[0] if rows else self._demand.row

    def _held(self, instant: Any) -> Any:
        return instant.astimezone(self.zone).date() if self._days else instant


def several(value: Any) -> tuple[Any, ...]:
    """What a key field holds, one by one."""
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _item_paths(field: Field) -> set[tuple[str, ...]]:
    formula = field.reference.filter if field.reference is not None else None
    return {path[1:] for path in formula.paths if path[0] == "item" and len(path) > 1} if formula is not None else set()
