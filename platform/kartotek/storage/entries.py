"""Entries: when records entered the states they are in, as history tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_RECORD = '"record_id"'

@dataclass(frozen=True, slots=True)
class Entry:
    """`version` is the record's when it entered its state."""

    version: int
    at: datetime


def entries(conn: Connection, type: str, record_ids: Sequence[int]) -> dict[int, Entry]:
    """{record id: its last entry}; a state that was only renamed was not entered then."""
    sql = (
        'SELECT "record_id", "version", "at" FROM "kartotek__history" WHERE "id" IN ('
        f'SELECT max("id") FROM "kartotek__history" WHERE "type" = ? AND {conn.dialect.among(_RECORD)} '
        """AND ("action" = 'create' OR ("state_was" IS DISTINCT FROM "state_now" """
        """AND NOT ("action" = 'migration' AND "transition" = 'rename'))) GROUP BY "record_id")"""
    )
    instant = conn.dialect.decoder(INSTANT)
    rows = conn.rows(sql, (type, conn.dialect.ids(record_ids)))
    return {id: Entry(version, instant(at)) for id, version, at in rows}
