"""Reports: what the last attempt to apply declarations found, for every process to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import JSON

_WRITE = (
    'INSERT INTO "kartotek__report" ("id", "problems") VALUES (1, ?) '
    'ON CONFLICT ("id") DO UPDATE SET "problems" = excluded."problems"'
)


def read(conn: Connection) -> list[dict[str, Any]]:
    """The problems in the shape they were written in; none before the first attempt."""
    row = conn.row('SELECT "problems" FROM "kartotek__report" WHERE "id" = 1')
    return list(conn.dialect.decoder(JSON)(row[0])) if row else []


def write(conn: Connection, problems: Sequence[dict[str, Any]]) -> None:
    """Puts these problems, in any JSON shape, in the place of those before."""
    conn.run(_WRITE, (conn.dialect.encode(JSON, list(problems)),))
