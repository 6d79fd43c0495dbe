"""Outbox: what is to reach the outside, written with its cause and delivered at least once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.queue import Queue

State = Literal["waiting", "held", "sent", "unsent", "dead", "dropped"]
WEBHOOK = "webhook:"  # what the channel of a webhook begins with; no declared channel's name has a colon
_WAITING = "\"state\" = 'waiting'"
_NEW = f'{_WAITING} AND "seen_at" IS NULL AND "due" <= ?'
_FREE = 'AND ("until" IS NULL OR "until" <= ?)'
_MESSAGE = "NOT (\"channel\" >= 'webhook:' AND \"channel\" < 'webhook;')"
_CLAIMED = ("key", "channel", "payload", "meant_at", "log", "tries", "seen_at")
QUEUE = Queue("kartotek__outbox", _CLAIMED, only=_WAITING)
_SEEN = Queue("kartotek__outbox", _CLAIMED, only=f'{_WAITING} AND "seen_at" IS NOT NULL')
_ADD = (
    'INSERT INTO "kartotek__outbox" ("key", "channel", "payload", "due", "meant_at", "attempts") '
    'VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT ("key") DO NOTHING'
)
_LIST = (
    'SELECT "id", "due", "attempts", "key", "channel", "payload", "meant_at", "log", "state", "error", "done_at", '
    '"until", "tries", "seen_at" FROM "kartotek__outbox"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """`key` makes a second adding, and a second delivery, recognisable; `payload` holds references, never values.

    `meant_at` is when it would have been in time, `seen_at` when a worker first saw that it was due. `log` tells what was decided about it, oldest first, and `error` is the
    code of the last of these that stands in its way. `tries` counts what was carried out, `attempts` how often it was claimed.
    """

    key: str
    channel: str
    payload: Mapping[str, Any]
    due: datetime
    meant_at: datetime | None = None
    id: int = 0
    attempts: int = 0
    tries: int = 0
    state: State = "waiting"
    error: str = ""
    log: tuple[Mapping[str, Any], ...] = ()
    done_at: datetime | None = None
    until: datetime | None = None
    seen_at: datetime | None = None

    @property
    def is_webhook(self) -> bool:
        """Whether it is for a program and not for a person."""
        return self.channel.startswith(WEBHOOK)


def add(conn: Connection, row: OutboxRow) -> bool:
    """Adds a row; False where one with its key is there already."""
    return conn.run(_ADD, _added(conn, row)) == 1


def has_key(conn: Connection, key: str) -> bool:
    """Whether a row with this key is there, done or not."""
    return conn.row('SELECT 1 FROM "kartotek__outbox" WHERE "key" = ?', (key,)) is not None


def add_many(conn: Connection, rows: Sequence[OutboxRow]) -> None:
    """Adds rows, but those whose keys are there already."""
    if rows:
        conn.run_many(_ADD, [_added(conn, row) for row in rows])


def claim(conn: Connection, holder: str, now: datetime, *, seconds: float = 60, limit: int = 100) -> list[OutboxRow]:
    """Rows that are due, now the holder's; see Queue.claim."""
    return _claimed(conn, QUEUE.claim(conn, holder, now, seconds=seconds, limit=limit))


def claim_seen(conn: Connection, holder: str, now: datetime, *, seconds: float, limit: int) -> list[OutboxRow]:
    """The same of rows that `see` has judged."""
    return _claimed(conn, _SEEN.claim(conn, holder, now, seconds=seconds, limit=limit))


def is_due(conn: Connection, now: datetime) -> bool:
    """Whether anything could be claimed now."""
    at = conn.dialect.encode(INSTANT, now)
    sql = f'SELECT 1 FROM "kartotek__outbox" WHERE {_WAITING} AND "done_at" IS NULL AND "due" <= ? {_FREE} LIMIT 1'
    return conn.row(sql, (at, at)) is not None


def see(conn: Connection, now: datetime, *, late: datetime, most: int) -> int:
    """Judges what became due since the last time: more than `most` messages due before `late` are held. Answers how many.

    Those held before and those that were as late when they were seen a little while ago count too: a mass that comes in
    pieces is one.
    """
    encode = conn.dialect.encode
    at, limit = encode(INSTANT, now), encode(INSTANT, late)
    held = 0
    if conn.row(f'SELECT 1 FROM "kartotek__outbox" WHERE {_NEW} LIMIT 1', (limit,)):
        row = conn.row(
            f'SELECT COUNT(*) FROM "kartotek__outbox" WHERE ({_NEW} AND {_MESSAGE}) OR "state" = \'held\' '
            f'OR ("seen_at" > ? AND "meant_at" < ? AND {_MESSAGE})',
            (limit, limit, limit),
        )
        if row and row[0] > most:
            held = conn.run(
                f'UPDATE "kartotek__outbox" SET "state" = \'held\', "error" = \'late\', "seen_at" = ? WHERE {_NEW} AND {_MESSAGE}',
                (at, limit),
            )
    conn.run(f'UPDATE "kartotek__outbox" SET "seen_at" = ? WHERE {_NEW}', (at, at))
    return held


