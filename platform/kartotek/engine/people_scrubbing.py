"""Scrubbing: carries out what becomes of records, so that no table keeps what was personal in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kartotek.engine.commit import fed_by, locked_parents, roll_up
from kartotek.engine.compiled import CompiledType, Feed
from kartotek.engine.following import follow
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_fates import Fates
from kartotek.engine.people_graph import Ids, Pointer, pointers_to, stored_of
from kartotek.engine.people_values import Personal
from kartotek.engine.recompute import recompute_some
from kartotek.model.record import Change, Record
from kartotek.rules.resettle import unjudged
from kartotek.rules.searched import record_terms
from kartotek.storage import belonging, forgetting, idempotency, kept
from kartotek.storage.catalogs import bump_security
from kartotek.storage.search_index import Entry
from kartotek.storage.search_indexes import search_index

# What a record needs that stays; its history is stripped, and all else that is told of it goes.
_OF_THE_LIVING = frozenset({
    "kartotek__history", "kartotek__timer", "kartotek__clock", "kartotek__occupancy", "kartotek__conflict", "kartotek__breach",
})  # fmt: skip
Touched = dict[str, dict[int, set[str]]]  # {type: {id: names of fields of which the past must not tell}}


class Scrubbing:
    """One run, in the transaction that is open. What it removes of files is nobody's afterwards, and nameless."""

    def __init__(self, writing: Writing, fates: Fates) -> None:
        self._writing, self._conn = writing, writing.conn
        self._compiled = writing.moment.compiled
        self._fates = fates
        self._personal = Personal(self._compiled.catalog.types)
        self._before: dict[tuple[str, int], Record] = {}
        self._fed: dict[str, set[tuple[Feed, int]]] = {}
        self._touched: Touched = {}

    def run(self) -> None:
        """Does all of it."""
        fates = self._fates
        self._load(fates.erased, "delete")
        self._load(fates.anonymised, "update")
        for name, ids in sorted(fates.erased.items()):
            self._let_go(name, ids)
        tables = forgetting.tables_about(self._conn)
        for name, ids in sorted(fates.anonymised.items()):
            self._empty_beside(name, ids)
            self._anonymise(self._compiled.type(name), ids)
            forgetting.forget_records(self._conn, [one for one in tables if one[0] not in _OF_THE_LIVING], name, ids)
        for name, ids in sorted(fates.erased.items()):
            self._erase(self._compiled.type(name), ids, tables)
        self._settle()
        self._forget_past()
        forgetting.forget_messages(self._conn, fates.erased)
        idempotency.blot_out(self._conn)
        if self._compiled.accounts.keys() & {*fates.erased, *fates.anonymised}:
            bump_security(self._conn)

    # --- before anything is gone

    def _load(self, found: Ids, action: Any) -> None:
        moment = self._writing.moment
        for name, ids in sorted(found.items()):
            compiled = self._compiled.type(name)
            for id, stored in stored_of(compiled, self._conn, ids, lock=True).items():
                record = self._before[name, id] = compiled.codec.record(stored)
                changed = frozenset(one.name for one in compiled.type.fields)
                change = Change(action=action, before=record, after=record, by=moment.actor.id, at=moment.now, changed=changed)
                for parent, each in fed_by(self._writing, change).items():
                    self._fed.setdefault(parent, set()).update(each)

    def _let_go(self, name: str, ids: Collection[int]) -> None:
        """Whatever points to records that are about to go points to nobody in particular, or nowhere."""
        known: set[tuple[str, str]] = set()
        nobody: list[int] = []
        for place in pointers_to(self._compiled, name):
            known.add((place.table, place.column))
            gone = self._fates.erased.get(place.type, frozenset())
            self._take_apart(place, gone)
            holders = belonging.pointing(self._conn, place.table, place.column, ids, id=place.parent)
            if holders:
                self._note(place, holders)
                self._point(place, ids, nobody, self._compiled.type(name))
        for table, column in belonging.pointing_places(self._conn, name):
            if (table, column) not in known and column != "parent_id":
                self._let_go_aside(table, column, ids)

    def _take_apart(self, place: Pointer, gone: Collection[int]) -> None:
        if place.part is not None:
            belonging.remove(self._conn, place.table, gone, id="parent_id")
        else:
            belonging.clear(self._conn, place.table, (place.column,), gone)

    def _point(self, place: Pointer, ids: Collection[int], nobody: list[int], target: CompiledType) -> None:
        reference = place.field.reference
        assert reference is not None
        if place.part is not None and (reference.on_delete == "cascade" or (place.part.target and reference.on_delete == "setNull")):
            belonging.remove(self._conn, place.table, ids, id=place.column)
            return
        self._clear_beside(place, ids)
        if reference.on_delete != "setNull" and not nobody:
            nobody.append(belonging.add_nobody(self._conn, target.layout))
        belonging.point_elsewhere(self._conn, (place.table, place.column), list(ids), nobody[0] if reference.on_delete != "setNull" else None)

    def _empty_beside(self, name: str, ids: Collection[int]) -> None:
        """What others have copied of records that stay as nobody's, and what is said of them beside a link."""
        for place in pointers_to(self._compiled, name):
            holders = belonging.pointing(self._conn, place.table, place.column, ids, id=place.parent)
            if holders and (place.part is not None or self._personal.copies(self._compiled.type(place.type).type, place.outer, place.field.name)):
                self._note(place, holders)
                self._clear_beside(place, ids)

    def _clear_beside(self, place: Pointer, ids: Collection[int]) -> None:
        """What is copied through the link; in a row of a sub-table that names somebody, all that is personal is hers."""
        declared = self._compiled.type(place.type).type
        columns = self._personal.copy_columns(declared, place.outer, place.field.name)
        if place.part is not None and not place.part.target:
            columns = self._personal.row_columns(declared, place.outer)
        belonging.clear(self._conn, place.table, columns, ids, id=place.column)

    def _let_go_aside(self, table: str, column: str, ids: Collection[int]) -> None:
        """What is out of service and only kept for a while: records go with all that is told of them, values are emptied."""
        if not table.startswith("zz_"):
            belonging.point_elsewhere(self._conn, (table, column), list(ids), None)
            return
        name = next((one.type for one in kept.everything(self._conn) if not one.path and any(each.now_table == table for each in one.places)), "")
        gone = belonging.pointing(self._conn, table, column, ids) if name else []
        for other, pointer in belonging.pointing_places(self._conn, table) if gone else ():
            if pointer != "parent_id":
                self._let_go_aside(other, pointer, gone)
        if gone:
            forgetting.forget_records(self._conn, forgetting.tables_about(self._conn), name, gone)
            forgetting.forget_files(self._conn, name, gone)
            forgetting.forget_messages(self._conn, {name: frozenset(gone)})
        belonging.remove(self._conn, table, ids, id=column)

    def _note(self, place: Pointer, holders: Iterable[int]) -> None:
        compiled = self._compiled.type(place.type)
        names = {place.outer or place.field.name}
        names |= self._personal.copies(compiled.type, place.outer, place.field.name)
        left = set(holders) - self._fates.erased.get(place.type, frozenset())
        for id in left:
            self._touched.setdefault(place.type, {}).setdefault(id, set()).update(names)
        new = [id for id in left if (place.type, id) not in self._before]
        for id, stored in stored_of(compiled, self._conn, new, lock=True).items():
            self._before[place.type, id] = compiled.codec.record(stored)

    # --- the records themselves

    def _anonymise(self, compiled: CompiledType, ids: Collection[int]) -> None:
        layout, name = compiled.layout, compiled.type.name
        columns = [*self._personal.columns(compiled), *forgetting.kept_columns(self._conn, layout.table)]
        belonging.clear(self._conn, layout.table, columns, ids)
        for part, inside in self._personal.parts(compiled):
            if inside is None:
                belonging.remove(self._conn, part.table, ids, id="parent_id")
            else:
                belonging.clear(self._conn, part.table, inside, ids, id="parent_id")
        for id in ids:
            self._touched.setdefault(name, {}).setdefault(id, set()).update(self._personal.names(compiled.type))
        forgetting.forget_files(self._conn, name, ids, sorted(self._personal.file_names(compiled.type)))
        forgetting.forget_kept(self._conn, name, ids)

    def _erase(self, compiled: CompiledType, ids: Collection[int], tables: list[tuple[str, str]]) -> None:
        name = compiled.type.name
        self._reindex(compiled, {id: self._before[name, id] for id in ids if (name, id) in self._before}, {})
        forgetting.forget_records(self._conn, tables, name, ids)
        forgetting.forget_files(self._conn, name, ids)
        forgetting.forget_kept(self._conn, name, ids)
        for part in (*compiled.layout.rows.values(), *compiled.layout.joins.values()):
            belonging.remove(self._conn, part.table, ids, id="parent_id")
        belonging.remove(self._conn, compiled.layout.table, ids)

    # --- what follows from it

    def _settle(self) -> None:
        """Derived values of what stays, of it and of what counts it; nobody's rules are asked, since nothing can be refused."""
        self._writing.setting.related.forget_all()
        for name, each in sorted(self._touched.items()):
            compiled = self._compiled.type(name)
            belonging.bump(self._conn, compiled.layout, each, self._writing.moment.now)
            derived = frozenset(one.name for one in compiled.type.fields if (one.is_derived or one.fields) and not one.is_live)
            recompute_some(self._writing, name, sorted(each), derived)
            after = {id: compiled.codec.record(one) for id, one in stored_of(compiled, self._conn, each).items()}
            self._reindex(compiled, {id: self._before[name, id] for id in each if (name, id) in self._before}, after)
        for parent, fed in sorted(self._fed.items()):
            gone = self._fates.erased.get(parent, frozenset())
            left = {(feed, id) for feed, id in fed if id not in gone}
            parents = {id: one for id, one in locked_parents(self._writing, parent, {id for _, id in left}).items()}
            left = {(feed, id) for feed, id in left if id in parents}
            follow(self._writing, roll_up(self._writing, parent, left, parents, depth=1, settle=unjudged))

    def _reindex(self, compiled: CompiledType, before: Mapping[int, Record], after: Mapping[int, Record]) -> None:
        if not compiled.searched:
            return
        entries = []
        for id, record in before.items():
            was = record_terms(compiled.searched, record.values)
            now = record_terms(compiled.searched, after[id].values) if id in after else []
            entries += [Entry(id, was, now)] if was != now else []
        if entries:
            search_index(self._conn.dialect).write(self._conn, compiled.layout, entries)

    def _forget_past(self) -> None:
        for name, each in sorted(self._touched.items()):
            whole = self._fates.anonymised.get(name, frozenset())
            open_names = self._personal.open_names(self._compiled.type(name).type)
            forgetting.rewrite_history(self._conn, name, whole, lambda side, names=open_names: _only(side, names))
            for id, hidden in each.items():
                if id not in whole:
                    forgetting.rewrite_history(self._conn, name, [id], lambda side, names=frozenset(hidden): _without(side, names))


def _only(side: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in side.items() if name in names}


def _without(side: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in side.items() if name not in names}
