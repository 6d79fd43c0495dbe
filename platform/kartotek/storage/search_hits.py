"""Search hits: which records match, best first, a page at a time; and the conditions that a match is in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kartotek.model.matching import Every, Inside, Wanted
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import Dialect, quote
from kartotek.storage.layout import Column, Layout
from kartotek.storage.search_index import SearchIndex
from kartotek.storage.search_postgresql import PostgresqlSearch
from kartotek.storage.search_sqlite import SqliteSearch
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText, bind

Place = tuple[int, int]  # how well a record matches, 0 for exactly, and its id
NOTHING = SqlText("1 = 0")
_INDEXES: Mapping[str, SearchIndex] = MappingProxyType({"sqlite": SqliteSearch(), "postgresql": PostgresqlSearch()})


def search_index(dialect: Dialect) -> SearchIndex:
    """The implementation for a database."""
    return _INDEXES[dialect.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What is looked for among the live records, or with `deleted` the others, that meet `where`."""

    layout: Layout
    wanted: Wanted
    where: tuple[SqlText, ...] = ()
    deleted: bool = False


def hits(conn: Connection, asked: Hits, env: Mapping[str, Any], *, after: Place | None, limit: int) -> list[Place]:
    """The next places behind `after`: exact matches, those that begin alike, the others; of equal ones the newest first."""
    found: list[Place] = []
    for tier, text in enumerate(_tiers(search_index(conn.dialect), asked.wanted)):
        if text is None or (after is not None and tier < after[0]) or len(found) >= limit:
            continue
        before = after[1] if after is not None and tier == after[0] else None
        ids = _ids(conn, asked, text, env=env, before=before, limit=limit - len(found))
        found += [(tier, id) for id in ids]
    return found


def matches(conn: Connection, layout: Layout, wanted: Wanted | None) -> tuple[SqlText, ...]:
    """The conditions that hold for the records that match, in whatever order they are asked for."""
    index = search_index(conn.dialect)
    text = index.text(wanted.every) if wanted is not None else None
    if wanted is None or text is None:
        return (NOTHING,)
    return (index.condition(layout, text), *_inside(conn, layout, wanted.inside))


def _tiers(index: SearchIndex, wanted: Wanted) -> tuple[str | None, ...]:
    every, exact, starts = wanted.every, wanted.exact, wanted.starts
    texts = [index.text(one) for one in (Every((every, exact)), Every((every, starts)), every)]
    if texts[2] is None:
        return ()
    return tuple(
        None if text is None else index.without(text, [one for one in texts[:tier] if one is not None])
        for tier, text in enumerate(texts)
    )


def _ids(
    conn: Connection, asked: Hits, text: str, *, env: Mapping[str, Any], before: int | None, limit: int
) -> list[int]:
    source = search_index(conn.dialect).source(asked.layout, text)
    conditions = [source.condition, *_inside(conn, asked.layout, asked.wanted.inside), *asked.where]
    if before is not None:
        conditions.append(SqlText(f"{source.id} < ?", (before,)))
    live = f'{ALIAS}."deleted_at" IS {"NOT NULL" if asked.deleted else "NULL"}'
    where = " AND ".join([*(f"({one.text})" for one in conditions), live])
    sql = f"SELECT {source.id} FROM {source.tables} WHERE {where} ORDER BY {source.id} DESC LIMIT ?"
    params = [param for one in conditions for param in bind(one.params, env)]
    return [int(row[0]) for row in conn.rows(sql, [*params, limit])]


def _inside(conn: Connection, layout: Layout, wanted: Sequence[Inside]) -> list[SqlText]:
    columns = {one.path[0]: one for one in layout.columns if len(one.path) == 1}
    found = []
    for one in wanted:
        ways = [_holds(conn, columns[name], one.text) for name in one.fields if name in columns]
        ways += [_among(conn.dialect, columns[name], values) for name, values in one.values.items() if values and name in columns]
        text = " OR ".join(f"({way.text})" for way in ways) or NOTHING.text
        found.append(SqlText(text, tuple(param for way in ways for param in way.params)))
    return found


def _holds(conn: Connection, column: Column, text: str) -> SqlText:
    folded = search_index(conn.dialect).plain(f"{ALIAS}.{quote(column.name)}")
    return SqlText(f"{folded} LIKE ?", (f"%{text}%",))  # of a script without spaces, so no sign of LIKE's is in it


def _among(dialect: Dialect, column: Column, values: Sequence[Any]) -> SqlText:
    params = tuple(dialect.encode(column.spec, one) for one in values)
    return SqlText(f"{ALIAS}.{quote(column.name)} IN ({', '.join('?' * len(params))})", params)
