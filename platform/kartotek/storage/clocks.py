"""Clocks: how long each has run for a record, since when it runs now, and which of its limits it has reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_SAVE = (
    'INSERT INTO "kartotek__clock" ("type", "record_id", "name", "elapsed", "since", "reached") VALUES (?, ?, ?, ?, ?, ?) '
    'ON CONFLICT ("type", "record_id", "name") DO UPDATE SET "elapsed" = excluded."elapsed", "since" = excluded."since", '
    '"reached" = excluded."reached"'
)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow:
    """`elapsed` is what it had run before `since`, which is None while it stands; `reached` are numbers of its limits."""

    type: str
    record_id: int
    name: str
    elapsed: timedelta = timedelta()
    since: datetime | None = None
    reached: frozenset[int] = frozenset()


def load_many(conn: Connection, type: str, record_ids: Sequence[int]) -> dict[tuple[int, str], ClockRow]:
    """{(record id, name): clock} of those that have ever run."""
    among = conn.dialect.among('"record_id"')
    sql = (
        f'SELECT "record_id", "name", "elapsed", "since", "reached" FROM "kartotek__clock" WHERE "type" = ? AND {among}'
    )
    instant = conn.dialect.decoder(INSTANT)
    return {
        (id, name): ClockRow(
            type=type, record_id=id, name=name, elapsed=elapsed * _MICROSECOND,
            since=None if since is None else instant(since), reached=_numbers(reached),
        )
        for id, name, elapsed, since, reached in conn.rows(sql, (type, conn.dialect.ids(record_ids)))
    }


def save_many(conn: Connection, rows: Sequence[ClockRow]) -> None:
    """Writes the clocks as they are."""
    params = [
        (
            one.type, one.record_id, one.name, one.elapsed // _MICROSECOND, conn.dialect.encode(INSTANT, one.since),
            sum(1 << number for number in one.reached),
        )
        for one in rows
    ]
    if len(params) == 1:
        conn.run(_SAVE, params[0])
    elif params:
        conn.run_many(_SAVE, params)


def _numbers(mask: int) -> frozenset[int]:
    return frozenset(number for number in range(mask.bit_length()) if mask >> number & 1)
