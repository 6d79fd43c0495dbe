"""Reached: the related records that formulas walk to, fetched one query per hop, on demand for what was not foreseen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING
from kartotek.model.record import Record, Row
from kartotek.storage.records import inverse, load_many

# {"person": {"phone": {}}, "lines": {"*": {"item": {"price": {}}}}}
Trie = dict[str, "Trie"]
Sees = Callable[[Record], bool]
Lives = Callable[[Record], Record]


class Reached:
    """Related records within one connection; what is found is kept for as long as this object lives.

    `sees` says whether whoever acts may know of a record, `lives` puts a record's live values in.

    With `lock` they cannot be deleted before the transaction ends. Records that rollups may change are locked for that
    at once: two transactions that both shared one could else wait for each other for ever.
    """

    def __init__(self, conn: Any, compiled: Compiled, sees: Sees, lives: Lives, *, lock: bool = False) -> None:
        self._conn = conn
        self._compiled = compiled
        self._lives = lives
        self._sees = sees
        self._lock = lock
        self._records: dict[tuple[str, int], Record | None] = {}
        self._lists: dict[tuple[str, str, int], tuple[Record, ...]] = {}
        self._all: list[Reached] = [self]

    def one(self, record_type: str, id: int | None) -> Record | None:
        """The record, deleted or not; None where there is none."""
        if id is None:
            return None
        if (record_type, id) not in self._records:
            self.fetch(record_type, [id])
        return self._records[record_type, id]

    def many(self, record_type: str, relation: str, id: int) -> Sequence[Record]:
        """The live records of an inverse list, in the order of their ids."""
        if (record_type, relation, id) not in self._lists:
            self._fetch_lists(record_type, relation, [id])
        return self._lists[record_type, relation, id]

    def chosen(self, record_type: str, id: int) -> Record | None:
        """The record if it can be referred to: it exists and is not deleted."""
        found = self.one(record_type, id)
        return found if found is not None and found.deleted_at is None else None

    def choosable(self, record_type: str, id: int) -> Record | None:
        """The record if it can be referred to and whoever chooses can see it."""
        found = self.chosen(record_type, id)
        return found if found is not None and self._sees(found) else None

    def fetch(self, record_type: str, ids: Iterable[int]) -> None:
        """Loads those of the records that are not known yet, in one query."""
        wanted = sorted({id for id in ids if isinstance(id, int) and (record_type, id) not in self._records})
        if not wanted:
            return
        compiled = self._compiled.type(record_type)
        fed = record_type in self._compiled.fed
        found = load_many(
            self._conn, compiled.layout, wanted,
            lock=self._lock and fed, share=self._lock, parts=record_type in self._compiled.reached_parts,
        )
        for id in wanted:
            stored = found.get(id)
            self._records[record_type, id] = None if stored is None else self._known(compiled, compiled.codec.record(stored))

    def beside(self, sees: Sees, lives: Lives) -> Reached:
        """The same for another actor in the same transaction: what one of them writes, all let go of."""
        other = Reached(self._conn, self._compiled, sees, lives, lock=self._lock)
        other._all = self._all
        self._all.append(other)
        return other

    def forget(self, record_type: str, id: int) -> None:
        """Lets go of a record that was written, and of the lists it may stand in."""
        for one in self._all:
            one._records.pop((record_type, id), None)
            one._lists.clear()

    def forget_all(self) -> None:
        """Lets go of everything, because what was written has been undone."""
        for one in self._all:
            one._records.clear()
            one._lists.clear()

    def prefetch(self, record_type: str, records: Sequence[Record], paths: Iterable[Sequence[str]]) -> None:
        """Loads all that the paths reach from these records, hop by hop: ("person", "phone"), ("lines", "*", "item", "price")."""
        trie: Trie = {}
        for path in paths:
            _add(trie, path)
        self._walk(self._compiled.type(record_type), records, trie)

    def _walk(self, compiled: CompiledType, records: Sequence[Record], trie: Trie) -> None:
        if not records or not trie:
            return
        self._walk_fields(compiled.type.by_name, [one.values for one in records], trie)
        for name, below in trie.items():
            if name in compiled.type.inverses:
                self._fetch_lists(compiled.type.name, name, [one.id for one in records])
                children = [each for one in records for each in self._lists[compiled.type.name, name, one.id]]
                self._walk(self._compiled.type(compiled.type.inverses[name].type), children, below.get("*", {}))

    def _walk_fields(self, fields: Mapping[str, Field], values: Sequence[Mapping[str, Any]], trie: Trie) -> None:
        for name, below in trie.items():
            field = fields.get(name)
            if field is None or not below:
                continue
            present = [each[name] for each in values if each.get(name, MISSING) not in (MISSING, None)]
            if field.kind == "rows":
                rows = [row.values for each in present for row in each]
                self._walk_fields({one.name: one for one in field.fields}, rows, below.get("*", {}))
            elif field.reference is not None:
                self._walk_reference(field, present, below.get("*", {}) if field.kind == "references" else below)

    def _walk_reference(self, field: Field, present: Sequence[Any], below: Trie) -> None:
        assert field.reference is not None
        ids = [id for each in present for id in (each if isinstance(each, tuple) else (each,))]
        self.fetch(field.reference.target, ids)
        reached = {id: self._records[field.reference.target, id] for id in ids}
        found = [one for one in reached.values() if one is not None]
        self._walk(self._compiled.type(field.reference.target), found, below)

    def _fetch_lists(self, record_type: str, relation: str, ids: Sequence[int]) -> None:
        wanted = sorted({id for id in ids if (record_type, relation, id) not in self._lists})
        if not wanted:
            return
        link = self._compiled.type(record_type).type.inverses[relation]
        child = self._compiled.type(link.type)
        column = child.type.by_name[link.field].column
        found = inverse(self._conn, child.layout, column, wanted)
        for id in wanted:
            records = (self._known(child, child.codec.record(stored)) for stored in found.get(id, ()))
            self._lists[record_type, relation, id] = tuple(records)

    def _known(self, compiled: CompiledType, record: Record) -> Record:
        if compiled.type.foreign:
            return compiled.codec.typed(record)
        return self._lives(record) if compiled.has_live else record


def _add(trie: Trie, path: Sequence[str]) -> None:
    for name in path:
        trie = trie.setdefault(name, {})


def record_paths(formulas: Iterable[Formula]) -> set[tuple[str, ...]]:
    """What the formulas read of `record` and `old`, as paths from there."""
    return {path[1:] for formula in formulas for path in formula.paths if path[0] in ("record", "old") and len(path) > 1}


def row_paths(rows: Field) -> set[tuple[str, ...]]:
    """What the formulas inside a sub-table and its copies read of each row, as paths from the record."""
    found: set[tuple[str, ...]] = set()
    for inner in rows.fields:
        if inner.fetch_from is not None:
            found.add((rows.name, "*", *inner.fetch_from))
        for formula in (inner.compute, inner.default_expr, inner.show_if, inner.required_if, inner.read_only_if):
            if formula is not None:
                found |= {(rows.name, "*", *path[1:]) for path in formula.paths if path[0] == "row"}
    return found
