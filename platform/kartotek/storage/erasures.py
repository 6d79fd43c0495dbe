"""Erasures: who was erased, by number alone, so that whoever brings an older backup back erases her again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON

_NAMES = '"type", "type_id", "record_id", "made_at", "at", "by", "basis", "done_at", "counts"'
_LIST = f'SELECT "id", {_NAMES} FROM "kartotek__erasure"'
_ADD = (
    f'INSERT INTO "kartotek__erasure" ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) '
    'ON CONFLICT ("type_id", "record_id", "at") DO NOTHING'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRow:
    """`type_id` is the type's stable number, `made_at` when the record was made, `basis` why it was erased ("request" or
    "retention"), `done_at` when this database did so: None where it has yet to. `counts` is {type: how many records}.
    """

    type: str
    type_id: int
    record_id: int
    made_at: datetime | None
    at: datetime
    by: int
    basis: str
    done_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=empty)
    id: int = 0


def add(conn: Connection, row: ErasureRow) -> None:
    """Adds a row; one that is there already stays as it is."""
    encode = conn.dialect.encode
    conn.run(_ADD, (
        row.type, row.type_id, row.record_id, encode(INSTANT, row.made_at), encode(INSTANT, row.at), row.by, row.basis,
        encode(INSTANT, row.done_at), encode(JSON, dict(row.counts)),
    ))  # fmt: skip


def done(conn: Connection, id: int, at: datetime) -> None:
    """Writes down that a row was carried out in this database."""
    conn.run('UPDATE "kartotek__erasure" SET "done_at" = ? WHERE "id" = ?', (conn.dialect.encode(INSTANT, at), id))


def waiting(conn: Connection) -> list[ErasureRow]:
    """Those that have yet to be carried out here, in the order in which they were decided."""
    return _read(conn, f'{_LIST} WHERE "done_at" IS NULL ORDER BY "at", "id"')


def newest(conn: Connection, limit: int = 100) -> list[ErasureRow]:
    """The last ones, newest first."""
    return _read(conn, f'{_LIST} ORDER BY "at" DESC, "id" DESC LIMIT ?', (limit,))


def exported(conn: Connection) -> list[dict[str, Any]]:
    """All rows as plain JSON, for whoever keeps them outside of the database."""
    return [
        {
            "type": one.type, "type_id": one.type_id, "record_id": one.record_id, "by": one.by, "basis": one.basis,
            "at": one.at.isoformat(), "made_at": one.made_at.isoformat() if one.made_at else None,
        }
        for one in _read(conn, f'{_LIST} ORDER BY "id"')
    ]


def take_over(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds rows that `exported` gave; all of them, those that are there too, are to be carried out in this database."""
    for one in rows:
        made = datetime.fromisoformat(one["made_at"]) if one["made_at"] else None
        row = ErasureRow(
            type=one["type"], type_id=one["type_id"], record_id=one["record_id"], made_at=made,
            at=datetime.fromisoformat(one["at"]), by=one["by"], basis=one["basis"],
        )
        add(conn, row)
        conn.run(
            'UPDATE "kartotek__erasure" SET "done_at" = NULL WHERE "type_id" = ? AND "record_id" = ? AND "at" = ?',
            (row.type_id, row.record_id, conn.dialect.encode(INSTANT, row.at)),
        )


def _read(conn: Connection, sql: str, params: Sequence[Any] = ()) -> list[ErasureRow]:
    instant, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)

    def at(value: Any) -> datetime | None:
        return None if value is None else instant(value)

    return [
        ErasureRow(
            id=row[0], type=row[1], type_id=row[2], record_id=row[3], made_at=at(row[4]), at=instant(row[5]), by=row[6],
            basis=row[7], done_at=at(row[8]), counts=wire(row[9]),
        )
        for row in conn.rows(sql, params)
    ]
