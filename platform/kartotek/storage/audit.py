"""Audit: the rows of the chain, its head, and which records each entry is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.model.audit import AuditHead, AuditQuery
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT

_BATCH = 5000


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the chain: `content` is all that was said, under its mac; `at`, `by` and `action` repeat it to be looked for."""

    seq: int
    at: datetime
    by: int
    action: str
    content: str
    mac: str


_COLUMNS = '"seq", "at", "by", "action", "content", "mac"'
_HEAD = 'SELECT "seq", "mac" FROM "kartotek__audit_head" WHERE "id" = 1'
_MOVE = 'UPDATE "kartotek__audit_head" SET "seq" = ?, "mac" = ? WHERE "id" = 1'
_APPEND = f'INSERT INTO "kartotek__audit" ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)'
_ABOUT = 'INSERT INTO "kartotek__audit_record" ("seq", "type", "record_id") VALUES (?, ?, ?)'
# All in one round trip: whoever wants to append next waits for this one.
_TOGETHER = f"""
    WITH moved AS ({_MOVE}), about AS (
        INSERT INTO "kartotek__audit_record" ("seq", "type", "record_id")
        SELECT * FROM unnest(?::bigint[], ?::text[], ?::bigint[]))
    INSERT INTO "kartotek__audit" ({_COLUMNS})
    SELECT * FROM unnest(?::bigint[], ?::timestamptz[], ?::bigint[], ?::text[], ?::text[], ?::text[])"""


def head(conn: Connection) -> AuditHead:
    """The last entry."""
    row = conn.row(_HEAD)
    return AuditHead(*row) if row else AuditHead()


def held_head(conn: Connection) -> AuditHead:
    """The last entry, which stays the last until the transaction ends, or until it appends others."""
    row = conn.row(_HEAD + conn.dialect.for_update)
    return AuditHead(*row) if row else AuditHead()


def append(conn: Connection, links: Sequence[Link], about: Sequence[tuple[int, str, int]]) -> None:
    """Puts links behind the head that is held; `about` are (seq, type, record id)."""
    encode = conn.dialect.encode
    rows = [(one.seq, encode(INSTANT, one.at), one.by, one.action, one.content, one.mac) for one in links]
    moved = links[-1].seq, links[-1].mac
    if conn.dialect.waits_for_locks:
        columns = [*(list(each) for each in zip(*about, strict=True))] if about else [[], [], []]
        conn.run(_TOGETHER, (*moved, *columns, *(list(each) for each in zip(*rows, strict=True))))
        return
    conn.run_many(_APPEND, rows)
    conn.run(_MOVE, moved)
    if about:
        conn.run_many(_ABOUT, about)


def found(conn: Connection, query: AuditQuery) -> list[Link]:
    """The newest links that answer the question, newest first."""
    where, params = _where(conn, query)
    sql = f'SELECT {_COLUMNS} FROM "kartotek__audit" AS a WHERE {where} ORDER BY "seq" DESC LIMIT ?'
    return _read(conn, conn.rows(sql, (*params, query.limit)))


def every(conn: Connection, after: int = 0) -> Iterator[list[Link]]:
    """All links after one, oldest first, in batches."""
    sql = f'SELECT {_COLUMNS} FROM "kartotek__audit" WHERE "seq" > ? ORDER BY "seq" LIMIT {_BATCH}'
    while links := _read(conn, conn.rows(sql, (after,))):
        yield links
        after = links[-1].seq


def _where(conn: Connection, query: AuditQuery) -> tuple[str, list[Any]]:
    encode = conn.dialect.encode
    asked: list[tuple[str, Any]] = [
        ('"by" = ?', query.by), ('"at" >= ?', encode(INSTANT, query.since)), ('"at" < ?', encode(INSTANT, query.until)),
        ('"seq" < ?', query.before),
    ]
    texts, params = ["1 = 1"], []
    for text, value in asked:
        if value is not None:
            texts.append(text)
            params.append(value)
    if query.actions:
        texts.append(f'"action" IN ({", ".join("?" * len(query.actions))})')
        params += query.actions
    names = ", ".join("?" * len(query.types))
    if query.types and query.record_id is not None:
        texts.append(f'"seq" IN (SELECT "seq" FROM "kartotek__audit_record" WHERE "type" IN ({names}) AND "record_id" = ?)')
        params += [*query.types, query.record_id]
    elif query.types:  # of which there may be a million: looked at from the newest on
        texts.append(f'EXISTS (SELECT 1 FROM "kartotek__audit_record" AS r WHERE r."type" IN ({names}) AND r."seq" = a."seq")')
        params += query.types
    return " AND ".join(texts), params


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Link]:
    instant = conn.dialect.decoder(INSTANT)
    return [Link(row[0], instant(row[1]), row[2], row[3], row[4], row[5]) for row in rows]


