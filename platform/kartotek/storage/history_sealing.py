"""History sealing: history written anew where a field is encrypted from now on, or no longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.storage import history_names
from kartotek.storage.connection import Connection
from kartotek.storage.history_names import Renamed
from kartotek.storage.layout import JSON, Layout
from kartotek.storage.sealed_history import MARK, is_sealed
from kartotek.storage.sealing import owners_by_id

_BATCH = 500
Row = tuple[int, int, int, str, str]  # id, record, version, was, now


def rewrite(conn: Connection, layout: Layout, fields: Mapping[str, tuple[str, bool]]) -> int:
    """Seals or opens what history tells of these fields, {name of today: (label, whether it is encrypted now)}; how many rows.

    Rows keep the names that they were written under.
    """
    steps = history_names.of_type(conn, layout.table)
    sql = 'SELECT "id", "record_id", "version", "was", "now" FROM "kartotek__history" WHERE "type" = ? AND "id" > ? ORDER BY "id" LIMIT ?'
    last, count = 0, 0
    while rows := conn.rows(sql, (layout.table, last, _BATCH)):
        count += _rewrite(conn, layout, (rows, steps), fields)
        last = rows[-1][0]
    return count


def _rewrite(
    conn: Connection, layout: Layout, found: tuple[list[Any], list[tuple[int, Renamed]]], fields: Mapping[str, tuple[str, bool]]
) -> int:
    rows, steps = found
    wire = conn.dialect.decoder(JSON)
    read = [(id, record, version, wire(was), wire(now)) for id, record, version, was, now in rows]
    keys: Mapping[Any, Any] = {}
    owners = {}
    if layout.sealing is not None and any(is_now for _, is_now in fields.values()):
        owners = owners_by_id(conn, layout, {record for _, record, *_ in read})
        keys = conn.vault.keys_of(conn, set(owners.values()))
    changed = []
    for id, record, version, *sides in read:
        names = _names(sides, [renamed for mark, renamed in steps if mark >= id])
        key = keys.get(owners.get(record))
        made = [_side(conn, side, (names, fields), (record, version, key)) for side in sides]
        if made != sides:
            changed.append((*(conn.dialect.encode(JSON, one) for one in made), id))
    conn.run_many('UPDATE "kartotek__history" SET "was" = ?, "now" = ? WHERE "id" = ?', changed)
    return len(changed)


def _names(sides: list[dict[str, Any]], steps: list[Renamed]) -> dict[str, str]:
    """{name in the row: name of today}."""
    found: dict[str, str] = {}
    for name in {name for side in sides for name in side}:
        at: dict[Any, Any] = {name: None}
        for renamed in steps:
            at = history_names.translated(at, renamed)
        found |= {name: today for today in at if isinstance(today, str)}
    return found


def _side(
    conn: Connection, side: Mapping[str, Any], told: tuple[Mapping[str, str], Mapping[str, tuple[str, bool]]], place: tuple[int, int, Any]
) -> dict[str, Any]:
    (names, fields), (record, version, key) = told, place
    made = dict(side)
    for name, value in side.items():
        label, is_now = fields.get(names.get(name, ""), ("", False))
        about = f"{label}.{record}.h{version}"
        if not label or is_now == is_sealed(value):
            continue
        made[name] = {MARK: conn.vault.seal(key, about, value)} if is_now else conn.vault.open(conn, value[MARK], about)
    return made
