"""Type names: what Kartotek's own tables call the types, changed for all types of a change at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kartotek.migration.order import in_order
from kartotek.storage.connection import Connection
from kartotek.storage.layout import JSON
from kartotek.storage.search_index import table_of
from kartotek.storage import renames

# What is broken by records is renamed where rules are, what was removed where it is kept.
_PLAIN = (
    ("kartotek__history", "type"), ("kartotek__timer", "type"), ("kartotek__clock", "type"), ("kartotek__conflict", "type"),
    ("kartotek__occupancy", "type"), ("kartotek__link", "type"), ("kartotek__import", "type"), ("kartotek__search", "type"),
    ("kartotek__rename", "type"), ("kartotek__file", "record_type"), ("kartotek__consent", "type"),
    ("kartotek__token_limit", "type"), ("kartotek__restriction", "type"), ("kartotek__retention", "type"), ("kartotek__glass", "type"),
    ("kartotek__suggestion", "type"),
)
_LASTING = (("kartotek__erasure", "type"),)  # told of a type that is gone for good too: a backup may bring it back
# Keys that begin with the type.
_PREFIXED = (
    ("kartotek__timer", "key", "/"), ("kartotek__occasion", "key", "/"), ("kartotek__counter", "name", "."),
    ("kartotek__window", "name", "."),
)
_PAYLOADS = ("kartotek__outbox", "kartotek__inbox")


def rename_types(conn: Connection, types: Mapping[str, str]) -> None:
    """`types` is {name now: name then}; names may be swapped."""
    moved = {now: then for now, then in types.items() if now != then}
    if not moved:
        return
    for now, then in in_order(moved):
        for table, column in (*_PLAIN, *_LASTING):
            conn.run(f'UPDATE "{table}" SET "{column}" = ? WHERE "{column}" = ?', (then, now))
        for table, column, sign in _PREFIXED:
            rename_prefix(conn, (table, column), now + sign, then + sign)
        _rename_search(conn, now, then)
    for table in _PAYLOADS:
        _rename_payloads(conn, table, moved)


def rename_fields(conn: Connection, record_type: str, names: Mapping[str, str], counted: Mapping[str, str]) -> None:
    """`names` are {field: field then}, by which files are known, `counted` {column: column then}, by which counters are."""
    for now, then in in_order(names):
        conn.run('UPDATE "kartotek__file" SET "field" = ? WHERE "record_type" = ? AND "field" = ?', (then, record_type, now))
        conn.run('UPDATE "kartotek__token_limit" SET "field" = ? WHERE "type" = ? AND "field" = ?', (then, record_type, now))
    for now, then in in_order(counted):
        beginnings = (f"{record_type}.{name}." for name in (now, then))
        rename_prefix(conn, ("kartotek__counter", "name"), *beginnings)


def rename_prefix(conn: Connection, place: tuple[str, str], now: str, then: str) -> None:
    """Gives all keys of a column, (table, name), that begin with one text another beginning."""
    table, column = place
    conn.run(
        f'UPDATE "{table}" SET "{column}" = ? || substr("{column}", ?) WHERE substr("{column}", 1, ?) = ?',
        (then, len(now) + 1, len(now), now),
    )


def forget_type(conn: Connection, name: str) -> None:
    """Takes back what records of a type that is removed were still to do, and frees the times that they took."""
    conn.run('DELETE FROM "kartotek__timer" WHERE "type" = ? AND "done_at" IS NULL AND "name" <> \'recompute\'', (name,))
    conn.run('DELETE FROM "kartotek__token_limit" WHERE "type" = ?', (name,))  # another type of this name is another thing
    for table in ("kartotek__occupancy", "kartotek__conflict"):
        conn.run(f'DELETE FROM "{table}" WHERE "type" = ?', (name,))


def drop_type(conn: Connection, name: str) -> None:
    """Removes all that is told of the records of a type that is gone for good."""
    for table, column in _PLAIN:
        if column == "type":
            conn.run(f'DELETE FROM "{table}" WHERE "type" = ?', (name,))


def is_known(conn: Connection, name: str) -> bool:
    """Whether history tells of records of such a type."""
    return conn.row('SELECT 1 FROM "kartotek__history" WHERE "type" = ? LIMIT 1', (name,)) is not None


def _rename_search(conn: Connection, now: str, then: str) -> None:
    tables = renames.table_names(conn)
    if table_of(now) in tables:
        if table_of(then) in tables:
            renames.drop_table(conn, table_of(then))
        renames.rename_table(conn, table_of(now), table_of(then))
        if conn.dialect.adds_foreign_keys_later:
            conn.run(f'ALTER INDEX IF EXISTS "i_{table_of(now)}" RENAME TO "i_{table_of(then)}"')


def _rename_payloads(conn: Connection, table: str, moved: Mapping[str, str]) -> None:
    """Messages say what they are about and for whom they are, both by type and number."""
    wire = conn.dialect.decoder(JSON)
    changed: dict[int, Any] = {}
    for name in moved:
        sql = f'SELECT "id", "payload" FROM "{table}" WHERE CAST("payload" AS TEXT) LIKE ?'
        for id, payload in conn.rows(sql, (f"%{json.dumps(name)}%",)):
            told = wire(payload)
            found = {key: _moved(one, moved) for key, one in _moved(told, moved).items()}
            if found != told:
                changed[id] = found
    conn.run_many(
        f'UPDATE "{table}" SET "payload" = ? WHERE "id" = ?',
        [(conn.dialect.encode(JSON, found), id) for id, found in changed.items()],
    )


def _moved(told: Any, moved: Mapping[str, str]) -> Any:
    known = isinstance(told, dict) and told.get("type") in moved
    return {**told, "type": moved[told["type"]]} if known else told
