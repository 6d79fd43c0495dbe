"""Select: a page of records under conditions, sorted, continued by key; and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.decoding import WIDTH, Row, kept, reader, select_list
from kartotek.storage.dialect import quote
from kartotek.storage.sql_text import SqlText, bind
from kartotek.storage.layout import Column, Layout
from kartotek.storage.parts import with_parts
from kartotek.storage.stored import Stored

ALIAS = "record"  # the name of the selected table in every SqlText of a Selection


@dataclass(frozen=True, slots=True)
class SortKey:
    """An expression to sort by; NULLs come last in both directions."""

    sql: SqlText
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`columns` are names of columns beside the system's; all of `where` must hold; `extras` are computed for each row.

    `after` is `Found.keys` of the last record already seen; `parts` names the fields whose rows or links are wanted.
    `deleted` selects the deleted records alone instead of the live ones.
    """

    layout: Layout
    columns: tuple[str, ...] = ()
    where: tuple[SqlText, ...] = ()
    sort: tuple[SortKey, ...] = ()
    after: tuple[Any, ...] | None = None
    limit: int = 50
    deleted: bool = False
    extras: tuple[SqlText, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """`extras` are raw values of the driver; `keys`, fit for JSON, are the place of this record in the order."""

    stored: Stored
    extras: tuple[Any, ...]
    keys: tuple[Any, ...]


def select(conn: Connection, selection: Selection, env: Mapping[str, Any]) -> list[Found]:
    """At most `limit` records in order; one query, and one for each of the parts that are wanted."""
    layout, after = selection.layout, selection.after
    nulls = None if after is None else tuple(value is None for value in after[:-1])
    shape = (conn.dialect.name, "select", *_shape(selection), selection.columns, nulls)
    text = kept(layout, shape, lambda: _select_text(selection, nulls))
    rows = conn.rows(text, list(_params(selection, nulls, env)))
    return _found(conn, selection, rows)


def count(conn: Connection, selection: Selection, env: Mapping[str, Any]) -> int:
    """How many records there are under the conditions, whatever the page."""
    text = f"SELECT count(*) FROM {quote(selection.layout.table)} {ALIAS} WHERE {_conditions(selection)}"
    row = conn.row(text, [param for sql in selection.where for param in bind(sql.params, env)])
    return int(row[0]) if row else 0


def _shape(selection: Selection) -> tuple[Any, ...]:
    return (
        tuple(sql.text for sql in selection.where), tuple((key.sql.text, key.descending) for key in selection.sort),
        tuple(sql.text for sql in selection.extras), selection.deleted,
    )


def _select_text(selection: Selection, nulls: tuple[bool, ...] | None) -> str:
    keys = [f"({key.sql.text})" for key in selection.sort]
    listed = [select_list(_columns(selection), ALIAS), *keys, *(f"({sql.text})" for sql in selection.extras)]
    where = _conditions(selection)
    if nulls is not None:
        where += f" AND ({_after_text(selection.sort, nulls)})"
    # The keys stand in the select list too; ordering by their place there spares the database a second evaluation.
    first = WIDTH + len(selection.columns) + 1
    order = [f"{first + at}{' DESC' if key.descending else ''} NULLS LAST" for at, key in enumerate(selection.sort)]
    order.append(f'{ALIAS}."id"')
    table = quote(selection.layout.table)
    return f"SELECT {', '.join(listed)} FROM {table} {ALIAS} WHERE {where} ORDER BY {', '.join(order)} LIMIT ?"


def _conditions(selection: Selection) -> str:
    live = f'{ALIAS}."deleted_at" IS {"NOT NULL" if selection.deleted else "NULL"}'
    return " AND ".join([live, *(f"({sql.text})" for sql in selection.where)])


def _after_text(sort: Sequence[SortKey], nulls: tuple[bool, ...]) -> str:
    """What comes later: greater in one key, equal in those before it. After NULL comes only a greater id."""
    ways: list[str] = []
    equal: list[str] = []
    for key, null in zip(sort, nulls, strict=True):
        text = f"({key.sql.text})"
        if not null:
            later = f"{text} {'<' if key.descending else '>'} ? OR {text} IS NULL"
            ways.append(" AND ".join([*equal, f"({later})"]))
        equal.append(f"{text} IS NULL" if null else f"{text} = ?")
    ways.append(" AND ".join([*equal, f'{ALIAS}."id" > ?']))
    return " OR ".join(f"({way})" for way in ways)


def _params(selection: Selection, nulls: tuple[bool, ...] | None, env: Mapping[str, Any]) -> Iterator[Any]:
    """The parameters in the order of the placeholders of `_select_text`."""
    keys = [bind(key.sql.params, env) for key in selection.sort]
    for params in keys:
        yield from params
    for sql in (*selection.extras, *selection.where):
        yield from bind(sql.params, env)
    if nulls is not None:
        yield from _after_params(keys, selection.after or (), nulls)
    yield selection.limit


def _after_params(keys: list[list[Any]], after: tuple[Any, ...], nulls: tuple[bool, ...]) -> Iterator[Any]:
    equal: list[Any] = []
    for params, value, null in zip(keys, after, nulls, strict=False):
        if not null:
            yield from (*equal, *params, value, *params)
        equal += params if null else [*params, value]
    yield from (*equal, after[-1])


def _columns(selection: Selection) -> list[Column]:
    return [selection.layout.column(name) for name in selection.columns]


def _found(conn: Connection, selection: Selection, rows: Sequence[Row]) -> list[Found]:
    read = _reader(conn, selection)
    first = WIDTH + len(selection.columns)
    last = first + len(selection.sort)
    key = conn.dialect.key
    stored = [read(row[:first]) for row in rows]
    if selection.parts:
        stored = with_parts(conn, selection.layout, stored, selection.parts)
    return [
        Found(one, tuple(row[last:]), (*map(key, row[first:last]), one.id))
        for one, row in zip(stored, rows, strict=True)
    ]


def _reader(conn: Connection, selection: Selection) -> Callable[[Row], Stored]:
    shape = (conn.dialect.name, "reader", selection.columns)
    return kept(selection.layout, shape, lambda: reader(conn.dialect, _columns(selection)))
