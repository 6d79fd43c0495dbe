"""Idempotency: what was answered to a request that names itself, so that sending it again changes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.sealed_history import MARK, is_sealed
from kartotek.storage.sealing import site_key

KEPT = timedelta(hours=24)
GONE = {"gone": True}  # an answer that was blotted out because what it told is to stand nowhere any more; no answer is a mapping


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`fingerprint` is of the request that came first; `answer`, any wire value, is None while it is still running."""

    fingerprint: str
    answer: Any
    at: datetime


_RESERVE = (
    'INSERT INTO "kartotek__idempotency" ("actor_id", "key", "fingerprint", "at") VALUES (?, ?, ?, ?) '
    'ON CONFLICT ("actor_id", "key") DO UPDATE SET "fingerprint" = excluded."fingerprint", "at" = excluded."at", '
    '"answer" = NULL WHERE "kartotek__idempotency"."at" <= ?'
)


def reserve(conn: Connection, key: str, actor_id: int, fingerprint: str, *, at: datetime) -> StoredAnswer | None:
    """None when the key is new, or older than a day, and is now this request's; else what is known of the first one.

    A second request with the same key waits here until the first one's transaction has ended.
    """
    encode = conn.dialect.encode
    expired = encode(INSTANT, at - KEPT)
    if conn.run(_RESERVE, (actor_id, key, fingerprint, encode(INSTANT, at), expired)) == 1:
        return None
    sql = 'SELECT "fingerprint", "answer", "at" FROM "kartotek__idempotency" WHERE "actor_id" = ? AND "key" = ?'
    found = conn.rows(sql, (actor_id, key))[0]
    answer = None if found[1] is None else conn.dialect.decoder(JSON)(found[1])
    if is_sealed(answer):
        answer = conn.vault.open(conn, answer[MARK], _label(actor_id, key))
    return StoredAnswer(found[0], answer, conn.dialect.decoder(INSTANT)(found[2]))


def is_answered(conn: Connection, key: str, actor_id: int, *, at: datetime) -> bool:
    """Whether a request with this key was answered within a day."""
    sql = 'SELECT 1 FROM "kartotek__idempotency" WHERE "actor_id" = ? AND "key" = ? AND "at" > ? AND "answer" IS NOT NULL'
    return bool(conn.rows(sql, (actor_id, key, conn.dialect.encode(INSTANT, at - KEPT))))


def finish(conn: Connection, key: str, actor_id: int, answer: Any, *, secret: bool = False) -> None:
    """Keeps the answer for whoever asks again; encrypted where it may tell what the database is not to know."""
    if secret:
        answer = {MARK: conn.vault.seal(site_key(conn), _label(actor_id, key), answer)}
    text = conn.dialect.encode(JSON, answer)
    sql = 'UPDATE "kartotek__idempotency" SET "answer" = ? WHERE "actor_id" = ? AND "key" = ?'
    conn.run(sql, (text, actor_id, key))


def blot_out(conn: Connection) -> None:
    """Puts GONE in the place of every answer: nobody can tell of whom they speak, and yet nothing may be done twice."""
    conn.run('UPDATE "kartotek__idempotency" SET "answer" = ? WHERE "answer" IS NOT NULL', (conn.dialect.encode(JSON, GONE),))


def _label(actor_id: int, key: str) -> str:
    return f"answer.{actor_id}.{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()}"


def purge(conn: Connection, now: datetime) -> int:
    """Forgets what is older than a day; answers how many."""
    return conn.run('DELETE FROM "kartotek__idempotency" WHERE "at" <= ?', (conn.dialect.encode(INSTANT, now - KEPT),))
