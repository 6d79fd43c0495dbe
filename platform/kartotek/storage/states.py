"""States: how many records are in which, and moving many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT, TEXT, Layout


def counts(conn: Connection, layout: Layout) -> dict[str | None, int]:
    """{state, None for those without one: how many records are in it}, those in the trash too."""
    rows = conn.rows(f'SELECT "state", COUNT(*) FROM {quote(layout.table)} GROUP BY "state"')
    return {state: int(count) for state, count in rows}


def elsewhere(conn: Connection, layout: Layout, states: Iterable[str], *, after: int, limit: int) -> list[int]:
    """The next ids of records, also in the trash, that are in none of these states; in their order."""
    known = sorted(states)
    marks = ", ".join("?" * len(known))
    sql = (
        f'SELECT "id" FROM {quote(layout.table)} WHERE "id" > ? AND ("state" IS NULL OR "state" NOT IN ({marks})) '
        'ORDER BY "id" LIMIT ?'
    )
    return [int(row[0]) for row in conn.rows(sql, (after, *known, limit))]


def move(
    conn: Connection, layout: Layout, ids: Sequence[int], state: str, *, column: str, by: int, at: datetime
) -> None:
    """Puts records into a state, into the column that shows it too ("" for none), as one change of each of them."""
    shown = f", {quote(column)} = ?" if column else ""
    sql = (
        f'UPDATE {quote(layout.table)} SET "state" = ?{shown}, "version" = "version" + 1, "updated_at" = ?, '
        f'"updated_by" = ? WHERE {conn.dialect.among(quote("id"))}'
    )
    encode = conn.dialect.encode
    states = [encode(TEXT, state)] * (2 if column else 1)
    conn.run(sql, (*states, encode(INSTANT, at), by, conn.dialect.ids(ids)))


def show(conn: Connection, layout: Layout, column: str) -> int:
    """Brings the column that shows the state in step with it; neither version nor history take notice. How many."""
    name = quote(column)
    return conn.run(
        f'UPDATE {quote(layout.table)} SET {name} = "state" WHERE "state" IS NOT NULL AND ({name} IS NULL OR {name} <> "state")'
    )
