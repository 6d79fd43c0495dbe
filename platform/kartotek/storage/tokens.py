"""Tokens: who may use the API; of a secret only the SHA-256 is kept, which suffices for long random ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.model.actor import Scope
from kartotek.storage.catalogs import bump_security
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A named right to act as a user, without its secret; without a scope it has all of his rights."""

    user_id: int
    name: str
    created_at: datetime
    created_by: int
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None
    scope: Scope | None = None
    id: int = 0

    def is_live(self, now: datetime) -> bool:
        """Whether it has neither expired nor been revoked."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


_LIST = (
    'SELECT "id", "user_id", "name", "created_at", "created_by", "expires_at", "revoked_at", "used_at", "scope" '
    'FROM "kartotek__token"'
)
_ADD = (
    'INSERT INTO "kartotek__token" ("digest", "user_id", "name", "created_at", "created_by", "expires_at", "scope") '
    'VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING "id"'
)
_LIMITS = 'SELECT "token_id", "type", "field" FROM "kartotek__token_limit"'


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def add(conn: Connection, token: Token, secret: str) -> int:
    """The id of a new token."""
    encode = conn.dialect.encode
    created, expires = encode(INSTANT, token.created_at), encode(INSTANT, token.expires_at)
    scope = None if token.scope is None else encode(JSON, _kept(token.scope))
    row = conn.rows(_ADD, (digest(secret), token.user_id, token.name, created, token.created_by, expires, scope))[0]
    for limit in _limits(token.scope) if token.scope is not None else ():
        conn.run('INSERT INTO "kartotek__token_limit" ("token_id", "type", "field") VALUES (?, ?, ?)', (row[0], *limit))
    bump_security(conn)
    return int(row[0])


def find(conn: Connection, secret: str) -> Token | None:
    """The token of a secret, live or not."""
    return next(iter(_read(conn, conn.rows(f'{_LIST} WHERE "digest" = ?', (digest(secret),)))), None)


def get(conn: Connection, id: int) -> Token | None:
    """The token of this number, live or not."""
    return next(iter(_read(conn, conn.rows(f'{_LIST} WHERE "id" = ?', (id,)))), None)


def of_user(conn: Connection, user_id: int) -> list[Token]:
    """The tokens of a user, oldest first, revoked ones too."""
    return _read(conn, conn.rows(f'{_LIST} WHERE "user_id" = ? ORDER BY "id"', (user_id,)))


def everyones(conn: Connection) -> list[Token]:
    """All tokens, oldest first."""
    return _read(conn, conn.rows(f'{_LIST} ORDER BY "id"'))


def use(conn: Connection, id: int, at: datetime) -> None:
    """Notes that a token was used."""
    conn.run('UPDATE "kartotek__token" SET "used_at" = ? WHERE "id" = ?', (conn.dialect.encode(INSTANT, at), id))


def revoke(conn: Connection, id: int, at: datetime) -> bool:
    """Ends a token, at once and on every process; False where there is none that was live."""
    sql = 'UPDATE "kartotek__token" SET "revoked_at" = ? WHERE "id" = ? AND "revoked_at" IS NULL'
    if not conn.run(sql, (conn.dialect.encode(INSTANT, at), id)):
        return False
    bump_security(conn)
    return True


def _read(conn: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Token]:
    decode, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)
    scoped = [row[0] for row in rows if row[8] is not None]
    limits: dict[int, list[tuple[str, str]]] = {}
    if scoped:
        for token_id, record_type, field in conn.rows(f"{_LIMITS} WHERE {conn.dialect.among('token_id')}", (conn.dialect.ids(scoped),)):
            limits.setdefault(token_id, []).append((record_type, field))

    def instant(stored: Any) -> Any:
        return None if stored is None else decode(stored)

    return [
        Token(
            id=row[0], user_id=row[1], name=row[2], created_at=instant(row[3]), created_by=row[4], expires_at=instant(row[5]),
            revoked_at=instant(row[6]), used_at=instant(row[7]),
            scope=None if row[8] is None else _scope(wire(row[8]), limits.get(row[0], ())),
        )
        for row in rows
    ]  # fmt: skip


def _kept(scope: Scope) -> dict[str, Any]:
    """What is kept of a scope besides names, which follow what they name when it is called otherwise."""
    return {"types": scope.types is not None, "actions": None if scope.actions is None else sorted(scope.actions)}


def _limits(scope: Scope) -> Iterable[tuple[str, str]]:
    for name in sorted(scope.types or ()):
        yield name, ""
    for name, fields in scope.fields:
        yield from ((name, field) for field in sorted(fields))


def _scope(kept: Mapping[str, Any], limits: Iterable[tuple[str, str]]) -> Scope:
    types: set[str] = set()
    fields: dict[str, set[str]] = {}
    for record_type, field in limits:
        if field:
            fields.setdefault(record_type, set()).add(field)
        else:
            types.add(record_type)
    actions = kept["actions"]
    return Scope(
        frozenset(types) if kept["types"] else None, None if actions is None else frozenset(actions),
        tuple((name, frozenset(fields[name])) for name in sorted(fields)),
    )  # fmt: skip
