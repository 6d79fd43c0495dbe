"""Select: a page of records under conditions, sorted, continued by key; and how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kartotek.storage.belonging import NOBODY
from kartotek.storage.connection import Connection
from kartotek.storage.decoding import WIDTH, Row, kept, reader, select_list
from kartotek.storage.dialect import quote
from kartotek.storage.sql_text import SqlText, bind
from kartotek.storage.layout import Column, Layout
from kartotek.storage.parts import with_parts
from kartotek.storage.sealing import opened
from kartotek.storage.stored import Stored

# The whole order, its records whose first key is known, or those whose first key is NULL, which come last.
Stretch = Literal["whole", "known", "unknown"]
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
    """At most `limit` records in order; one query, at most two where the order has an end, and one for each of the parts."""
    rows: list[Row] = []
    for stretch in _stretches(conn, selection):
        if len(rows) < selection.limit:
            rows += _rows(conn, selection, stretch, env, limit=selection.limit - len(rows))
    return _found(conn, selection, rows)


def _stretches(conn: Connection, selection: Selection) -> tuple[Stretch, ...]:
    """The parts of the order to look through, one after the other, each so that an index can lead there."""
    if not selection.sort:
        return ("whole",)
    if selection.after is not None:
        return ("unknown",) if selection.after[0] is None else ("known", "unknown")
    first = selection.sort[0]
    # What an index gives backwards begins with NULLs on PostgreSQL, so the rest has to be asked for alone.
    apart = conn.dialect.nulls_descend_first and first.descending and _has_index(selection.layout, first.sql.text)
    return ("known", "unknown") if apart else ("whole",)


def _has_index(layout: Layout, text: str) -> bool:
    """Whether what is sorted by is a column with an index."""
    return any(f"{ALIAS}.{quote(one.columns[0])}" == text for one in layout.indexes)


def _rows(
    conn: Connection, selection: Selection, stretch: Stretch, env: Mapping[str, Any], *, limit: int
) -> list[tuple[Any, ...]]:
    after = selection.after
    if after is not None and stretch == "unknown" and after[0] is not None:
        after = None  # all of them come later
    nulls = None if after is None else tuple(value is None for value in after[:-1])
    shape = (conn.dialect.name, "select", *_shape(selection), selection.columns, nulls, stretch)
    text = kept(selection.layout, shape, lambda: _select_text(selection, nulls, stretch))
    return conn.rows(text, [*_params(selection, env), *_place_params(selection, after, env, stretch=stretch), limit])


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


def _select_text(selection: Selection, nulls: tuple[bool, ...] | None, stretch: Stretch) -> str:
    keys = [f"({key.sql.text})" for key in selection.sort]
    listed = [select_list(_columns(selection), ALIAS), *keys, *(f"({sql.text})" for sql in selection.extras)]
    where = [_conditions(selection)]
    if stretch != "whole":
        where.append(f"{keys[0]} IS {'NOT ' if stretch == 'known' else ''}NULL")
    if nulls is not None and stretch == "known":  # implied by what follows, and told apart so that an index can be used
        where.append(f"{keys[0]} {'<=' if selection.sort[0].descending else '>='} ?")
    if nulls is not None:
        where.append(f"({_after_text(selection.sort, nulls, stretch)})")
    # The keys stand in the select list too; ordering by their place there spares the database a second evaluation.
    first = WIDTH + len(selection.columns) + 1
    order = [f"{first + at}{' DESC' if key.descending else ''} NULLS LAST" for at, key in enumerate(selection.sort)]
    if stretch != "whole":  # the first key needs no word about NULLs, or none at all
        order[:1] = [order[0].removesuffix(" NULLS LAST")] if stretch == "known" else []
    order.append(f'{ALIAS}."id"')
    table = quote(selection.layout.table)
    return f"SELECT {', '.join(listed)} FROM {table} {ALIAS} WHERE {' AND '.join(where)} ORDER BY {', '.join(order)} LIMIT ?"


def _conditions(selection: Selection) -> str:
    live = f'{ALIAS}."deleted_at" IS {"NOT NULL" if selection.deleted else "NULL"}'
    if selection.deleted:  # what stands for somebody who was erased is nobody's to look at
        live += f""" AND ({ALIAS}."deleted_group" IS NULL OR {ALIAS}."deleted_group" <> '{NOBODY}')"""
    return " AND ".join([live, *(f"({sql.text})" for sql in selection.where)])


def _after_text(sort: Sequence[SortKey], nulls: tuple[bool, ...], stretch: Stretch) -> str:
    """What comes later: greater in one key, equal in those before it. After NULL comes only a greater id."""
    ways: list[str] = []
    equal: list[str] = []
    for at, (key, null) in enumerate(zip(sort, nulls, strict=True)):
        text = f"({key.sql.text})"
        if not null:
            later = f"{text} {'<' if key.descending else '>'} ?"
            if at or stretch == "whole":
                later = f"({later} OR {text} IS NULL)"
            ways.append(" AND ".join([*equal, later]))
        equal.append(f"{text} IS NULL" if null else f"{text} = ?")
    ways.append(" AND ".join([*equal, f'{ALIAS}."id" > ?']))
    return " OR ".join(f"({way})" for way in ways)


def _params(selection: Selection, env: Mapping[str, Any]) -> Iterator[Any]:
    """The parameters of the select list and of the conditions, in the order of the placeholders of `_select_text`."""
    for sql in (*(key.sql for key in selection.sort), *selection.extras, *selection.where):
        yield from bind(sql.params, env)


def _place_params(
    selection: Selection, after: tuple[Any, ...] | None, env: Mapping[str, Any], *, stretch: Stretch
) -> Iterator[Any]:
    """Those of the place in the order."""
    if stretch == "whole" and after is None:
        return
    keys = [bind(key.sql.params, env) for key in selection.sort]
    if stretch != "whole":
        yield from keys[0]
    if after is not None and stretch == "known":
        yield from (*keys[0], after[0])
    equal: list[Any] = []
    for at, (params, value) in enumerate(zip(keys, after or (), strict=False)):
        if value is not None:
            yield from (*equal, *params, value, *(params if at or stretch == "whole" else ()))
        equal += params if value is None else [*params, value]
    if after is not None:
        yield from (*equal, after[-1])


def _columns(selection: Selection) -> list[Column]:
    return [selection.layout.column(name) for name in selection.columns]


def _found(conn: Connection, selection: Selection, rows: Sequence[Row]) -> list[Found]:
    read = _reader(conn, selection)
    first = WIDTH + len(selection.columns)
    last = first + len(selection.sort)
    key = conn.dialect.key
    stored = opened(conn, selection.layout, [read(row) for row in rows])
    if selection.parts:
        stored = with_parts(conn, selection.layout, stored, selection.parts)
    return [
        Found(one, row[last:], (*map(key, row[first:last]), one.id)) for one, row in zip(stored, rows, strict=True)
    ]


def _reader(conn: Connection, selection: Selection) -> Callable[[Row], Stored]:
    shape = (conn.dialect.name, "reader", selection.columns)
    return kept(selection.layout, shape, lambda: reader(conn.dialect, _columns(selection)))
