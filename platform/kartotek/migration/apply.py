"""Apply: the statements that make the tables fit a new catalog, and that catalog, in the open transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kartotek.errors import SetupInvalid
from kartotek.kinds.registry import kind_of
from kartotek.migration.step import Step
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.missing import MISSING
from kartotek.storage import catalogs, ddl
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.formula_sql import Root, SqlText, bind, compile_sql
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.records import touch_many
from kartotek.storage.referring import ids_after

_BATCH = 500
_WITHOUT_TABLES = frozenset({"metadata", "recompute", "enter", "move", "replan"})


def apply_steps(
    conn: Connection, steps: Sequence[Step], catalog: Catalog, *, by: int, at: datetime, reason: str,
    after: int | None = None,
) -> int:
    """The number under which the catalog is now applied; all statements can be run again without harm.

    Recomputing is left to the caller. `after` is the number of the catalog that the steps lead from.
    Raises StaleCatalog where another is applied, and SetupInvalid for a step that is held.
    """
    held = [one.words for one in steps if one.verdict != "safe"]
    if held:
        raise SetupInvalid(f"These changes need a plan: {' '.join(held)}")
    fit_tables(conn, steps, catalog)
    return catalogs.append(
        conn, documents=catalog.documents, hash=catalog.hash, at=at, by=by, reason=reason, after=after
    )


def fit_tables(conn: Connection, steps: Sequence[Step], catalog: Catalog, moved: Collection[str] = ()) -> None:
    """Makes what is missing for the catalog, in the tables of types with steps and of those that have moved."""
    created = {one.type for one in steps if one.action == "create_type"}
    widened = {one.type for one in steps if one.action not in _WITHOUT_TABLES} | set(moved)
    widened = {name for name in widened - created if name in catalog.types}
    layouts = {name: layout_of(catalog.types[name]) for name in sorted(created | widened)}
    conditions = _conditions(conn, catalog, layouts.values())
    for name in sorted(created):
        ddl.create_type(conn, layouts[name], conditions)
    for name in sorted(widened):
        _widen(conn, layouts[name], catalog.types[name].fields, [one for one in steps if one.type == name])
        _index(conn, layouts[name], conditions)
    for layout in layouts.values():
        ddl.add_references(conn, layout)


def _widen(conn: Connection, layout: Layout, fields: Sequence[Field], steps: Sequence[Step]) -> None:
    defaults = _defaults(fields)
    known = ddl.column_names(conn, layout.table)
    for column in layout.columns:
        if column.name not in known and column.spec.type != "sealed":
            ddl.add_column(conn, layout.table, column, default=defaults.get(column.name))
    for column in layout.sealed:
        if column.name not in known:
            ddl.add_column(conn, layout.table, column)
            _seal_default(conn, layout, column.name, defaults.get(column.name))
    inner = {one.name: one.fields for one in fields if one.kind == "rows"}
    for part in (*layout.rows.values(), *layout.joins.values()):
        defaults = _defaults(inner.get(part.field, ()))
        ddl.create_part(conn, layout.table, part)
        for column in part.columns:
            ddl.add_column(conn, part.table, column, default=defaults.get(column.name))
    _widen_decimals(conn, layout, {one.path for one in steps if one.action == "widen"})


def _seal_default(conn: Connection, layout: Layout, column: str, default: Any) -> None:
    """Gives the records there are the declared value, encrypted for each."""
    last = 0
    while default is not None and (ids := ids_after(conn, layout, last, _BATCH)):
        touch_many(conn, layout, {id: {column: default} for id in ids})
        last = ids[-1]


def _widen_decimals(conn: Connection, layout: Layout, paths: set[tuple[str, ...]]) -> None:
    for column in layout.columns:
        if column.path in paths:
            ddl.widen_column(conn, layout.table, column)
    for part in layout.rows.values():
        for column in part.columns:
            if (part.field, *column.path) in paths:
                ddl.widen_column(conn, part.table, column)


def _index(conn: Connection, layout: Layout, conditions: Mapping[str, str]) -> None:
    wanted = {one.name: one for one in layout.indexes}
    known = ddl.index_names(conn, layout.table)
    for name in sorted(known - wanted.keys()):
        ddl.drop_index(conn, name)
    for name in sorted(wanted.keys() - known):
        ddl.add_index(conn, layout.table, wanted[name], conditions.get(name, ""))


def _conditions(conn: Connection, catalog: Catalog, layouts: Iterable[Layout]) -> dict[str, str]:
    """{name of an index: SQL of its `where`, constants written out, since a definition takes no parameters}."""
    found: dict[str, str] = {}
    for layout in layouts:
        roots = {"record": Root(quote(layout.table), layout.table)}
        for index in layout.indexes:
            if index.where is not None:
                sql = compile_sql(index.where, catalog=catalog, dialect_name=conn.dialect.name, roots=roots)
                found[index.name] = _written_out(conn, sql)
    return found


def _written_out(conn: Connection, sql: SqlText) -> str:
    first, *others = sql.text.split("?")
    literals = (conn.dialect.literal(value) for value in bind(sql.params, EMPTY))
    return first + "".join(literal + other for literal, other in zip(literals, others, strict=True))


def _defaults(fields: Iterable[Field]) -> Mapping[str, Any]:
    """{column: abstract value} of declared defaults, which become those of the records there are."""
    found: dict[str, Any] = {}
    for field in fields:
        kind = kind_of(field)
        if field.default is MISSING or field.default is None or kind.column(field) is None:
            continue
        value, convert = kind.parse(field)(field.default), kind.to_column(field)
        found[field.column] = convert(value) if convert else value
    return {column: value for column, value in found.items() if value is not None}
