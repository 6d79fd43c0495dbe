"""Indexing: the search index kept in step with every change, in the transaction that makes it; and begun anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.model.record import Change, Record
from kartotek.rules.searched import record_terms
from kartotek.storage import search_states
from kartotek.storage.connection import Connection
from kartotek.storage.search_indexes import search_index
from kartotek.storage.search_index import Entry
from kartotek.storage.search_states import COMPLETE, SearchState
from kartotek.storage.referring import ids_after


def index(writing: Writing, change: Change, after: Record) -> None:
    """Writes the tokens of what a change has done to a record, if it touched a field that is searched."""
    index_many(writing, writing.moment.compiled.type(after.type), [change], [after])


def index_many(
    writing: Writing, compiled: CompiledType, changes: Sequence[Change], records: Sequence[Record]
) -> None:
    """The same of changes of one type, `records` being what they led to, with their ids; one go for all of them."""
    if compiled.searched:
        entries = list(_entries(compiled, changes, records))
        if entries:
            search_index(writing.conn.dialect).write(writing.conn, compiled.layout, entries)


def _entries(compiled: CompiledType, changes: Sequence[Change], records: Sequence[Record]) -> Iterator[Entry]:
    for change, after in zip(changes, records, strict=True):
        if change.before is None:
            terms = record_terms(compiled.searched, after.values)
            if terms:
                yield Entry(after.id, (), terms)
        elif not compiled.searched_names.isdisjoint(change.changed):
            entry = _entry(compiled, after.id, change.before.values, after.values)
            if entry is not None:
                yield entry


def _entry(compiled: CompiledType, id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> Entry | None:
    was, now = (record_terms(compiled.searched, values) for values in (before, after))
    return Entry(id, was, now) if was != now else None


def arrange_indexes(conn: Connection, compiled: Compiled, again: frozenset[str] = frozenset()) -> None:
    """Begins the indexes of types that are searched in another way than before, and those of `again`; forgets the others.

    What is begun is complete where there are no records, else built in the background. Writes where something differs.
    """
    known = search_states.everyone(conn)
    wanted = {name: one for name, one in compiled.types.items() if one.searched}
    for name, one in sorted(wanted.items()):
        if name in again or name not in known or known[name].signature != one.signature:
            begin_index(conn, one)
    for name in sorted(known.keys() - wanted.keys()):
        search_states.forget(conn, name)


def begin_index(conn: Connection, compiled: CompiledType) -> None:
    """Makes the index of a type empty, to be built."""
    search_index(conn.dialect).create(conn, compiled.layout)
    through = 0 if ids_after(conn, compiled.layout, 0, 1) else COMPLETE
    search_states.save(conn, compiled.layout.table, SearchState(compiled.signature, through))


def differs(conn: Connection, compiled: Compiled) -> bool:
    """Whether an index is to be begun or forgotten. Does not write."""
    known = {name: one.signature for name, one in search_states.everyone(conn).items()}
    return known != {name: one.signature for name, one in compiled.types.items() if one.searched}
