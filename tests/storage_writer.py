"""A process that writes until it is killed, and puts each acknowledged number into a file after the commit."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from storage_types import ORDER

from kartotek.storage import counters, history, records
from kartotek.storage.database import Collision, Database
from kartotek.storage.history import HistoryRow
from kartotek.storage.layout import layout_of
from kartotek.storage.stored import Stored, StoredRow

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LAYOUT = layout_of(ORDER)


def write(url: str, acknowledged: str, rounds: int) -> None:
    """Inserts orders, each with a number, a line and a history row in one transaction."""
    database = Database.open(url)
    file = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in range(rounds):
        try:
            number = one(database)
        except Collision:
            continue
        os.write(file, f"{number}\n".encode())
    database.close()


def one(database: Database) -> int:
    """The number of a new order."""
    with database.write() as conn:
        number = counters.next(conn, "order")
        line = StoredRow(columns={"note": "n"})
        id = records.insert(conn, LAYOUT, Stored(columns={"year": number}, rows={"lines": (line,)}), catalog_version=0)
        history.append(
            conn,
            HistoryRow(
                type="order", record_id=id, version=1, action="create", by=1, at=AT, was={}, now={"year": number}
            ),
        )
    return number
