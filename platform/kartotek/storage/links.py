"""Personal links: what each may do, how often and until when. The address itself is kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """One link; `used` counts the transitions it has run."""

    name: str
    type: str
    record_id: int
    transition: str
    expires_at: datetime
    uses: int
    created_at: datetime
    created_by: int
    used: int = 0
    revoked_at: datetime | None = None
    id: int = 0


_COLUMNS = (
    '"name", "type", "record_id", "transition", "expires_at", "uses", "created_at", "created_by", "used", "revoked_at"'
)
_READ = f'SELECT "id", {_COLUMNS} FROM "kartotek__link"'


def add(conn: Connection, row: LinkRow) -> int:
    """Keeps a new link and answers its number."""
    instant = conn.dialect.encode
    found = conn.row(
        f'INSERT INTO "kartotek__link" ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, NULL) RETURNING "id"',
        (
            row.name, row.type, row.record_id, row.transition, instant(INSTANT, row.expires_at), row.uses,
            instant(INSTANT, row.created_at), row.created_by,
        ),
    )
    assert found is not None
    return int(found[0])


def find(conn: Connection, id: int) -> LinkRow | None:
    """The link of that number, ended or not."""
    return next(iter(_read(conn, conn.rows(f'{_READ} WHERE "id" = ?', (id,)))), None)


def of_record(conn: Connection, record_type: str, record_id: int) -> list[LinkRow]:
    """The links of a record, newest first, ended ones too."""
    where = 'WHERE "type" = ? AND "record_id" = ? ORDER BY "id" DESC LIMIT 100'
    return _read(conn, conn.rows(f"{_READ} {where}", (record_type, record_id)))


def use(conn: Connection, id: int, now: datetime) -> bool:
    """Counts one use; False where there is none left, or the link has ended."""
    sql = (
        'UPDATE "kartotek__link" SET "used" = "used" + 1 '
        'WHERE "id" = ? AND "used" < "uses" AND "revoked_at" IS NULL AND "expires_at" > ?'
    )
    return conn.run(sql, (id, conn.dialect.encode(INSTANT, now))) == 1


def revoke(conn: Connection, id: int, now: datetime) -> bool:
    """Ends a link at once; False where it had been ended before."""
    sql = 'UPDATE "kartotek__link" SET "revoked_at" = ? WHERE "id" = ? AND "revoked_at" IS NULL'
    return conn.run(sql, (conn.dialect.encode(INSTANT, now), id)) == 1


def revoke_named(conn: Connection, record_type: str, record_id: int, *, name: str, now: datetime) -> int:
    """Ends the links of that name which the record has; answers how many."""
    sql = (
        'UPDATE "kartotek__link" SET "revoked_at" = ? '
        'WHERE "type" = ? AND "record_id" = ? AND "name" = ? AND "revoked_at" IS NULL'
    )
    return conn.run(sql, (conn.dialect.encode(INSTANT, now), record_type, record_id, name))


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[LinkRow]:
    instant = conn.dialect.decoder(INSTANT)
    return [
        LinkRow(
            id=row[0], name=row[1], type=row[2], record_id=row[3], transition=row[4], expires_at=instant(row[5]),
            uses=row[6], created_at=instant(row[7]), created_by=row[8], used=row[9],
            revoked_at=instant(row[10]) if row[10] is not None else None,
        )
        for row in rows
    ]
