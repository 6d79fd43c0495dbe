"""Sessions: which signed-in cookies still hold. A copied cookie ends with its session, its user or the user's password."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_appbuilder import Model
from flask_login import UserMixin
from sqlalchemy import Column, DateTime, Integer, String, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Engine as Database
from sqlalchemy.exc import DBAPIError

from kartotek.engine.engine import Engine
from kartotek.identity import Account
from kartotek.identity.trail import SEEN_EVERY, mark_seen
from kartotek.model.actor import Actor

LONGEST = timedelta(hours=16)
_log = logging.getLogger("kartotek.web")

_sessions = Table(
    "kartotek__session",
    Model.metadata,
    Column("key", String(64), primary_key=True),
    Column("user_id", Integer, nullable=False, index=True),
    Column("started_at", DateTime, nullable=False),
)

# Made once: putting it together takes longer than asking it.
_LASTING = (
    select(_sessions.c.started_at, Account.epoch)
    .join(Account, Account.id == _sessions.c.user_id)
    .where(_sessions.c.key == bindparam("secret"), Account.id == bindparam("user"), Account.active.is_(True))
)


@dataclass(frozen=True)
class Visitor(UserMixin):
    """The signed-in user of a page, as Flask-Login wants one."""

    actor: Actor

    @property
    def id(self) -> int:
        """What Flask-Login keeps in the cookie."""
        return self.actor.id


class Sessions:
    """The signed-in sessions of one site; the cookie holds a random name of which only the hash is stored."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._reading = database.execution_options(isolation_level="AUTOCOMMIT")
        self._engine = engine
        self._marked: dict[int, datetime] = {}

    def begin(self, user_id: int) -> None:
        """Puts a new session of the user into the cookie; whatever an earlier one held is gone."""
        language = session.get("language")
        session.clear()
        secret = secrets.token_urlsafe(32)
        now = self._now()
        with self._database.begin() as connection:
            connection.execute(delete(_sessions).where(_sessions.c.started_at < now - LONGEST))
            connection.execute(insert(_sessions).values(key=_key(secret), user_id=user_id, started_at=now))
            epoch = connection.execute(select(Account.epoch).where(Account.id == user_id)).scalar_one()
        session.update(_user_id=str(user_id), secret=secret, epoch=epoch)
        g.pop("actor", None)
        if language:
            session["language"] = language

    def end(self) -> None:
        """Ends the cookie's session on the server too."""
        with self._database.begin() as connection:
            connection.execute(delete(_sessions).where(_sessions.c.key == _key(session.get("secret", ""))))
        session.clear()
        g.pop("actor", None)

    def actor(self) -> Actor | None:
        """Who the cookie's session belongs to, None where it holds no longer; found once a request."""
        if "actor" not in g:
            g.actor = self._find()
        actor: Actor | None = g.actor
        return actor

    def _find(self) -> Actor | None:
        user_id = session.get("_user_id", "")
        if not user_id.isdigit() or not self._lasts(int(user_id)):
            return None
        return self._engine.users.actor(int(user_id), via="page")

    def _lasts(self, user_id: int) -> bool:
        """One query, of the table that decides: what another process has just changed counts here at once."""
        with self._reading.connect() as connection:
            found = connection.execute(_LASTING, {"secret": _key(session.get("secret", "")), "user": user_id}).first()
        lasts = found is not None and found.epoch == session.get("epoch") and found.started_at > self._now() - LONGEST
        if lasts:
            self._mark(user_id)
        return lasts

    def _mark(self, user_id: int) -> None:
        """Remembers that the user is here, at most once every few minutes; a busy database is no reason to turn him away."""
        now = self._now()
        if now - self._marked.get(user_id, datetime.min) < SEEN_EVERY:
            return
        self._marked[user_id] = now
        try:
            with self._database.begin() as connection:
                mark_seen(connection, user_id, now)
        except DBAPIError as problem:
            _log.info("user %s was seen, which could not be kept: %s", user_id, problem)

    def _now(self) -> datetime:
        return self._engine.clock().astimezone(UTC).replace(tzinfo=None)


class SecureWhereSecure(SecureCookieSessionInterface):
    """The cookie is marked Secure wherever the page came over https, also behind a proxy that the site trusts.

    Below `bearer_paths` a cookie means nothing, so none is read or written there; both would cost more than a record.
    """

    def __init__(self, bearer_paths: tuple[str, ...] = ()) -> None:
        self._bearer_paths = bearer_paths

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds."""
        if request.path.startswith(self._bearer_paths):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Writes the cookie where it has changed."""
        if not request.path.startswith(self._bearer_paths):
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send it over https alone."""
        return super().get_cookie_secure(app) or request.is_secure


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
