"""Tokens: random secrets for programs, kept as digests, shown once, ended at once."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.envelopes import instant
from kartotek.engine.transaction import Once
from kartotek.engine.users import Users
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem, problem
from kartotek.storage import idempotency, tokens
from kartotek.storage.catalogs import Pulse
from kartotek.storage.database import Database
from kartotek.storage.tokens import Token, digest
from kartotek.storage.users import find

_PREFIX = "kt_"
_LONGEST_NAME = 100


class Tokens:
    """Tokens are remembered, by what is kept of them, until the pulse says that anybody's rights may have changed."""

    def __init__(
        self, database: Database, catalogs: Catalogs, users: Users, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._catalogs = catalogs
        self._users = users
        self.clock = clock
        self._lock = threading.Lock()
        self._at = Pulse(-1, -1)
        self._known: dict[str, Token] = {}

    def authenticate(self, secret: str) -> Actor:
        """The actor the token acts for, with his rights of now. Raises Unauthenticated."""
        found = self._find(secret)
        if found is None or found.revoked_at is not None:
            raise Unauthenticated("This token is not known.")
        if found.expires_at is not None and found.expires_at <= self.clock():
            raise Unauthenticated("This token has expired.")
        actor = self._users.actor(found.user_id, "api")
        if actor is None:
            raise Unauthenticated("The user of this token may not log in.")
        return actor

    def add(
        self, actor: Actor, name: str, *, user_id: int | None = None, expires: datetime | None = None,
        once: Once | None = None,
    ) -> tuple[dict[str, Any], str]:
        """(description, secret). An owner's right. Raises Forbidden, Invalid, Conflict when repeated under one key."""
        _refuse_unless_owner(actor)
        secret, now = _PREFIX + secrets.token_urlsafe(32), self.clock()
        with writing_to(self._database) as conn:
            holder = actor.id if user_id is None else user_id
            problems = _name_problems(name)
            if find(conn, holder) is None:
                problems.append(problem("/user_id", "no_record"))
            if problems:
                raise Invalid(problems)
            if once is not None:
                self._refuse_repeated(conn, actor, once, now)
            row = Token(user_id=holder, name=name, created_at=now, created_by=actor.id, expires_at=expires)
            id = tokens.add(conn, row, secret)
            if once is not None:
                idempotency.finish(conn, once.key, actor.id, {"token": id})
            return _described(replace(row, id=id)), secret

    def list(self, actor: Actor) -> list[dict[str, Any]]:
        """All tokens, ended ones too. Raises Forbidden."""
        _refuse_unless_owner(actor)
        with reading_from(self._database) as conn:
            return [_described(row) for row in tokens.everyones(conn)]

    def revoke(self, actor: Actor, id: int) -> None:
        """Ends a token. Raises Forbidden, NotFound."""
        _refuse_unless_owner(actor)
        with writing_to(self._database) as conn:
            if not tokens.revoke(conn, id, self.clock()):
                raise NotFound("There is no such token.")
        with self._lock:
            self._known.clear()

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

    def _refuse_repeated(self, conn: Any, actor: Actor, once: Once, now: datetime) -> None:
        # The secret is not kept, so it cannot be told again.
        if idempotency.reserve(conn, once.key, actor.id, once.fingerprint, at=now) is not None:
            sentence = "The secret is shown once: revoke this token and make another."
            raise Conflict(sentence, problems=[Problem("", "token_exists", sentence)])


def _refuse_unless_owner(actor: Actor) -> None:
    if not actor.is_owner:
        raise Forbidden("Only an owner may manage tokens.")


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
        "id": row.id, "name": row.name, "user_id": row.user_id, "created_at": instant(row.created_at),
        "created_by": row.created_by, "expires_at": instant(row.expires_at), "revoked_at": instant(row.revoked_at),
    }
