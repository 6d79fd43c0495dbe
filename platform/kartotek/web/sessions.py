"""Sessions: which signed-in cookies still hold. A copied cookie ends with its session, its user or the user's password."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import UserMixin
from sqlalchemy.engine import Engine as Database
from sqlalchemy.exc import DBAPIError

from kartotek.engine.addresses import network_of
from kartotek.engine.engine import Engine
from kartotek.identity.sessions import PROVED_FOR, SEEN_EVERY, Standing, handle_of
from kartotek.identity.signing import Signing
from kartotek.identity.trail import mark_seen
from kartotek.model.actor import Actor, Origin

# What a session still lacks: nothing, the code of the second step, or the second step itself, which a role demands.
Lack = Literal["", "code", "step"]
_MOST_MARKED = 10_000
_log = logging.getLogger("kartotek.web")


@dataclass(frozen=True)
class Visitor(UserMixin):
    """The signed-in user of a page, as Flask-Login wants one."""

    actor: Actor

    @property
    def id(self) -> int:
        """What Flask-Login keeps in the cookie."""
        return self.actor.id


@dataclass(frozen=True)
class Found:
    """Whose session the cookie's is, and what it lacks."""

    actor: Actor
    standing: Standing
    lacks: Lack


class Sessions:
    """The signed-in sessions of one site; the cookie holds a random name of which only the hash is stored."""

    def __init__(self, database: Database, engine: Engine, signing: Signing) -> None:
        self._database = database
        self._engine = engine
        self._signing = signing
        self._marked: dict[str, datetime] = {}

    def begin(self, user_id: int) -> None:
        """Puts a new session of the user into the cookie; whatever an earlier one held is gone, on the server too."""
        language = session.get("language")
        if "secret" in session:
            self._signing.end(session["secret"])
        session.clear()
        secret = secrets.token_urlsafe(32)
        came = {"device": request.headers.get("User-Agent", ""), "address": request.remote_addr or ""}
        epoch = self._signing.begin(user_id, secret, came)
        session.update(_user_id=str(user_id), secret=secret, epoch=epoch)
        g.pop("found", None)
        if language:
            session["language"] = language

    def end(self) -> None:
        """Ends the cookie's session on the server too."""
        self._signing.end(session.get("secret", ""))
        session.clear()
        g.pop("found", None)

    def actor(self) -> Actor | None:
        """Who the cookie's session belongs to, None where it holds no longer or lacks something; found once a request."""
        found = self._found()
        return found.actor if found is not None and not found.lacks else None

    def anybody(self) -> Actor | None:
        """The same, also where the second step is still lacking."""
        found = self._found()
        return found.actor if found is not None else None

    def lacks(self) -> Lack:
        """What the session still lacks; "" where there is none too."""
        found = self._found()
        return found.lacks if found is not None else ""

    @property
    def handle(self) -> str:
        """What this session is called where those of its user are listed."""
        return handle_of(session.get("secret", ""))

    def is_proved(self) -> bool:
        """Whether its user has given the password not long ago."""
        found = self._found()
        return found is not None and found.standing.proved_at > self._now() - PROVED_FOR

    def prove(self) -> None:
        """Notes that the password was given now."""
        self._signing.change(session.get("secret", ""), proved_at=self._now())
        g.pop("found", None)

    def step(self) -> None:
        """Notes that the second step was taken."""
        self._signing.change(session.get("secret", ""), stepped=True)
        g.pop("found", None)

    def _found(self) -> Found | None:
        if "found" not in g:
            g.found = self._find()
        found: Found | None = g.found
        return found

    def _find(self) -> Found | None:
        user_id, secret = session.get("_user_id", ""), session.get("secret", "")
        if not (user_id.isascii() and user_id.isdigit()):
            return None
        standing = self._signing.find(int(user_id), secret)
        if standing is None or standing.epoch != session.get("epoch"):
            return None
        actor = self._engine.users.actor(int(user_id), via="page")
        if actor is None:
            return None
        self._mark(actor.id, secret, standing)
        came = Origin(session=handle_of(secret), address=network_of(request.remote_addr or ""), request=secrets.token_hex(8))
        return Found(replace(actor, origin=came), standing, self._lack(actor, standing))

    def _lack(self, actor: Actor, standing: Standing) -> Lack:
        if standing.has_step:
            return "" if standing.stepped else "code"
        return "step" if actor.roles & self._engine.catalog().settings.security.totp else ""

    def _mark(self, user_id: int, secret: str, standing: Standing) -> None:
        """Remembers that the user is here, at most once a minute; a busy database is no reason to turn him away."""
        now, key = self._now(), handle_of(secret)
        if now - max(standing.seen_at, self._marked.get(key, datetime.min)) < SEEN_EVERY:
            return
        if len(self._marked) > _MOST_MARKED:
            self._marked.clear()
        self._marked[key] = now
        try:
            self._signing.change(secret, seen_at=now)
            with self._database.begin() as connection:
                mark_seen(connection, user_id, now)
        except DBAPIError as problem:
            _log.info("user %s was seen, which could not be kept: %s", user_id, problem)

    def _now(self) -> datetime:
        return self._engine.clock().astimezone(UTC).replace(tzinfo=None)


class SecureWhereSecure(SecureCookieSessionInterface):
    """The cookie is marked Secure wherever the page came over https, also behind a proxy that the site trusts.

    There its name begins with __Host-, which no other host and no page over http can give it.
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

    def get_cookie_name(self, app: Flask) -> str:
        """What it is called."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if self.get_cookie_secure(app) else name

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser may send it over https alone."""
        return super().get_cookie_secure(app) or request.is_secure
