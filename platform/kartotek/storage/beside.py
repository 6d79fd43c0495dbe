"""Beside: what never stands in an archive, since whoever is erased has to go out of all archives at once: the keys of people."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kartotek.errors import KartotekError
from kartotek.model.audit import AuditHead
from kartotek.model.frozen import empty
from kartotek.storage import audit, erasures, transfer
from kartotek.storage.catalogs import mark
from kartotek.storage.connection import Connection
from kartotek.storage.ddl import column_names
from kartotek.storage.dialect import quote
from kartotek.storage.sqlite import SqliteDialect, plain_connection
from kartotek.storage.transfer import Table

OUTSIDE = frozenset({"kartotek__key"})  # whose rows stand beside the archive alone
ERASED = "kartotek__erasure"  # which stands in both: who was erased since the archive was made is erased again
# What ends with a restore: whoever was signed in, and links that may have been used since.
_CATALOG = "kartotek__catalog"
_ENDED = ("kartotek__session", "kartotek__invitation")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # {table: its rows by the names of columns, as JSON has them}


def taken(conn: Connection) -> dict[str, list[dict[str, Any]]]:
    """What is to stand beside the archives that are made of this database."""
    found = {one.name: [_wire(one, row) for rows in transfer.read(conn, one) for row in rows] for one in _tables(conn)}
    return found | {ERASED: erasures.exported(conn) if column_names(conn, ERASED) else []}


def lay(conn: Connection, given: Rows) -> None:
    """Puts it into a database that was made of an archive; rows that are there already stay as they are."""
    for table in _tables(conn):
        if given.get(table.name):
            _fill(conn, table, given[table.name])
    if column_names(conn, ERASED):
        erasures.take_over(conn, given.get(ERASED, ()))


def lay_in_file(path: Path, given: Rows) -> None:
    """The same in a SQLite file that nobody uses."""
    with closing(plain_connection(path)) as raw, raw:
        lay(Connection(raw, SqliteDialect(), ()), given)


@dataclass(frozen=True, slots=True)
class Known:
    """What a database that goes knows better than a backup: whose it is, who was erased, how far its audit had come."""

    mark: str = ""
    rows: Rows = field(default_factory=empty)
    head: AuditHead = AuditHead()


def known(conn: Connection) -> Known:
    """The same of a database that can be read."""
    if not column_names(conn, _CATALOG):
        return Known()
    return Known(mark(conn), taken(conn), audit.head(conn) if column_names(conn, "kartotek__audit_head") else AuditHead())


def known_from_file(path: Path) -> Known:
    """The same of a SQLite file that nobody uses; nothing of one that is damaged."""
    try:
        with closing(plain_connection(path)) as raw:
            return known(Connection(raw, SqliteDialect(), ()))
    except (sqlite3.Error, KartotekError):
        return Known()


def leave_out(path: Path) -> None:
    """Takes it out of a copy that will stand in an archive, so that no byte of it is left there."""
    with closing(plain_connection(path)) as raw:
        raw.execute("PRAGMA secure_delete = on")
        with raw:
            for name in OUTSIDE & _names(raw):
                raw.execute(f"DELETE FROM {quote(name)}")


def end_sessions(conn: Connection) -> None:
    """Ends what was begun before."""
    for name in _ENDED:
        if column_names(conn, name):
            conn.run(f"DELETE FROM {quote(name)}")


def end_sessions_in_file(path: Path) -> None:
    """The same in a SQLite file that nobody uses."""
    with closing(plain_connection(path)) as raw, raw:
        end_sessions(Connection(raw, SqliteDialect(), ()))


def _tables(conn: Connection) -> list[Table]:
    """Those there are: an older archive has fewer."""
    return [one for one in transfer.own() if one.name in OUTSIDE and column_names(conn, one.name)]


def _names(raw: sqlite3.Connection) -> frozenset[str]:
    return frozenset(name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))


def _fill(conn: Connection, table: Table, given: Sequence[Mapping[str, Any]]) -> None:
    key = table.names[0]
    there = {row[0] for row in conn.rows(f"SELECT {quote(key)} FROM {quote(table.name)}")}
    transfer.write(conn, table, [_values(table, row) for row in given if row[key] not in there])
    if table.counts:
        last = max((int(row[key]) for row in given), default=0)
        transfer.go_on_after(conn, table, max(last, transfer.last_id(conn, table)))


def _wire(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in zip(table.names, row, strict=True)}


def _values(table: Table, row: Mapping[str, Any]) -> tuple[Any, ...]:
    found = [(one.spec.type, row.get(one.name)) for one in table.columns]
    return tuple(datetime.fromisoformat(one) if kind == "instant" and one is not None else one for kind, one in found)
