"""Changes: one row for each change of the catalog that somebody asked for, so that one that was interrupted is gone on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON

# accepted: asked for. preparing: columns are being filled, nobody sees it. given_up: another catalog came first.
Status = Literal["accepted", "preparing", "applied", "failed", "given_up"]
OPEN: tuple[Status, ...] = ("accepted", "preparing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    """`steps` and `answers` are wire, as they were told and given; `base` is the version that the change leads from.

    `progress` is for people, `state` is what the preparation itself wants to find again. `version` is what came of it.
    """

    id: int
    hash: str
    base: int
    documents: Mapping[str, str]
    answers: Mapping[str, Any]
    status: Status
    steps: Sequence[Any]
    progress: Mapping[str, Any]
    state: Mapping[str, Any]
    error: Mapping[str, Any]
    reason: str
    by: int
    at: datetime
    changed_at: datetime
    version: int | None
    backup: str

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.status in OPEN


_COLUMNS = (
    '"id", "hash", "base", "documents", "answers", "status", "steps", "progress", "state", "error", "reason", "by", "at", '
    '"changed_at", "version", "backup"'
)
_NAMES = tuple(one.strip('"') for one in _COLUMNS.split(", "))
_READ = f'SELECT {_COLUMNS} FROM "kartotek__change"'
_JSON = frozenset({"documents", "answers", "steps", "progress", "state", "error"})


def add(conn: Connection, *, at: datetime, **values: Any) -> int:
    """The id of a new change, which is accepted: `hash`, `base`, `documents`, `answers`, `steps`, `reason` and `by` are given."""
    given = {"status": "accepted", "progress": {}, "state": {}, "error": {}, "backup": "", **values}
    columns, params = _encoded(conn, given | {"at": at, "changed_at": at})
    marks = ", ".join("?" for _ in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    row = conn.row(f'INSERT INTO "kartotek__change" ({names}) VALUES ({marks}) RETURNING "id"', params)
    assert row is not None
    return int(row[0])


def find(conn: Connection, id: int, *, lock: bool = False) -> ChangeRow | None:
    """The change, or None; `lock` keeps others from writing to it until the transaction ends."""
    row = conn.row(f'{_READ} WHERE "id" = ?{conn.dialect.for_update if lock else ""}', (id,))
    return None if row is None else _change(conn, row)


def unfinished(conn: Connection) -> ChangeRow | None:
    """The change that is to be made or gone on with; there is never more than one."""
    row = conn.row(f'{_READ} WHERE "status" IN (?, ?) ORDER BY "id" LIMIT 1', OPEN)
    return None if row is None else _change(conn, row)


def newest(conn: Connection) -> ChangeRow | None:
    """The change that was asked for last."""
    row = conn.row(f'{_READ} ORDER BY "id" DESC LIMIT 1')
    return None if row is None else _change(conn, row)


def left_over(conn: Connection) -> list[int]:
    """The changes that ended without coming into service, and may have left something that they had made ready."""
    rows = conn.rows('SELECT "id", "state" FROM "kartotek__change" WHERE "status" IN (?, ?) ORDER BY "id"', ("failed", "given_up"))
    wire = conn.dialect.decoder(JSON)
    return [id for id, state in rows if wire(state)]


def change(conn: Connection, id: int, at: datetime, **values: Any) -> None:
    """Writes some columns of a change."""
    columns, params = _encoded(conn, values | {"changed_at": at})
    settings = ", ".join(f'"{name}" = ?' for name in columns)
    conn.run(f'UPDATE "kartotek__change" SET {settings} WHERE "id" = ?', (*params, id))


def forget(conn: Connection, before: datetime) -> int:
    """Drops what ended before that instant; how many. What each came to stays with its catalog."""
    sql = 'DELETE FROM "kartotek__change" WHERE "status" NOT IN (?, ?) AND "changed_at" < ?'
    return conn.run(sql, (*OPEN, conn.dialect.encode(INSTANT, before)))


def _encoded(conn: Connection, values: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    encode = conn.dialect.encode
    return list(values), [
        encode(JSON, value) if name in _JSON else encode(INSTANT, value) if isinstance(value, datetime) else value
        for name, value in values.items()
    ]


def _change(conn: Connection, row: Sequence[Any]) -> ChangeRow:
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    values = dict(zip(_NAMES, row, strict=True))
    for name in _JSON:
        values[name] = wire(values[name])
    return ChangeRow(**values | {"at": instant(values["at"]), "changed_at": instant(values["changed_at"])})
