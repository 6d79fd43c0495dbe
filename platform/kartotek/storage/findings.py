"""Findings: what the records of a type say to a change, counted where a statement can say it, else read page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.model.frozen import EMPTY
from kartotek.storage.connection import Connection
from kartotek.storage.decoding import Row, kept, values_reader
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT, JSON, Column, Layout, PartLayout
from kartotek.storage.parts import with_parts
from kartotek.storage.sealing import opened
from kartotek.storage.stored import Stored

_LIVE = '"deleted_at" IS NULL'


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition on records, `t` being their table, with its parameters."""

    sql: str
    params: tuple[Any, ...] = ()

    def negated(self) -> Asked:
        """The opposite; of what is unknown too."""
        return Asked(f"({self.sql}) IS NOT TRUE", self.params)


def count(conn: Connection, layout: Layout, asked: Asked | None = None, *, live: bool = False) -> int:
    """How many records there are, or are so."""
    where, params = _where(asked, live)
    row = conn.row(f"SELECT COUNT(*) FROM {quote(layout.table)} t{where}", params)
    return int(row[0]) if row else 0


def first(conn: Connection, layout: Layout, asked: Asked, limit: int, *, live: bool = False) -> list[int]:
    """The ids of the first of them."""
    where, params = _where(asked, live)
    sql = f'SELECT t."id" FROM {quote(layout.table)} t{where} ORDER BY t."id" LIMIT ?'
    return [int(row[0]) for row in conn.rows(sql, (*params, limit))]


def page(
    conn: Connection, layout: Layout, names: Collection[str], *, after: int, limit: int
) -> list[Stored]:
    """The next records, deleted ones too, with the values of these fields alone, and all of the rest."""
    shape = (conn.dialect.name, "page", frozenset(names))
    text, read = kept(layout, shape, lambda: _pages(conn, layout, names))
    found = list(opened(conn, layout, [read(row) for row in conn.rows(text, (after, limit))]))
    parts = [name for name in names if name in layout.rows or name in layout.joins]
    return with_parts(conn, layout, found, parts) if parts else found


def having(conn: Connection, layout: Layout, path: Sequence[str]) -> Asked:
    """That a record has a value, which is not null, in a field; of a field within a sub-table in one of its rows."""
    part = layout.rows.get(path[0]) or layout.joins.get(path[0])
    within = _in_rest(conn, 't."rest"', path if part is None else path[:1])
    if part is None:
        return _any(*(Asked(f"t.{quote(one.name)} IS NOT NULL") for one in _below(layout.columns, path)), within)
    inside = _in_part(conn, part, path[1:])
    alone = [Asked(f'EXISTS (SELECT 1 FROM {quote(part.table)} p WHERE p."parent_id" = t."id"{inside.sql})', inside.params)]
    return _any(*alone, *([within] if len(path) == 1 else []))


def lacking(conn: Connection, layout: Layout, name: str, *, null: bool) -> Asked:
    """That a record has nothing in a field of its own; with `null` a null is something."""
    there = having(conn, layout, (name,))
    return (_any(there, _key(conn, 't."rest"', name)) if null else there).negated()


def using(conn: Connection, column: Column, values: Collection[Any], part: PartLayout | None = None) -> Asked:
    """That a column holds one of the values; with `part` in one of its rows."""
    if column.spec.type == "sealed":  # which of them nobody can ask, so all count
        return Asked(f"t.{quote(column.name)} IS NOT NULL")
    held = tuple(conn.dialect.encode(column.spec, value) for value in values)
    among = f"{quote(column.name)} IN ({', '.join('?' * len(held))})"
    if part is None:
        return Asked(f"t.{among}", held)
    return Asked(f'EXISTS (SELECT 1 FROM {quote(part.table)} p WHERE p."parent_id" = t."id" AND p.{among})', held)


