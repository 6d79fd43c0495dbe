"""Search hits: which records match, best first, a page at a time; and the conditions that a match is in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.model.matching import Every, Wanted
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.search_checks import NOTHING, checks
from kartotek.storage.search_index import SearchIndex
from kartotek.storage.search_indexes import search_index
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText, bind

Place = tuple[int, int]  # how well a record matches, 0 for exactly, and its id


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
    text = index.text(Every(wanted.every)) if wanted is not None else None
    if wanted is None or text is None:
        return (NOTHING,)
    return (index.condition(layout, text), *checks(conn, layout, wanted))


def _tiers(index: SearchIndex, wanted: Wanted) -> tuple[str | None, ...]:
    every, exact, starts = (index.text(one) for one in (Every(wanted.every), wanted.exact, wanted.starts))
    if every is None:
        return ()
    better = [one for one in (exact, starts) if one is not None]
    return (
        index.text(Every((*wanted.every, wanted.exact))),
        index.without(f"{index.text(Every((*wanted.every, wanted.starts)))}", better[:-1]) if starts else None,
        index.without(every, better),
    )


def _ids(
    conn: Connection, asked: Hits, text: str, *, env: Mapping[str, Any], before: int | None, limit: int
) -> list[int]:
    source = search_index(conn.dialect).source(asked.layout, text)
    conditions = [source.condition, *checks(conn, asked.layout, asked.wanted), *asked.where]
    if before is not None:
        conditions.append(SqlText(f"{source.id} < ?", (before,)))
    live = f'{ALIAS}."deleted_at" IS {"NOT NULL" if asked.deleted else "NULL"}'
    where = " AND ".join([*(f"({one.text})" for one in conditions), live])
    sql = f"SELECT {source.id} FROM {source.tables} WHERE {where} ORDER BY {source.id} DESC LIMIT ?"
    params = [param for one in conditions for param in bind(one.params, env)]
    return [int(row[0]) for row in conn.rows(sql, [*params, limit])]


