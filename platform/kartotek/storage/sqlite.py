"""SQLite: column types, values, errors and the settings of a connection."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from playhouse.pool import PooledSqliteDatabase

from kartotek.kinds.kind import ColumnSpec, Convert
from kartotek.kinds.sealed import SealedText
from kartotek.storage.dialect import Dialect, json_text, sealed_text
from kartotek.storage.faults import Collision, Violation
from kartotek.storage.formula_sqlite_functions import FORMULA_FUNCTIONS
from kartotek.storage.functions import FUNCTIONS
from kartotek.storage.room import is_full, no_room

BUSY_SECONDS = 10.0
_LOG = 16 << 20  # bytes that the log of writes may keep on the disk once it begins anew, however long somebody read before
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TYPES = {
    "text": "TEXT", "integer": "INTEGER", "double": "REAL", "boolean": "INTEGER", "decimal": "INTEGER", "date": "TEXT",
    "instant": "INTEGER", "json": "TEXT", "wire": "TEXT", "sealed": "TEXT", "blind": "TEXT",
}
_FAILED = re.compile(r"constraint failed: (.*)$")


class SqliteDialect(Dialect):
    """Decimals are scaled integers, instants microseconds since 1970 in UTC, dates ISO text, JSON text."""

    name = "sqlite"
    errors = (sqlite3.Error,)
    identity = "INTEGER PRIMARY KEY AUTOINCREMENT"
    wire_type = "TEXT"
    indexes_query = "SELECT name FROM pragma_index_list(?)"
    columns_query = "SELECT name FROM pragma_table_info(?)"
    tables_query = "SELECT name FROM sqlite_master WHERE type = 'table'"

    def column_type(self, spec: ColumnSpec) -> str:
        return _TYPES[spec.type]

    def encoder(self, spec: ColumnSpec) -> Convert | None:
        if spec.type == "decimal":
            scale = spec.scale
            return lambda value: int(value.scaleb(scale))
        return _ENCODERS.get(spec.type)

    def decode(self, spec: ColumnSpec) -> Convert | None:
        if spec.type == "decimal":
            scale = -spec.scale
            return lambda stored: Decimal(stored).scaleb(scale)
        return _DECODERS.get(spec.type)

    def statement(self, sql: str) -> str:
        return sql

    def among(self, expression: str) -> str:
        return f"{expression} IN (SELECT value FROM json_each(?))"

    def ids(self, values: Iterable[int]) -> Any:
        return json.dumps(list(values))

    def typed(self, spec: ColumnSpec) -> str:
        return "?"

    def key(self, value: Any) -> Any:
        return value

    def next_ids(self, conn: Any, table: str, count: int) -> list[int]:
        row = conn.row("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        first = (row[0] if row else 0) + 1  # rows with these ids move it; until then the write lock keeps them
        return list(range(first, first + count))

    def translate(self, error: Exception) -> Exception | None:
        code = getattr(error, "sqlite_errorcode", 0) or 0
        if code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Collision(str(error))
        if is_full(error):
            return no_room()
        if code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
            return _violation("unique", str(error))
        if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
            return Violation("reference")
        if code == sqlite3.SQLITE_CONSTRAINT_NOTNULL:
            return _violation("required", str(error))
        return None

    def literal(self, value: Any) -> str:
        return super().literal(int(value) if isinstance(value, bool) else value)


def open_pool(path: Path) -> PooledSqliteDatabase:
    """A pool whose connections have our pragmas and functions; nothing connects by itself."""
    pragmas = {
        "busy_timeout": int(BUSY_SECONDS * 1000), "journal_mode": "wal", "synchronous": "full", "foreign_keys": "on",
        "cache_size": -2048, "secure_delete": "on", "journal_size_limit": _LOG,
    }
    pool = PooledSqliteDatabase(
        str(path), pragmas=pragmas, autoconnect=False, max_connections=200,
        check_same_thread=False, cached_statements=512,
    )
    for name, function in FUNCTIONS.items():
        pool.register_function(function, name, 1, deterministic=True)
    for name, (arguments, function) in FORMULA_FUNCTIONS.items():
        pool.register_function(function, name, arguments, deterministic=True)
    return pool


def plain_connection(path: Path) -> sqlite3.Connection:
    """A connection of its own with our functions, which the conditions of indexes may call."""
    conn = sqlite3.connect(path)
    for name, function in FUNCTIONS.items():
        conn.create_function(name, 1, function, deterministic=True)
    for name, (arguments, formula_function) in FORMULA_FUNCTIONS.items():
        conn.create_function(name, arguments, formula_function, deterministic=True)
    return conn


def back_up(path: Path, target: Path) -> None:
    """Copies a live database whole, also while others write."""
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


@lru_cache(maxsize=1024)
def _microseconds(value: datetime) -> int:
    return (value - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=16384)
def _instant(stored: int) -> datetime:
    return _EPOCH + timedelta(microseconds=stored)


_ENCODERS: Mapping[str, Convert] = {
    "date": date.isoformat, "instant": _microseconds, "json": json_text, "wire": json_text, "boolean": int,
    "sealed": sealed_text,
}
_DECODERS: Mapping[str, Convert] = {
    "date": date.fromisoformat, "instant": _instant, "json": json.loads, "wire": json.loads, "boolean": bool,
    "sealed": SealedText,
}


def _violation(kind: Any, message: str) -> Violation:
    """`UNIQUE constraint failed: t.a, t.b` or `… failed: index 'name'`."""
    found = _FAILED.search(message)
    named = found[1] if found else ""
    if named.startswith("index "):
        return Violation(kind, index=named[6:].strip("'"))
    pairs = [one.partition(".") for one in named.split(", ")]
    return Violation(kind, table=pairs[0][0], columns=tuple(column for _, _, column in pairs))
