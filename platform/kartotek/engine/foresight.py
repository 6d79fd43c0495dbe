"""Foresight: the records there are as they will be under a catalog that is not in service yet; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.converted import NOT_GIVEN, Given
from kartotek.engine.converting import Converter, converters
from kartotek.engine.related import Reached
from kartotek.engine.retaking import Retaken
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.migration.workflows import stands
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.model.workflow import Workflow
from kartotek.rules.derive import lived
from kartotek.rules.environment import environment
from kartotek.rules.resettle import recounted
from kartotek.rules.setting import Setting
from kartotek.rules.settle import Overflow, aggregate
from kartotek.storage.layout import Layout, PartLayout
from kartotek.storage.records import inverse, load_many
from kartotek.storage.stored import Stored, StoredRow


@dataclass(frozen=True)
class _Places:
    """{new column: old column}, {new join: old join}, {new sub-table: (old one, {new column: old column})}."""

    columns: Mapping[str, str]
    joins: Mapping[str, str]
    rows: Mapping[str, tuple[str, Mapping[str, str]]]
    clash: bool = False  # whether a new field stands where another one stood

    @cached_property
    def same(self) -> bool:
        """Whether all of them are where they were."""
        if self.clash:
            return False
        within = all(name == was and _is_same(columns) for name, (was, columns) in self.rows.items())
        return _is_same(self.columns) and _is_same(self.joins) and within


class Foresight:
    """Records of the types that go on, by their new names. `wanted` is compiled here, which takes a moment."""

    def __init__(self, conn: Any, change: CatalogChange, now: datetime, *, retaken: Retaken) -> None:
        self.change = change
        self._retaken = retaken
        self.wanted = Compiled(change.wanted, change.current.dialect_name)
        self._converters = converters(change)
        self._places = {name: _places(change, name, self.wanted) for name in change.lineage.types}
        self._defaults = {name: _arriving(change, self.wanted.type(name)) for name in change.lineage.types}
        self._computed = {
            name: frozenset(each for one in change.steps if one.type == name for each in one.recompute)
            for name in change.lineage.types
        }
        actor, zone = Actor.system("plan"), change.wanted.settings.timezone
        env = environment(actor, now.astimezone(ZoneInfo(zone)), zone)
        self.related = Foreseen(conn, self)
        self.setting = Setting(actor, now, env, self.related)

    def record(self, record_type: str, stored: Stored) -> Record:
        """The record, given whole, with its kept values; derived ones that are computed otherwise are worked out anew."""
        compiled, converter = self.wanted.type(record_type), self._converters.get(record_type)
        if compiled.type.builtin:
            return compiled.codec.record(stored)
        if compiled.type.foreign:
            return self._foreign(compiled, stored)
        places, defaults = self._places[record_type], self._defaults[record_type]
        if not places.same or converter is not None:
            stored = _put(stored, places, converter, self._retaken.of(converter.was, stored.id) if converter is not None else NOT_GIVEN)
        record = compiled.codec.record(stored)
        if defaults:
            record = record.having({**defaults, **record.values})
        was = self.change.current.catalog.types.get(self.change.lineage.former_type(record_type))
        state = _state(compiled, record.state, was.workflow if was is not None else None)
        return self._recounted(compiled, record if state == record.state else replace(record, state=state))

    def lived(self, record: Record) -> Record:
        """The record with its live values too."""
        return lived(self.wanted.type(record.type).rules, record, self.setting)

    def _foreign(self, compiled: CompiledType, stored: Stored) -> Record:
        name = compiled.type.name
        before = self.change.current.type(self.change.lineage.former_type(name))
        was = {former[0]: path[0] for path, former in self.change.lineage.fields.get(name, {}).items()}
        record = before.codec.record(stored)
        sent = before.codec.wire(record.values)
        values = {was.get(key, key): value for key, value in sent.items()}
        return replace(record, type=name, values=values)

    def _recounted(self, compiled: CompiledType, record: Record) -> Record:
        names = self._computed[record.type]
        if not names:
            return record
        rolled = {
            feed.target.name: value for feeds in self.wanted.feeds.values() for feed in feeds
            if feed.parent == record.type and feed.target.name in names and (value := self._rolled(compiled, feed.target, record)) is not None
        }
        return recounted(compiled.rules, record, rolled, self.setting)[0]

    def _rolled(self, compiled: CompiledType, field: Field, record: Record) -> Any:
        assert field.rollup is not None
        rollup, rules = field.rollup, compiled.rules
        found = [
            one.values.get(rollup.field) for one in self.related.many(record.type, rollup.source, record.id)
            if rollup.where is None or rules.holds(rollup.where, self.setting.also(item=one))
        ]
        try:
            value = aggregate(field, rollup, found)
        except Overflow:  # what does not fit is left as it was, there as here
            return None
        return None if value is MISSING else value


class Foreseen(Reached):
    """The related records of such records, as they will be too."""

    def __init__(self, conn: Any, foresight: Foresight) -> None:
        super().__init__(conn, foresight.wanted, lambda record: True, foresight.lived)
        self.conn = conn
        self._foresight = foresight
        self._change = foresight.change

    def fetch(self, record_type: str, ids: Iterable[int]) -> None:
        wanted = sorted({id for id in ids if isinstance(id, int) and (record_type, id) not in self._records})
        was = self._was(record_type)
        found = load_many(self._conn, was.layout, wanted) if was is not None else {}
        for id in wanted:
            stored = found.get(id)
            self._records[record_type, id] = None if stored is None else self._foreknown(record_type, stored)

    def _fetch_lists(self, record_type: str, relation: str, ids: Sequence[int]) -> None:
        wanted = sorted({id for id in ids if (record_type, relation, id) not in self._lists})
        link = self._compiled.type(record_type).type.inverses[relation]
        was, former = self._was(link.type), self._change.lineage.former(link.type, (link.field,))
        found: Mapping[int, Sequence[Stored]] = {}
        if was is not None and former:
            found = inverse(self._conn, was.layout, was.type.by_name[former[0]].column, wanted, parts=True)
        for id in wanted:
            self._lists[record_type, relation, id] = tuple(self._foreknown(link.type, one) for one in found.get(id, ()))

    def _was(self, record_type: str) -> CompiledType | None:
        if self._compiled.type(record_type).type.builtin:
            return self._change.current.type(record_type)
        former = self._change.lineage.former_type(record_type)
        return self._change.current.type(former) if former else None

    def _foreknown(self, record_type: str, stored: Stored) -> Record:
        return self._known(self._compiled.type(record_type), self._foresight.record(record_type, stored))


def _places(change: CatalogChange, name: str, wanted: Compiled) -> _Places:
    old, new = change.current.type(change.lineage.former_type(name)).layout, wanted.type(name).layout
    if change.wanted.types[name].foreign:
        return _Places({}, {}, {})
    formers = change.lineage.fields[name]

    def paired(olds: Layout | PartLayout, news: Layout | PartLayout, above: tuple[str, ...]) -> dict[str, str]:
        known = {one.path: one.name for one in olds.columns}
        formerly = {one.name: formers.get((*above, *one.path), ())[len(above):] for one in news.columns}
        return {column: known[path] for column, path in formerly.items() if path in known}

    joins = {field: formers[field,][0] for field in new.joins if formers.get((field,), ("",))[0] in old.joins}
    rows = {
        field: (was, paired(old.rows[was], part, (field,)))
        for field, part in new.rows.items() if (was := formers.get((field,), ("",))[0]) in old.rows
    }
    columns, known = paired(old, new, ()), {one.name for one in old.columns} | {*old.rows, *old.joins}
    clash = any(name in known for name in {one.name for one in new.columns} | {*new.rows, *new.joins} if name not in {*columns, *joins, *rows})
    return _Places(columns, joins, rows, clash)


def _is_same(names: Mapping[str, str]) -> bool:
    return all(new == old for new, old in names.items())


def _put(stored: Stored, places: _Places, converter: Converter | None, given: Given) -> Stored:
    columns = {new: stored.columns[old] for new, old in places.columns.items() if old in stored.columns}
    links = {new: stored.links[old] for new, old in places.joins.items() if old in stored.links}
    if converter is None:
        return _stored(stored, columns, stored.rest, _rows(stored, places, {}, {}), links=links)
    out = converter(stored, given)
    kept = {name: value for name, value in columns.items() if name not in converter.columns}
    filled = {name: {row.id: row.columns for row in out.rows.get(name, ())} for name in converter.parts}
    rows = _rows(stored, places, filled, out.row_rest, parts=converter.parts)
    anew = {name: each for name, each in out.rows.items() if name in converter.tables}
    return _stored(stored, kept | out.columns, out.rest, rows | anew, links=links | out.links)


def _stored(
    was: Stored, columns: Mapping[str, Any], rest: Mapping[str, Any], rows: Mapping[str, tuple[StoredRow, ...]],
    *, links: Mapping[str, tuple[int, ...]],
) -> Stored:
    # Said out loud, because dataclasses.replace takes several times as long, and every record comes here.
    return Stored(
        id=was.id, version=was.version, state=was.state, created_at=was.created_at, created_by=was.created_by,
        updated_at=was.updated_at, updated_by=was.updated_by, deleted_at=was.deleted_at, deleted_group=was.deleted_group,
        columns=columns, rest=rest, rows=rows, links=links,
    )


def _rows(
    stored: Stored, places: _Places, filled: Mapping[str, Mapping[int | None, Mapping[str, Any]]],
    rests: Mapping[str, Mapping[int, Mapping[str, Any]]], *, parts: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[StoredRow, ...]]:
    found: dict[str, tuple[StoredRow, ...]] = {}
    for name, (was, columns) in places.rows.items():
        anew, gone = filled.get(name, {}), (parts or {}).get(name, ())
        found[name] = tuple(
            StoredRow(
                row.id,
                {new: row.columns[old] for new, old in columns.items() if old in row.columns and new not in gone} | dict(anew.get(row.id, {})),
                rests.get(name, {}).get(row.id or 0, row.rest),
            )
            for row in stored.rows.get(was, ())
        )
    return {name: each for name, each in found.items() if each}


def _arriving(change: CatalogChange, compiled: CompiledType) -> dict[str, Any]:
    """{new field: its default}, which the records there are will have too."""
    known = change.lineage.fields.get(compiled.type.name, {})
    given = [
        one for one in compiled.type.fields
        if (one.name,) not in known and one.default is not MISSING and one.default is not None and not one.is_derived
    ]
    return {one.name: kind_of(one).parse(unlimited(one))(one.default) for one in given} if not compiled.type.foreign else {}


def _state(compiled: CompiledType, state: str | None, before: Workflow | None) -> str | None:
    """The state that the record will be in, as far as names tell."""
    workflow = compiled.type.workflow
    return (stands(workflow, state, before) or workflow.initial) if workflow is not None else state
