"""Files: the index of what lies on the disk: whose it is, what it is called and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """`id` is a UUID, `place` where the bytes are (see blobs.py), `size` in bytes; without a record it is staged."""

    id: str
    place: str
    name: str
    type: str
    size: int
    sha256: str
    staged_by: int
    staged_at: datetime
    record_type: str | None = None
    record_id: int | None = None
    field: str | None = None
    key: str | None = None  # its key as it is kept; None: it lies open


_NAMES = (
    "id", "place", "name", "type", "size", "sha256", "staged_by", "staged_at", "record_type", "record_id", "field", "key",
)
_LISTED = ", ".join(f'"{name}"' for name in _NAMES)
_LIST = f'SELECT {_LISTED} FROM "kartotek__file"'


def stage(conn: Connection, row: FileRow) -> None:
    """Enters a file that no record names yet."""
    values = [getattr(row, name) for name in _NAMES]
    values[_NAMES.index("staged_at")] = conn.dialect.encode(INSTANT, row.staged_at)
    conn.run(f'INSERT INTO "kartotek__file" ({_LISTED}) VALUES ({", ".join("?" * len(_NAMES))})', values)


def find(conn: Connection, id: str) -> FileRow | None:
    """A file by its UUID."""
    return find_many(conn, [id]).get(id)


def find_many(conn: Connection, ids: Sequence[str]) -> dict[str, FileRow]:
    """{UUID: file} of those that there are."""
    if not ids:
        return {}
    marks = ", ".join("?" * len(ids))
    return {row.id: row for row in _read(conn, conn.rows(f'{_LIST} WHERE "id" IN ({marks})', list(ids)))}


def claim(conn: Connection, ids: Sequence[str], *, record_type: str, record_id: int, field: str) -> int:
    """Gives staged files to a record; answers how many there were: fewer than asked means that another was faster."""
    if not ids:
        return 0
    settings, marks = '"record_type" = ?, "record_id" = ?, "field" = ?', ", ".join("?" * len(ids))
    sql = f'UPDATE "kartotek__file" SET {settings} WHERE "record_id" IS NULL AND "id" IN ({marks})'
    return conn.run(sql, (record_type, record_id, field, *ids))


def of_record(conn: Connection, record_type: str, record_id: int) -> list[FileRow]:
    """The files that were given to a record, also those that it no longer names."""
    sql = f'{_LIST} WHERE "record_type" = ? AND "record_id" = ? ORDER BY "staged_at", "id"'
    return _read(conn, conn.rows(sql, (record_type, record_id)))


def staged_before(conn: Connection, instant: datetime, *, limit: int = 100) -> list[FileRow]:
    """Files that no record has named since they came, oldest first."""
    sql = f'{_LIST} WHERE "record_id" IS NULL AND "staged_at" < ? ORDER BY "staged_at", "id" LIMIT ?'
    return _read(conn, conn.rows(sql, (conn.dialect.encode(INSTANT, instant), limit)))


def release(conn: Connection, record_type: str, field: str | None = None) -> None:
    """Makes the files that records of a type hold, or hold in one field, nobody's: they go with what was never named."""
    only, params = ("", ()) if field is None else (' AND "field" = ?', (field,))
    conn.run(
        'UPDATE "kartotek__file" SET "record_type" = NULL, "record_id" = NULL, "field" = NULL '
        f'WHERE "record_type" = ?{only}', (record_type, *params),
    )


def unsealed(conn: Connection, *, after: str = "", limit: int = 100) -> list[FileRow]:
    """Files that lie open, as they did before files were sealed, in the order of their ids."""
    return _read(conn, conn.rows(f'{_LIST} WHERE "key" IS NULL AND "id" > ? ORDER BY "id" LIMIT ?', (after, limit)))


def every(conn: Connection, *, after: str = "", limit: int = 500) -> list[FileRow]:
    """The next files, in the order of their ids."""
    return _read(conn, conn.rows(f'{_LIST} WHERE "id" > ? ORDER BY "id" LIMIT ?', (after, limit)))


def keyed(conn: Connection, *, after: str = "", limit: int = 100) -> list[FileRow]:
    """The next files that have a key."""
    return _read(conn, conn.rows(f'{_LIST} WHERE "key" IS NOT NULL AND "id" > ? ORDER BY "id" LIMIT ?', (after, limit)))


def sealed(conn: Connection, id: str, *, was: str, place: str, key: str) -> bool:
    """Tells that the bytes lie elsewhere now, under a key; False where they have been moved meanwhile."""
    sql = 'UPDATE "kartotek__file" SET "place" = ?, "key" = ? WHERE "id" = ? AND "place" = ?'
    return conn.run(sql, (place, key, id, was)) == 1


def keep_key(conn: Connection, id: str, kept: str) -> None:
    """Keeps a file's key in another way."""
    conn.run('UPDATE "kartotek__file" SET "key" = ? WHERE "id" = ?', (kept, id))


def forget(conn: Connection, id: str) -> bool:
    """Removes a staged file from the index; False when a record has it or it is gone."""
    return conn.run('DELETE FROM "kartotek__file" WHERE "id" = ? AND "record_id" IS NULL', (id,)) == 1


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[FileRow]:
    instant = conn.dialect.decoder(INSTANT)
    named = (dict(zip(_NAMES, row, strict=True)) for row in rows)
    return [FileRow(**{**one, "staged_at": instant(one["staged_at"])}) for one in named]
