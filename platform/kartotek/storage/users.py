"""Users: the mirror of those who may log in, so that references, hops and history can name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.storage.catalogs import bump_security
from kartotek.storage.connection import Connection
from kartotek.storage.layout import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredUser:
    """`epoch` grows when the user's sessions are to end."""

    id: int
    username: str
    name: str
    roles: frozenset[str] = frozenset()
    language: str = "en"
    active: bool = True
    epoch: int = 0


_COLUMNS = ("id", "username", "name", "roles", "language", "active", "epoch")
_LIST = 'SELECT "id", "username", "name", "roles", "language", "active", "epoch" FROM "user"'
_SETTINGS = ", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS[1:])
_MIRROR = (
    f'INSERT INTO "user" ("version", {", ".join(chr(34) + name + chr(34) for name in _COLUMNS)}) '
    f"VALUES (1, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (\"id\") DO UPDATE SET {_SETTINGS}"
)


def mirror(conn: Connection, user: MirroredUser) -> bool:
    """Writes a user; whether anything differed. If so, all processes are told to forget whom they know."""
    if find(conn, user.id) == user:
        return False
    roles, active = conn.dialect.encode(JSON, sorted(user.roles)), user.active
    conn.run(_MIRROR, (user.id, user.username, user.name, roles, user.language, active, user.epoch))
    bump_security(conn)
    return True


def find(conn: Connection, id: int) -> MirroredUser | None:
    """A user by the id."""
    return next(iter(_read(conn, conn.rows(f'{_LIST} WHERE "id" = ?', (id,)))), None)


def find_many(conn: Connection, ids: Sequence[int]) -> dict[int, MirroredUser]:
    """{id: user} of those that there are."""
    rows = conn.rows(f"{_LIST} WHERE {conn.dialect.among('id')}", (conn.dialect.ids(ids),)) if ids else []
    return {one.id: one for one in _read(conn, rows)}


def everyone(conn: Connection) -> list[MirroredUser]:
    """All users, in the order of their ids."""
    return _read(conn, conn.rows(f'{_LIST} ORDER BY "id"'))


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[MirroredUser]:
    wire = conn.dialect.decoder(JSON)
    return [
        MirroredUser(
            id=row[0], username=row[1], name=row[2], roles=frozenset(wire(row[3])), language=row[4],
            active=bool(row[5]), epoch=row[6],
        )
        for row in rows
    ]
