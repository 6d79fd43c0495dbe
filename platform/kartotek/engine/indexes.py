"""Indexes: the search indexes of a site, built in the background or by command, and compared with the records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kartotek.engine.compiled import CompiledType
from kartotek.engine.indexing import arrange_indexes, begin_index, differs
from kartotek.engine.open_writing import Writing
from kartotek.engine.transactions import Transactions
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.rules.pinyin import readings
from kartotek.rules.searched import record_terms
from kartotek.storage import search_states
from kartotek.storage.connection import Connection
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.search_indexes import search_index
from kartotek.storage.search_index import Entry, table_of
from kartotek.storage.search_states import COMPLETE, SearchState

ACTOR = Actor.system("search")
_BATCH = 500  # records in one transaction: nobody who writes waits longer than these take
_CHECKED = 100_000


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many records of a type were compared with its index, and the ids of those it has wrong; `complete` once it is built."""

    type: str
    complete: bool
    records: int
    wrong: tuple[int, ...]


class Indexes:
    """Safe to share by threads and to run in several processes: what one has built, another goes on from."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def arrange(self) -> None:
        """Sees to it at the start that every searched type has an index, if an empty one, made as this version makes them."""
        compiled = self._transactions.catalogs.current()
        if not compiled.catalog.version:
            return
        with self._transactions.reading() as conn:
            if not differs(conn, compiled):
                return
        with self._transactions.writing() as conn:
            arrange_indexes(conn, compiled)
            index = search_index(conn.dialect)
            for table in sorted(index.tables(conn) - {table_of(one.layout.table) for one in _searched(compiled.types.values())}):
                index.drop(conn, table)

    def warm(self) -> None:
        """Reads the table of syllables, so that processes which are forked after it share its memory."""
        readings("一")

    def build(self) -> int:
        """Puts some records into an index that is not complete; how many, 0 when all are. Raises Busy."""
        with self._transactions.reading() as conn:
            waiting = [name for name, one in search_states.everyone(conn).items() if not one.is_complete]
        return next((done for name in sorted(waiting) if (done := self._build(name))), 0)

    def rebuild(self, record_type: str, told: Callable[[int], None]) -> None:
        """Makes the index of a type anew; `told` how many records are in it, again and again. Raises NotFound, Busy."""
        self._transactions.transact(ACTOR, lambda moment: lambda writing: begin_index(writing.conn, _of(writing, record_type)))
        total = 0
        while done := self._build(record_type):
            total += done
            told(total)

    def compare(self, record_type: str) -> Comparison:
        """Reads the whole index and all records of a type. Raises NotFound."""
        with self._transactions.at(ACTOR) as (moment, conn):
            compiled = moment.compiled.type(record_type)
            if not compiled.searched:
                raise NotFound("This type is not searched.")
            state = search_states.find(conn, record_type)
            complete = state is not None and state.is_complete and state.signature == compiled.signature
            records = 0
            wrong: list[int] = []
            for ids, found in _expected(conn, compiled):
                records += len(found)
                kept = search_index(conn.dialect).tokens(conn, compiled.layout, ids) if state is not None else {}
                wrong += sorted(id for id in found.keys() | kept.keys() if kept.get(id, set()) != found.get(id, set()))
        return Comparison(record_type, complete, records, tuple(wrong))

    def names(self) -> list[str]:
        """The types that are searched."""
        return sorted(one.type.name for one in _searched(self._transactions.catalogs.current().types.values()))

    def _build(self, record_type: str) -> int:
        return self._transactions.transact(ACTOR, lambda moment: lambda writing: _batch(writing, record_type))


def _batch(writing: Writing, record_type: str) -> int:
    """The next records; an index that was meanwhile begun anew under another catalog is left to those who know it."""
    conn = writing.conn
    compiled = writing.moment.compiled.types.get(record_type)
    state = search_states.find(conn, record_type, lock=True)
    if compiled is None or state is None or state.is_complete or state.signature != compiled.signature:
        return 0
    ids = ids_after(conn, compiled.layout, state.through, _BATCH)
    stored = load_many(conn, compiled.layout, ids, lock=True)
    # First, because what lies behind is nobody else's to write.
    search_states.save(conn, record_type, SearchState(state.signature, ids[-1] if len(ids) == _BATCH else COMPLETE))
    entries = [Entry(id, (), record_terms(compiled.searched, compiled.codec.record(one).values)) for id, one in stored.items()]
    search_index(conn.dialect).write(conn, compiled.layout, [one for one in entries if one.after])
    return len(ids)


def _expected(conn: Connection, compiled: CompiledType) -> Iterator[tuple[tuple[int, int], dict[int, set[str]]]]:
    """((first id, last id), {id: tokens it should have}), so many at a time."""
    last, more = 0, True
    while more:
        found: dict[int, set[str]] = {}
        first = last + 1
        while more and len(found) < _CHECKED:
            ids = ids_after(conn, compiled.layout, last, _BATCH)
            more = len(ids) == _BATCH
            for id, one in load_many(conn, compiled.layout, ids).items():
                found[id] = set(record_terms(compiled.searched, compiled.codec.record(one).values))
            last = ids[-1] if ids else last
        yield (first, last if more else COMPLETE), found


def _searched(types: Iterable[CompiledType]) -> list[CompiledType]:
    return [one for one in types if one.searched]


def _of(writing: Writing, record_type: str) -> CompiledType:
    compiled = writing.moment.compiled.type(record_type)
    if not compiled.searched:
        raise NotFound("This type is not searched.")
    return compiled
