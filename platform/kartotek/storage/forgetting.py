"""Forgetting: what Kartotek's own tables tell of records that are to leave no trace, or no personal one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kartotek.storage import renames
from kartotek.storage.connection import Connection
from kartotek.storage.ddl import column_names
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT, JSON

# What tells of records and stays: that somebody was erased, what was done (it holds no values), and what has its own way.
STAYS = frozenset({
    "kartotek__erasure", "kartotek__audit_record", "kartotek__key", "kartotek__file", "kartotek__import_row", "kartotek__kept_value",
})  # fmt: skip
_OWN = "kartotek__"
_BATCH = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tables_about(conn: Connection) -> list[tuple[str, str]]:
    """(table, the column with the type) of the own tables that tell of single records."""
    found: list[tuple[str, str]] = []
    for table in sorted(renames.table_names(conn)):
        names = column_names(conn, table) if table.startswith(_OWN) and table not in STAYS else frozenset()
        if "record_id" in names:
            found += [(table, one) for one in ("type", "record_type") if one in names]
    return found


def forget_records(conn: Connection, tables: Iterable[tuple[str, str]], record_type: str, ids: Collection[int]) -> None:
    """Removes all that these tables tell of the records."""
    for table, column in tables:
        sql = f'DELETE FROM {quote(table)} WHERE {quote(column)} = ? AND {conn.dialect.among(quote("record_id"))}'
        conn.run(sql, (record_type, conn.dialect.ids(ids)))


def forget_messages(conn: Connection, gone: Mapping[str, Collection[int]]) -> int:
    """Removes messages and events that are about one of {type: ids}, or go to one, also those that were sent; how many."""
    count = 0
    for table in ("kartotek__outbox", "kartotek__inbox"):
        wire, last = conn.dialect.decoder(JSON), 0
        while rows := conn.rows(f'SELECT "id", "payload" FROM {quote(table)} WHERE "id" > ? ORDER BY "id" LIMIT ?', (last, _BATCH)):
            found = [id for id, payload in rows if _is_about(wire(payload), gone)]
            if found:
                count += conn.run(f"DELETE FROM {quote(table)} WHERE {conn.dialect.among(quote('id'))}", (conn.dialect.ids(found),))
            last = rows[-1][0]
    return count


def forget_files(conn: Connection, record_type: str, ids: Collection[int], fields: Collection[str] | None = None) -> int:
    """Makes the files of the records, or of these fields, nobody's and nameless: whoever removes such removes them. How many."""
    if fields is not None and not fields:
        return 0
    named = "" if fields is None else f' AND "field" IN ({", ".join("?" * len(fields))})'
    sql = (
        'UPDATE "kartotek__file" SET "record_type" = NULL, "record_id" = NULL, "field" = NULL, "name" = \'\', "staged_at" = ? '
        f'WHERE "record_type" = ? AND {conn.dialect.among(quote("record_id"))}{named}'
    )
    return conn.run(sql, (conn.dialect.encode(INSTANT, _EPOCH), record_type, conn.dialect.ids(ids), *(fields or ())))


def forget_kept(conn: Connection, record_type: str, ids: Collection[int]) -> None:
    """Removes values of removed fields that stood in no column and are kept for the records."""
    sql = (
        'DELETE FROM "kartotek__kept_value" WHERE "kept_id" IN (SELECT "id" FROM "kartotek__kept" WHERE "type" = ?) '
        f'AND {conn.dialect.among(quote("record_id"))}'
    )
    conn.run(sql, (record_type, conn.dialect.ids(ids)))


def forget_import_rows(conn: Connection, record_type: str) -> None:
    """Takes out of what is told of imports of a type how they were read, and why rows were not taken: both quote cells."""
    conn.run('UPDATE "kartotek__import" SET "summary" = ? WHERE "type" = ?', (conn.dialect.encode(JSON, {}), record_type))
    conn.run(
        'UPDATE "kartotek__import_row" SET "problems" = ? WHERE "import_id" IN (SELECT "id" FROM "kartotek__import" WHERE "type" = ?)',
        (conn.dialect.encode(JSON, []), record_type),
    )


def rewrite_history(
    conn: Connection, record_type: str, ids: Collection[int], kept: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> None:
    """Leaves of what history tells of the records only what `kept` does; what was said freely goes."""
    wire, encode = conn.dialect.decoder(JSON), conn.dialect.encode
    sql = f'SELECT "id", "was", "now" FROM "kartotek__history" WHERE "type" = ? AND {conn.dialect.among(quote("record_id"))}'
    found = conn.rows(sql, (record_type, conn.dialect.ids(ids)))
    sides = [(id, *({} if one is None else wire(one) for one in both)) for id, *both in found]
    changed = [(encode(JSON, dict(kept(was))), encode(JSON, dict(kept(now))), id) for id, was, now in sides]
    if changed:
        conn.run_many('UPDATE "kartotek__history" SET "was" = ?, "now" = ?, "comment" = NULL, "note" = NULL WHERE "id" = ?', changed)


def kept_columns(conn: Connection, table: str) -> Sequence[str]:
    """The columns of a table that went out of service and are kept for a while."""
    return sorted(name for name in column_names(conn, table) if name.startswith("zz_"))


def _is_about(payload: Mapping[str, Any], gone: Mapping[str, Collection[int]]) -> bool:
    to = payload.get("to")
    named = [payload, *([to] if isinstance(to, Mapping) else [])]
    return any(one.get("id") in gone.get(str(one.get("type", "")), ()) for one in named)
