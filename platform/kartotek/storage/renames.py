"""Renames: tables and columns under other names, with their indexes and foreign keys, without touching a single row."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote

_LONGEST = 60  # bytes; the database that takes fewest takes 63
_KEYS = (
    "SELECT c.conname::text, a.attname::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid "
    "AND a.attnum = c.conkey[1] WHERE c.contype = 'f' AND c.conrelid = CAST(? AS regclass) AND c.confdeltype = 'a'"
)


def table_names(conn: Connection) -> frozenset[str]:
    """All tables that there are."""
    return frozenset(name for (name,) in conn.rows(conn.dialect.tables_query))


def is_larger(conn: Connection, table: str, rows: int) -> bool:
    """Whether a table has more rows than that."""
    return conn.row(f"SELECT 1 FROM {quote(table)} LIMIT 1 OFFSET ?", (rows,)) is not None


def rename_table(conn: Connection, now: str, then: str) -> None:
    """Whatever refers to the table goes on referring to it."""
    conn.run(f"ALTER TABLE {quote(now)} RENAME TO {quote(then)}")


def rename_column(conn: Connection, table: str, now: str, then: str) -> None:
    """Indexes and foreign keys follow."""
    conn.run(f"ALTER TABLE {quote(table)} RENAME COLUMN {quote(now)} TO {quote(then)}")


def drop_column(conn: Connection, table: str, column: str) -> None:
    """Its values are gone."""
    conn.run(f"ALTER TABLE {quote(table)} DROP COLUMN {quote(column)}")


def drop_table(conn: Connection, table: str) -> None:
    """Its rows are gone."""
    conn.run(f"DROP TABLE {quote(table)}" + (" CASCADE" if conn.dialect.adds_foreign_keys_later else ""))


def pointing_columns(conn: Connection, target: str) -> list[tuple[str, str]]:
    """(table, column) of those that would not let go of a table; where foreign keys go with their target, none."""
    if conn.dialect.adds_foreign_keys_later:
        return []
    sql = (
        'SELECT m.name, f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f '
        "WHERE m.type = 'table' AND f.\"table\" = ? AND m.name <> ?"
    )
    return [(table, column) for table, column in conn.rows(sql, (target, target))]


def name_references(conn: Connection, table: str) -> None:
    """Calls the foreign keys of a table after its columns, where they are called otherwise."""
    if not conn.dialect.adds_foreign_keys_later:
        return
    known = dict(conn.rows(_KEYS, (quote(table),)))
    for name, column in sorted(known.items()):
        wanted = f"f_{table}__{column}"[:63]
        if name != wanted and wanted not in known:
            conn.run(f"ALTER TABLE {quote(table)} RENAME CONSTRAINT {quote(name)} TO {quote(wanted)}")


def aside_name(name: str, day: date, taken: Collection[str]) -> str:
    """What something that goes out of service is called: `zz_phone_20261122`, with a number where that is taken."""
    return free_name(f"zz_{name}", f"_{day:%Y%m%d}", taken)


def shadow_name(name: str, change: int, taken: Collection[str]) -> str:
    """What something is called that is made ready for going into service."""
    return free_name(f"zz_new_{change}_{name}", "", taken)


def free_name(name: str, ending: str, taken: Collection[str]) -> str:
    """The name with its ending, shortened to what a database takes, and numbered where it is taken."""
    number = 1
    while (found := _fitted(name, ending + (f"_{number}" if number > 1 else ""))) in taken:
        number += 1
    return found


def _fitted(name: str, ending: str) -> str:
    if len((name + ending).encode("utf-8", "surrogatepass")) <= _LONGEST:
        return name + ending
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = name.encode("utf-8", "replace")[: _LONGEST - len(ending) - 9].decode("utf-8", "ignore")
    return f"{kept}_{digest}{ending}"
