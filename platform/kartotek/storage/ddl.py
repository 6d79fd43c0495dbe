"""DDL: the statements that make a record type's tables and widen them; each can be run again without harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.frozen import EMPTY
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import Dialect, quote
from kartotek.storage.layout import ID, SYSTEM, Column, Index, Layout, PartLayout

_PART_REST = next(one for one in SYSTEM if one.name == "rest")


Conditions = Mapping[str, str]


def create_type(conn: Connection, layout: Layout, conditions: Conditions = EMPTY) -> None:
    """Makes the tables of a type and its indexes; `conditions` is {name of an index: SQL of its `where`}.

    Foreign keys come with `add_references`, when all tables are there.
    """
    body = [_definition(conn.dialect, one) for one in (*layout.system, *layout.columns)]
    conn.run(f"CREATE TABLE IF NOT EXISTS {quote(layout.table)} ({', '.join(body)})")
    for part in (*layout.rows.values(), *layout.joins.values()):
        create_part(conn, layout.table, part)
    for index in layout.indexes:
        add_index(conn, layout.table, index, conditions.get(index.name, ""))


def create_part(conn: Connection, parent: str, part: PartLayout) -> None:
    """Makes a sub-table or a join with the index over its parent."""
    integer, table = conn.dialect.column_type(ID), quote(part.table)
    head = [
        f'"parent_id" {integer} NOT NULL REFERENCES {quote(parent)} ("id") ON DELETE CASCADE',
        f'"position" {integer} NOT NULL',
    ]
    body = _join_body(conn.dialect, part) if part.target else _rows_body(conn.dialect, part)
    conn.run(f"CREATE TABLE IF NOT EXISTS {table} ({', '.join([*head, *body])})")
    conn.run(f'CREATE INDEX IF NOT EXISTS {quote("i_" + part.table)} ON {table} ("parent_id", "position")')
    if part.target:
        conn.run(f'CREATE INDEX IF NOT EXISTS {quote("t_" + part.table)} ON {table} ("target_id", "parent_id")')


def add_column(conn: Connection, table: str, column: Column, *, default: Any = None) -> None:
    """Adds a column; `default`, an abstract value, becomes that of all rows there are, not of rows to come.

    Never rebuilds a table: with foreign keys on, a rebuild would empty the tables that point to it.
    """
    if column.name in column_names(conn, table):
        return
    definition = _definition(conn.dialect, column)
    if default is not None:
        definition += f" DEFAULT {conn.dialect.literal(conn.dialect.encode(column.spec, default))}"
    conn.run(f"ALTER TABLE {quote(table)} ADD COLUMN {definition}")
    if default is not None and conn.dialect.drops_defaults:
        conn.run(f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column.name)} DROP DEFAULT")


def widen_column(conn: Connection, table: str, column: Column) -> None:
    """Lets a column hold more digits; a database whose columns know no precision has nothing to do."""
    if column.spec.type == "decimal" and conn.dialect.knows_precision:
        wider = conn.dialect.column_type(column.spec)
        conn.run(f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column.name)} TYPE {wider}")


def add_index(conn: Connection, table: str, index: Index, condition: str = "") -> None:
    """Makes an index. A unique one counts live records only; others end with the id, so that pages can follow them.

    Raises Violation where a unique one does not hold.
    """
    names = index.columns if index.unique else (*index.columns, "id")
    listed = ", ".join(quote(name) for name in names)
    kind, only = ("UNIQUE INDEX", ' WHERE "deleted_at" IS NULL') if index.unique else ("INDEX", "")
    only += f" AND ({condition})" if condition else ""
    conn.run(f"CREATE {kind} IF NOT EXISTS {quote(index.name)} ON {quote(table)} ({listed}){only}")


def add_index_beside(conn: Connection, table: str, index: Index) -> None:
    """Makes an index of the other sort while others write; outside of any transaction. Raises Collision, and leaves half of it."""
    drop_index(conn, index.name)
    listed = ", ".join(quote(name) for name in (*index.columns, "id"))
    conn.run(f"CREATE INDEX CONCURRENTLY {quote(index.name)} ON {quote(table)} ({listed})")


def drop_index(conn: Connection, name: str) -> None:
    """Removes an index, and with a unique one the rule."""
    conn.run(f"DROP INDEX IF EXISTS {quote(name)}")


def add_references(conn: Connection, layout: Layout) -> None:
    """Makes the foreign keys of a type where the database wants them apart from the columns."""
    for column in layout.references:
        add_column_reference(conn, layout.table, column)
    for part in (*layout.rows.values(), *layout.joins.values()):
        add_part_references(conn, part)


def add_part_references(conn: Connection, part: PartLayout) -> None:
    """The same of a sub-table or a join alone."""
    for column in part.references:
        add_column_reference(conn, part.table, column)
    if part.target:
        add_column_reference(conn, part.table, Column("target_id", ID, target=part.target))


def add_column_reference(conn: Connection, table: str, column: Column) -> None:
    """The same of one column."""
    if column.target and conn.dialect.adds_foreign_keys_later:
        _add_reference(conn, table, column.name, column.target)


def column_names(conn: Connection, table: str) -> frozenset[str]:
    """The columns that a table has now; none where there is no such table."""
    return frozenset(name for (name,) in conn.rows(conn.dialect.columns_query, (table,)))


def index_names(conn: Connection, table: str) -> frozenset[str]:
    """The indexes over a type's table that `add_index` made."""
    names = (name for (name,) in conn.rows(conn.dialect.indexes_query, (table,)))
    return frozenset(name for name in names if name.startswith((f"i_{table}__", f"u_{table}__")))


def _add_reference(conn: Connection, table: str, column: str, target: str) -> None:
    name = f"f_{table}__{column}"[:63]
    known = "SELECT 1 FROM pg_constraint WHERE conname = ? AND conrelid = CAST(? AS regclass)"
    if conn.row(known, (name, quote(table))) is None:
        conn.run(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} "
            f'FOREIGN KEY ({quote(column)}) REFERENCES {quote(target)} ("id")'
        )


def _definition(dialect: Dialect, column: Column) -> str:
    if column.name == "id":
        return f'"id" {dialect.identity}'
    required = " NOT NULL" if column.name == "version" else ""
    return f"{quote(column.name)} {dialect.column_type(column.spec)}{required}{_reference(dialect, column.target)}"


def _reference(dialect: Dialect, target: str) -> str:
    return f' REFERENCES {quote(target)} ("id")' if target and not dialect.adds_foreign_keys_later else ""


def _rows_body(dialect: Dialect, part: PartLayout) -> list[str]:
    return [f'"id" {dialect.identity}', *(_definition(dialect, one) for one in (_PART_REST, *part.columns))]


def _join_body(dialect: Dialect, part: PartLayout) -> list[str]:
    integer = dialect.column_type(ID)
    target = f'"target_id" {integer} NOT NULL{_reference(dialect, part.target)}'
    return [target, 'PRIMARY KEY ("parent_id", "position")']
