"""Backups: one row for each that was asked for or due, what became of it, and in which folders it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON

# schedule: by itself. hand: somebody asked for it. trial: somebody asked for the newest to be tried.
Kind = Literal["schedule", "hand", "trial"]
# good: whole and in one folder at least. kept: whole, but no folder could take it yet. failed: there is none, or it does not come back.
State = Literal["waiting", "running", "good", "kept", "failed"]
_KEPT = 400  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRow:
    """`told` is {"size", "rows", "files", "missing", "sha256", "error", "by", "places": {folder: {"state", "at", "error"}}, "trial"}."""

    id: int
    kind: Kind
    due_at: datetime | None
    begun_at: datetime
    changed_at: datetime
    state: State
    tries: int
    name: str
    told: Mapping[str, Any]


_NAMES = ("id", "kind", "due_at", "begun_at", "changed_at", "state", "tries", "name", "told")
_READ = 'SELECT "id", "kind", "due_at", "begun_at", "changed_at", "state", "tries", "name", "told" FROM "kartotek__backup"'
_INSTANTS = frozenset({"due_at", "begun_at", "changed_at"})


def add(conn: Connection, *, now: datetime, **values: Any) -> int:
    """The id of a new one: `kind` and `state` are given, and what else is known."""
    given = {"due_at": None, "tries": 0, "name": "", "told": {}, "begun_at": now, "changed_at": now, **values}
    encoded = _encoded(conn, given)
    columns, marks = ", ".join(f'"{name}"' for name in encoded), ", ".join("?" * len(encoded))
    row = conn.row(f'INSERT INTO "kartotek__backup" ({columns}) VALUES ({marks}) RETURNING "id"', tuple(encoded.values()))
    assert row is not None
    conn.run('DELETE FROM "kartotek__backup" WHERE "id" <= ? AND "state" <> \'good\'', (int(row[0]) - _KEPT,))
    conn.run('DELETE FROM "kartotek__backup" WHERE "id" <= ?', (int(row[0]) - 10 * _KEPT,))
    return int(row[0])


def change(conn: Connection, id: int, *, now: datetime, **values: Any) -> None:
    """Writes what has become of it."""
    encoded = _encoded(conn, {**values, "changed_at": now})
    named = ", ".join(f'"{name}" = ?' for name in encoded)
    conn.run(f'UPDATE "kartotek__backup" SET {named} WHERE "id" = ?', (*encoded.values(), id))


def newest(conn: Connection, *, limit: int = 1, state: State | None = None, trials: bool = True) -> list[BackupRow]:
    """The newest, of one state where that is given, without mere trials where these are not wanted."""
    found = [*(['"state" = ?'] if state else []), *([] if trials else ["\"kind\" <> 'trial'"])]
    where = f" WHERE {' AND '.join(found)}" if found else ""
    rows = conn.rows(f'{_READ}{where} ORDER BY "id" DESC LIMIT ?', (*((state,) if state else ()), limit))
    return [_row(conn, one) for one in rows]


def open_ones(conn: Connection) -> list[BackupRow]:
    """Those that are asked for or being made, oldest first."""
    return [_row(conn, one) for one in conn.rows(f"{_READ} WHERE \"state\" IN ('waiting', 'running') ORDER BY \"id\"")]


def scheduled(conn: Connection, due_at: datetime, now: datetime) -> BackupRow | None:
    """The one that was made for that moment or a later one; those of a future that a wrong clock saw do not count."""
    encode = conn.dialect.encode
    params = (encode(INSTANT, due_at), encode(INSTANT, now))
    row = conn.row(f"{_READ} WHERE \"kind\" = 'schedule' AND \"due_at\" >= ? AND \"due_at\" <= ? ORDER BY \"due_at\" DESC, \"id\" DESC LIMIT 1", params)
    return None if row is None else _row(conn, row)


def _encoded(conn: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    encode = conn.dialect.encode
    kinds = {name: INSTANT if name in _INSTANTS else JSON if name == "told" else None for name in values}
    return {
        name: value if value is None or (kind := kinds[name]) is None else encode(kind, value)
        for name, value in values.items()
    }


def _row(conn: Connection, row: tuple[Any, ...]) -> BackupRow:
    instant, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)
    found = dict(zip(_NAMES, row, strict=True))
    for name in _INSTANTS:
        found[name] = None if found[name] is None else instant(found[name])
    return BackupRow(**{**found, "told": wire(found["told"])})