def repeated(conn: Connection, layout: Layout, columns: Sequence[str], limit: int) -> tuple[int, list[int]]:
    """How many live records share their values of these columns with another, and the ids of some, those alike together."""
    listed, there = ", ".join(map(quote, columns)), " AND ".join(f"{quote(one)} IS NOT NULL" for one in columns)
    groups = f"FROM {quote(layout.table)} WHERE {_LIVE} AND {there} GROUP BY {listed} HAVING COUNT(*) > 1"
    row = conn.row(f'SELECT COALESCE(SUM(n), 0) FROM (SELECT COUNT(*) AS n {groups}) d')
    alike = " AND ".join(f"t.{quote(one)} = d.{quote(one)}" for one in columns)
    order = ", ".join(f"t.{quote(one)}" for one in columns)
    sql = (
        f'SELECT t."id" FROM {quote(layout.table)} t JOIN (SELECT {listed} {groups} ORDER BY {listed} LIMIT ?) d ON {alike} '
        f'WHERE t.{_LIVE} ORDER BY {order}, t."id" LIMIT ?'
    )
    total = int(row[0]) if row else 0
    return total, [int(one[0]) for one in conn.rows(sql, (limit, limit))] if total else []


def _where(asked: Asked | None, live: bool) -> tuple[str, tuple[Any, ...]]:
    conditions = [f"t.{_LIVE}"] if live else []
    conditions += [f"({asked.sql})"] if asked is not None else []
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", asked.params if asked is not None else ()


def _any(*several: Asked) -> Asked:
    return Asked(" OR ".join(f"({one.sql})" for one in several), tuple(param for one in several for param in one.params))


def _below(columns: Sequence[Column], path: Sequence[str]) -> list[Column]:
    return [one for one in columns if one.path[: len(path)] == tuple(path)]


def _in_part(conn: Connection, part: PartLayout, path: Sequence[str]) -> Asked:
    if not path:
        return Asked("")
    columns = [Asked(f"p.{quote(one.name)} IS NOT NULL") for one in _below(part.columns, path)]
    found = _any(*columns, _in_rest(conn, 'p."rest"', path))
    return Asked(f" AND ({found.sql})", found.params)


def _in_rest(conn: Connection, rest: str, path: Sequence[str]) -> Asked:
    """That something which is not null stands in the rest under these names."""
    if conn.dialect.name == "postgresql":
        return Asked(f"COALESCE(jsonb_typeof({rest}::jsonb #> ?::text[]), 'null') <> 'null'", (list(path),))
    if len(path) == 1:
        return Asked(f"EXISTS (SELECT 1 FROM json_each({rest}) a WHERE a.key = ? AND a.type <> 'null')", tuple(path))
    inside = "CASE a.type WHEN 'object' THEN a.value ELSE '{}' END"
    sql = f"EXISTS (SELECT 1 FROM json_each({rest}) a, json_each({inside}) b WHERE a.key = ? AND b.key = ? AND b.type <> 'null')"
    return Asked(sql, tuple(path[:2]))


def _key(conn: Connection, rest: str, name: str) -> Asked:
    if conn.dialect.name == "postgresql":
        return Asked(f"jsonb_exists({rest}::jsonb, ?)", (name,))
    return Asked(f"EXISTS (SELECT 1 FROM json_each({rest}) a WHERE a.key = ?)", (name,))


def _pages(conn: Connection, layout: Layout, names: Collection[str]) -> tuple[str, Callable[[Row], Stored]]:
    columns = [one for one in layout.columns if one.path[0] in names]
    listed = ", ".join(quote(name) for name in ("id", "deleted_at", "rest", *(one.name for one in columns)))
    text = f'SELECT {listed} FROM {quote(layout.table)} WHERE "id" > ? ORDER BY "id" LIMIT ?'
    values, instant, rest_of = values_reader(conn.dialect, columns), conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)

    def read(row: Row) -> Stored:
        deleted, rest = row[1], row[2]
        return Stored(
            id=row[0], deleted_at=None if deleted is None else instant(deleted),
            rest=EMPTY if rest is None else rest_of(rest), columns=values(row[3:]),
        )

    return text, read
