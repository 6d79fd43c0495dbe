"""Tokens: who may use the API; of a secret only the SHA-256 is kept, which suffices for long random ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.storage.catalogs import bump_security
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A named right to act as a user, without its secret."""

    user_id: int
    name: str
    created_at: datetime
    created_by: int
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    id: int = 0

    def is_live(self, now: datetime) -> bool:
        """Whether it has neither expired nor been revoked."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


_LIST = 'SELECT "id", "user_id", "name", "created_at", "created_by", "expires_at", "revoked_at" FROM "kartotek__token"'
_ADD = (
    'INSERT INTO "kartotek__token" ("digest", "user_id", "name", "created_at", "created_by", "expires_at") '
    'VALUES (?, ?, ?, ?, ?, ?) RETURNING "id"'
)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add(conn: Connection, token: Token, secret: str) -> int:
    """The id of a new token."""
    encode = conn.dialect.encode
    created, expires = encode(INSTANT, token.created_at), encode(INSTANT, token.expires_at)
    row = conn.rows(_ADD, (digest(secret), token.user_id, token.name, created, token.created_by, expires))[0]
    bump_security(conn)
    return int(row[0])


def find(conn: Connection, secret: str) -> Token | None:
    """The token of a secret, live or not."""
    return next(iter(_read(conn, conn.rows(f'{_LIST} WHERE "digest" = ?', (digest(secret),)))), None)


def of_user(conn: Connection, user_id: int) -> list[Token]:
    """The tokens of a user, oldest first, revoked ones too."""
    return _read(conn, conn.rows(f'{_LIST} WHERE "user_id" = ? ORDER BY "id"', (user_id,)))


def everyones(conn: Connection) -> list[Token]:
    """All tokens, oldest first."""
    return _read(conn, conn.rows(f'{_LIST} ORDER BY "id"'))


def revoke(conn: Connection, id: int, at: datetime) -> bool:
    """Ends a token, at once and on every process; False where there is none that was live."""
    sql = 'UPDATE "kartotek__token" SET "revoked_at" = ? WHERE "id" = ? AND "revoked_at" IS NULL'
    if not conn.run(sql, (conn.dialect.encode(INSTANT, at), id)):
        return False
    bump_security(conn)
    return True


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Token]:
    decode = conn.dialect.decoder(INSTANT)

    def instant(stored: Any) -> Any:
        return None if stored is None else decode(stored)

    return [
        Token(
            id=row[0], user_id=row[1], name=row[2], created_at=instant(row[3]), created_by=row[4],
            expires_at=instant(row[5]), revoked_at=instant(row[6]),
        )
        for row in rows
    ]
