"""Parts: sub-tables and joins of records, read by one query for a page and written where they changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.decoding import kept, row_reader
from kartotek.storage.dialect import Dialect, quote
from kartotek.storage.encoding import rest_value, same, values_writer
from kartotek.storage.layout import Layout, PartLayout
from kartotek.storage.stored import Stored, StoredRow


def with_parts(
    conn: Connection, layout: Layout, found: Sequence[Stored], fields: Collection[str] | None = None
) -> list[Stored]:
    """The records with their sub-tables and joins, or with those of `fields`; one query for each."""
    if not found or not (layout.rows or layout.joins):
        return list(found)
    ids = [one.id for one in found]
    wanted = {*layout.rows, *layout.joins} if fields is None else set(fields)
    rows = {name: _rows_of(conn, part, ids) for name, part in layout.rows.items() if name in wanted}
    links = {name: _links_of(conn, part, ids) for name, part in layout.joins.items() if name in wanted}
    return [
        replace(
            one,
            rows={name: tuple(by_id[one.id]) for name, by_id in rows.items() if one.id in by_id},
            links={name: tuple(by_id[one.id]) for name, by_id in links.items() if one.id in by_id},
        )
        for one in found
    ]


def insert_parts(conn: Connection, layout: Layout, stored: Iterable[Stored]) -> None:
    """Writes the sub-tables and joins of new records, all of a table in one go."""
    everyone = list(stored)
    for name, part in layout.rows.items():
        write = _row_writer(conn.dialect, part)
        rows = [(one.id, at, row) for one in everyone for at, row in enumerate(one.rows.get(name, ()))]
        _insert(conn, part, [write(*row) for row in rows])
    for name, part in layout.joins.items():
        links = [(one.id, at, target) for one in everyone for at, target in enumerate(one.links.get(name, ()))]
        _insert(conn, part, links)


def update_parts(conn: Connection, layout: Layout, before: Stored, after: Stored) -> None:
    """Writes what differs: rows of a sub-table are the same by their id, a join is written anew."""
    for name, part in layout.rows.items():
        if after.rows.get(name) is not before.rows.get(name):
            _update_rows(conn, part, after.id, (before.rows.get(name, ()), after.rows.get(name, ())))
    for name, part in layout.joins.items():
        if before.links.get(name, ()) != after.links.get(name, ()):
            conn.run(f'DELETE FROM {quote(part.table)} WHERE "parent_id" = ?', (after.id,))
            _insert(conn, part, [(after.id, at, target) for at, target in enumerate(after.links.get(name, ()))])


def _update_rows(
    conn: Connection, part: PartLayout, parent: int, rows: tuple[tuple[StoredRow, ...], tuple[StoredRow, ...]]
) -> None:
    before, after = rows
    known = {row.id: (at, row) for at, row in enumerate(before) if row.id is not None}
    gone = known.keys() - {row.id for row in after}
    if gone:
        conn.run(
            f'DELETE FROM {quote(part.table)} WHERE "parent_id" = ? AND {conn.dialect.among(quote("id"))}',
            (parent, conn.dialect.ids(sorted(gone))),
        )
    write = _row_writer(conn.dialect, part)
    changed = [(at, row) for at, row in enumerate(after) if row.id in known and not _stands(known[row.id], at, row)]
    if changed:
        names = ("parent_id", "position", "rest", *(one.name for one in part.columns))
        settings = ", ".join(f"{quote(name)} = ?" for name in names)
        conn.run_many(
            f'UPDATE {quote(part.table)} SET {settings} WHERE "id" = ?',
            [(*write(parent, at, row), row.id) for at, row in changed],
        )
    _insert(conn, part, [write(parent, at, row) for at, row in enumerate(after) if row.id not in known])


def _stands(known: tuple[int, StoredRow], at: int, row: StoredRow) -> bool:
    place, before = known
    return place == at and same(before.columns, row.columns) and same(before.rest, row.rest)


def _insert(conn: Connection, part: PartLayout, rows: list[Any]) -> None:
    if not rows:
        return
    fields = ("target_id",) if part.target else ("rest", *(one.name for one in part.columns))
    names = ("parent_id", "position", *fields)
    listed, marks = ", ".join(quote(name) for name in names), ", ".join("?" * len(names))
    conn.run_many(f"INSERT INTO {quote(part.table)} ({listed}) VALUES ({marks})", rows)


def _row_writer(dialect: Dialect, part: PartLayout) -> Any:
    def make() -> Any:
        values = values_writer(dialect, part.columns)
        return lambda parent, at, row: (parent, at, rest_value(dialect, row.rest), *values(row.columns))

    return kept(part, (dialect.name, "write"), make)


def _rows_of(conn: Connection, part: PartLayout, ids: list[int]) -> Mapping[int, list[StoredRow]]:
    read = kept(part, (conn.dialect.name, "read"), lambda: row_reader(conn.dialect, part))
    names = ", ".join(quote(name) for name in ("id", "rest", *(one.name for one in part.columns)))
    found: dict[int, list[StoredRow]] = {}
    for row in _of_parents(conn, part, names, ids):
        found.setdefault(row[0], []).append(read(row[1:]))
    return found


def _links_of(conn: Connection, part: PartLayout, ids: list[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for parent, target in _of_parents(conn, part, quote("target_id"), ids):
        found.setdefault(parent, []).append(target)
    return found


def _of_parents(conn: Connection, part: PartLayout, names: str, ids: list[int]) -> list[tuple[Any, ...]]:
    alone = len(ids) == 1  # the common case: SQLite takes a fifth of the time to compare with one value
    condition = '"parent_id" = ?' if alone else conn.dialect.among(quote("parent_id"))
    sql = f'SELECT "parent_id", {names} FROM {quote(part.table)} WHERE {condition} ORDER BY "parent_id", "position"'
    return conn.rows(sql, ids if alone else (conn.dialect.ids(ids),))