def sealed_key(conn: Connection, *, held: bool = False) -> str | None:
    """The key of the macs as it is kept, None where there is none yet; `held` keeps others from making one."""
    suffix = conn.dialect.for_update if held else ""
    row = conn.row(f'SELECT "key" FROM "kartotek__audit_head" WHERE "id" = 1{suffix}')
    return row[0] if row else None


def keep_key(conn: Connection, sealed: str) -> None:
    """Keeps the key of the macs, sealed."""
    conn.run('UPDATE "kartotek__audit_head" SET "key" = ? WHERE "id" = 1', (sealed,))


def journal_place(conn: Connection, name: str) -> tuple[int, str]:
    """(how many bytes of a process's file stand in the chain, the mac of the last line of them)."""
    row = conn.row('SELECT "bytes", "mac" FROM "kartotek__audit_journal" WHERE "name" = ?', (name,))
    return (int(row[0]), row[1]) if row else (0, "")


def move_journal(conn: Connection, name: str, end: int, mac: str) -> None:
    """The lines of a file up to a place stand in the chain now."""
    conn.run(
        'INSERT INTO "kartotek__audit_journal" ("name", "bytes", "mac") VALUES (?, ?, ?) '
        'ON CONFLICT ("name") DO UPDATE SET "bytes" = excluded."bytes", "mac" = excluded."mac"', (name, end, mac),
    )


def journal_places(conn: Connection) -> dict[str, tuple[int, str]]:
    """{name: the same} of the files of which some lines stand in the chain."""
    return {row[0]: (int(row[1]), row[2]) for row in conn.rows('SELECT "name", "bytes", "mac" FROM "kartotek__audit_journal"')}


def forget_journal(conn: Connection, name: str) -> None:
    """The file is gone, and its name is never used again."""
    conn.run('DELETE FROM "kartotek__audit_journal" WHERE "name" = ?', (name,))


def begin(conn: Connection) -> None:
    """Lets a chain of its own begin where all of another was removed."""
    conn.run('INSERT INTO "kartotek__audit_head" ("id", "seq", "mac", "trimmed") VALUES (1, 0, \'\', 0)')


def abouts(conn: Connection) -> Iterator[list[tuple[int, str, int]]]:
    """All (seq, type, record id), in batches, in any order."""
    after: tuple[str, int, int] = ("", -1, -1)
    sql = (
        'SELECT "seq", "type", "record_id" FROM "kartotek__audit_record" WHERE ("type", "record_id", "seq") > (?, ?, ?) '
        f'ORDER BY "type", "record_id", "seq" LIMIT {_BATCH}'
    )
    while rows := conn.rows(sql, after):
        yield [(row[0], row[1], row[2]) for row in rows]
        after = rows[-1][1], rows[-1][2], rows[-1][0]


def trimmed(conn: Connection) -> int:
    """Up to which entry the chain was shortened."""
    row = conn.row('SELECT "trimmed" FROM "kartotek__audit_head" WHERE "id" = 1')
    return int(row[0]) if row else 0


def trim(conn: Connection, through: int) -> int:
    """Removes the entries up to one; answers how many. Nothing else may remove any."""
    conn.run('UPDATE "kartotek__audit_head" SET "trimmed" = ? WHERE "id" = 1', (through,))
    conn.run('DELETE FROM "kartotek__audit_record" WHERE "seq" <= ?', (through,))
    return conn.run('DELETE FROM "kartotek__audit" WHERE "seq" <= ?', (through,))


def last_before(conn: Connection, instant: datetime) -> tuple[int, str] | None:
    """(number, mac) of the last entry before which there are only older ones than this."""
    at = conn.dialect.encode(INSTANT, instant)
    row = conn.row('SELECT "seq" FROM "kartotek__audit" WHERE "at" >= ? ORDER BY "at" LIMIT 1', (at,))
    limit = ('"seq" < ?', (row[0],)) if row else ("1 = 1", ())
    found = conn.row(f'SELECT "seq", "mac" FROM "kartotek__audit" WHERE {limit[0]} ORDER BY "seq" DESC LIMIT 1', limit[1])
    return (int(found[0]), found[1]) if found else None