def settle(conn: Connection, row: OutboxRow, holder: str) -> bool:
    """Stores what became of a claimed row and gives it back; False when the claim has passed to another."""
    encode = conn.dialect.encode
    done = None if row.done_at is None else encode(INSTANT, row.done_at)
    sql = (
        'UPDATE "kartotek__outbox" SET "state" = ?, "due" = ?, "tries" = ?, "error" = ?, "log" = ?, "done_at" = ?, '
        f'"until" = NULL WHERE "id" = ? AND "holder" = ? AND {_WAITING}'
    )
    wire = encode(JSON, [dict(entry) for entry in row.log])
    values = (row.state, encode(INSTANT, row.due), row.tries, row.error or None, wire, done, row.id, holder)
    return conn.run(sql, values) == 1


def decide(conn: Connection, rows: Sequence[OutboxRow]) -> None:
    """Stores what the owner decided about rows that nobody is working on. Take them with `find(…, lock=True)` or `held`."""
    encode = conn.dialect.encode
    sql = (
        'UPDATE "kartotek__outbox" SET "state" = ?, "due" = ?, "tries" = ?, "error" = ?, "log" = ?, "done_at" = ?, '
        '"until" = NULL, "holder" = NULL WHERE "id" = ?'
    )
    conn.run_many(sql, [
        (
            row.state, encode(INSTANT, row.due), row.tries, row.error or None,
            encode(JSON, [dict(entry) for entry in row.log]),
            None if row.done_at is None else encode(INSTANT, row.done_at), row.id,
        )
        for row in rows
    ])


def give_back(conn: Connection, ids: Sequence[int], holder: str) -> None:
    """Lets others claim rows at once that were claimed and not worked on."""
    sql = (
        'UPDATE "kartotek__outbox" SET "until" = NULL '
        f'WHERE {conn.dialect.among("id")} AND "holder" = ? AND {_WAITING}'
    )
    conn.run(sql, (conn.dialect.ids(ids), holder))


def find(conn: Connection, id: int, *, lock: bool = False) -> OutboxRow | None:
    """One row."""
    rows = conn.rows(f'{_LIST} WHERE "id" = ?{conn.dialect.for_update if lock else ""}', (id,))
    return next(iter(_listed(conn, rows)), None)


def listing(conn: Connection, states: Sequence[State], *, before: int | None, limit: int) -> list[OutboxRow]:
    """Rows in one of these states (in any, without), the newest first; `before` is the id of the last one already seen."""
    conditions: list[str] = []
    params: list[Any] = []
    if states:
        conditions.append(f'"state" IN ({", ".join("?" for _ in states)})')
        params += states
    if before is not None:
        conditions.append('"id" < ?')
        params.append(before)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return _listed(conn, conn.rows(f'{_LIST}{where} ORDER BY "id" DESC LIMIT ?', (*params, limit)))


def held(conn: Connection, limit: int) -> list[OutboxRow]:
    """The oldest rows that wait for a word, locked."""
    sql = f'{_LIST} WHERE "state" = \'held\' ORDER BY "id" LIMIT ?{conn.dialect.for_update}'
    return _listed(conn, conn.rows(sql, (limit,)))


def counts(conn: Connection) -> dict[str, int]:
    """{state: how many}."""
    return {str(state): int(count) for state, count in conn.rows('SELECT "state", COUNT(*) FROM "kartotek__outbox" GROUP BY "state"')}


def purge(conn: Connection, before: datetime) -> int:
    """Removes what was sent, not sent or dropped before an instant; dead ones wait for somebody to look at them."""
    sql = "DELETE FROM \"kartotek__outbox\" WHERE \"state\" IN ('sent', 'unsent', 'dropped') AND \"done_at\" < ?"
    return conn.run(sql, (conn.dialect.encode(INSTANT, before),))


def _added(conn: Connection, row: OutboxRow) -> tuple[Any, ...]:
    encode = conn.dialect.encode
    meant = None if row.meant_at is None else encode(INSTANT, row.meant_at)
    return row.key, row.channel, encode(JSON, dict(row.payload)), encode(INSTANT, row.due), meant


def _claimed(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[OutboxRow]:
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    return [
        OutboxRow(
            id=id, due=due, attempts=attempts, key=key, channel=channel, payload=wire(payload),
            meant_at=None if meant is None else instant(meant), log=() if log is None else tuple(wire(log)),
            tries=tries, seen_at=None if seen is None else instant(seen),
        )
        for id, due, attempts, key, channel, payload, meant, log, tries, seen in rows
    ]


def _listed(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[OutboxRow]:
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    return [
        OutboxRow(
            id=row[0], due=instant(row[1]), attempts=row[2], key=row[3], channel=row[4], payload=wire(row[5]),
            meant_at=None if row[6] is None else instant(row[6]), log=() if row[7] is None else tuple(wire(row[7])),
            state=row[8], error=row[9] or "", done_at=None if row[10] is None else instant(row[10]),
            until=None if row[11] is None else instant(row[11]), tries=row[12],
            seen_at=None if row[13] is None else instant(row[13]),
        )
        for row in rows
    ]


finish = QUEUE.finish
postpone = QUEUE.postpone
