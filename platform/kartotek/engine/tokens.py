"""Tokens: random secrets for programs, kept as digests, shown once, limited if wanted, ended at once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kartotek.engine.audit import Audit
from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.envelopes import instant
from kartotek.engine.token_scopes import scope_of, scope_wire
from kartotek.engine.transaction import Once
from kartotek.engine.users import Users
from kartotek.errors import Busy, Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from kartotek.model.actor import Actor, Origin
from kartotek.model.audit import AuditEntry
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import Problem, problem
from kartotek.storage import idempotency, tokens
from kartotek.storage.catalogs import Pulse
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.tokens import Token, digest
from kartotek.storage.users import find, find_many

_PREFIX = "kt_"
_LONGEST_NAME = 100
_USED_EVERY = timedelta(minutes=5)


class Tokens:
    """Tokens are remembered, by what is kept of them, until the pulse says that anybody's rights may have changed."""

    def __init__(self, database: Database, catalogs: Catalogs, users: Users, *, clock: Callable[[], datetime], audit: Audit) -> None:
        self._database = database
        self._catalogs = catalogs
        self._users = users
        self.clock = clock
        self._audit = audit
        self._lock = threading.Lock()
        self._at = Pulse(-1, -1)
        self._known: dict[str, Token] = {}
        self._used: dict[int, datetime] = {}

    def authenticate(self, secret: str) -> Actor:
        """The actor the token acts for, with his rights of now within the token's scope. Raises Unauthenticated."""
        found, now = self._find(secret), self.clock()
        if found is None or found.revoked_at is not None:
            raise Unauthenticated("This token is not known.")
        if found.expires_at is not None and found.expires_at <= now:
            raise Unauthenticated("This token has expired.")
        actor = self._users.actor(found.user_id, "api")
        if actor is None:
            raise Unauthenticated("The user of this token may not log in.")
        self._mark(found, now)
        return replace(actor, scope=found.scope, origin=Origin(session=f"token:{found.id}"))

    def add(
        self, actor: Actor, name: str, *, user_id: int | None = None, expires: datetime | None = None,
        scope: Mapping[str, Any] = EMPTY, once: Once | None = None,
    ) -> tuple[dict[str, Any], str]:
        """(description, secret). For owners and whoever has the ability, and for nobody who may do more than they.

        `scope` is {"types", "actions", "fields": {type: names}}, {} for all that the user may. Raises Forbidden, Invalid, Conflict
        when repeated under one key.
        """
        self._refuse_unable(actor)
        secret, now = _PREFIX + secrets.token_urlsafe(32), self.clock()
        limits, of_scope = scope_of(scope, self._catalogs.current().catalog)
        with writing_to(self._database) as conn:
            holder = actor.id if user_id is None else user_id
            problems = [*_name_problems(name), *of_scope]
            user = find(conn, holder)
            if user is None:
                problems.append(problem("/user_id", "no_record"))
            if problems:
                raise Invalid(problems)
            if user is not None and not self._covers(actor, user.roles, user.id):
                raise Forbidden("Nobody may make a token of somebody who may do more than he.")
            if once is not None:
                self._refuse_repeated(conn, actor, once, now)
            row = Token(user_id=holder, name=name, created_at=now, created_by=actor.id, expires_at=expires, scope=limits)
            id = tokens.add(conn, row, secret)
            if once is not None:
                idempotency.finish(conn, once.key, actor.id, {"token": id})
            self._audit.append(conn, actor, AuditEntry("token_created", "user", holder, body={"token": id, "scope": scope_wire(limits)}))
            return _described(replace(row, id=id)), secret

    def list(self, actor: Actor) -> list[dict[str, Any]]:
        """The tokens of those who may do no more than the actor, ended ones too. Raises Forbidden."""
        self._refuse_unable(actor)
        with reading_from(self._database) as conn:
            rows = tokens.everyones(conn)
            users = find_many(conn, sorted({one.user_id for one in rows}))
        covered = {id: self._covers(actor, one.roles, id) for id, one in users.items()}
        return [_described(row) for row in rows if covered.get(row.user_id, actor.is_owner)]

    def revoke(self, actor: Actor, id: int) -> None:
        """Ends a token. Raises Forbidden, NotFound."""
        self._refuse_unable(actor)
        with writing_to(self._database) as conn:
            found = tokens.get(conn, id)
            user = find(conn, found.user_id) if found is not None else None
            covered = user is None or self._covers(actor, user.roles, user.id)
            if found is None or not covered or not tokens.revoke(conn, id, self.clock()):
                raise NotFound("There is no such token.")
            self._audit.append(conn, actor, AuditEntry("token_revoked", "user", found.user_id, body={"token": id}))
        with self._lock:
            self._known.clear()

    def _covers(self, actor: Actor, roles: frozenset[str], user_id: int) -> bool:
        return actor.is_owner or user_id == actor.id or not self._users.granting.lacking_as_another(actor, roles)

    def _refuse_unable(self, actor: Actor) -> None:
        if not self._users.granting.able(actor, "tokens"):
            raise Forbidden("Only an owner may manage tokens.")

    def _mark(self, token: Token, now: datetime) -> None:
        """Notes that a token is used, at most once every few minutes; that it cannot be noted now turns nobody away."""
        last = max((one for one in (token.used_at, self._used.get(token.id)) if one is not None), default=None)
        if last is not None and now - last < _USED_EVERY:
            return
        self._used[token.id] = now
        with suppress(Busy), writing_to(self._database) as conn:
            tokens.use(conn, token.id, now)

    def _find(self, secret: str) -> Token | None:
        kept = digest(secret)
        pulse = self._catalogs.pulse()
        with self._lock:
            if pulse != self._at:
                self._known.clear()
                self._at = pulse
            if kept in self._known:
                return self._known[kept]
        with reading_from(self._database) as conn:
            found = tokens.find(conn, secret)
        if found is not None:
            with self._lock:
                if pulse == self._at:
                    self._known[kept] = found
        return found

    def _refuse_repeated(self, conn: Connection, actor: Actor, once: Once, now: datetime) -> None:
        # The secret is not kept, so it cannot be told again.
        if idempotency.reserve(conn, once.key, actor.id, once.fingerprint, at=now) is not None:
            sentence = "The secret is shown once: revoke this token and make another."
            raise Conflict(sentence, problems=[Problem("", "token_exists", sentence)])


def _name_problems(name: str) -> list[Problem]:
    if not name.strip():
        return [problem("/name", "required")]
    if len(name) > _LONGEST_NAME:
        return [problem("/name", "max_length", limit=_LONGEST_NAME)]
    if "\0" in name or any(0xD800 <= ord(one) <= 0xDFFF for one in name):
        return [problem("/name", "text_nul")]
    return []


def _described(row: Token) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "user_id": row.user_id, "scope": scope_wire(row.scope), "created_at": instant(row.created_at),
        "created_by": row.created_by, "expires_at": instant(row.expires_at), "used_at": instant(row.used_at),
        "revoked_at": instant(row.revoked_at),
    }  # fmt: skip
