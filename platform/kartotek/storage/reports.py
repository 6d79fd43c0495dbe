"""Reports: what is wrong with the site's files just now, kept where every process can show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import JSON


def read(conn: Connection) -> list[Any]:
    """The entries as they were written."""
    row = conn.row('SELECT "entries" FROM "kartotek__report" WHERE "id" = 1')
    return list(conn.dialect.decoder(JSON)(row[0])) if row else []


def write(conn: Connection, entries: Sequence[Any]) -> None:
    """Puts these entries, plain JSON, in the place of all before."""
    text = conn.dialect.encode(JSON, list(entries))
    conn.run(
        'INSERT INTO "kartotek__report" ("id", "entries") VALUES (1, ?) '
        'ON CONFLICT ("id") DO UPDATE SET "entries" = excluded."entries"',
        (text,),
    )
