"""Trail: who changed what about whose access, when each was last here, and the links by which people set their passwords."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Column, Connection, DateTime, Integer, String, Table, Text, delete, insert, select, update
from sqlalchemy.orm import Session

INVITED_FOR = timedelta(hours=72)
RESET_FOR = timedelta(days=1)
SEEN_EVERY = timedelta(minutes=5)
_EVENTS_SHOWN = 50
_log = logging.getLogger("kartotek.identity")

_events = Table(
    "kartotek__account_event",
    Model.metadata,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("user_id", Integer, nullable=False, index=True),
    Column("by_id", Integer),
    Column("action", String(20), nullable=False),
    Column("detail", Text, nullable=False),
)
_seen = Table(
    "kartotek__last_seen",
    Model.metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
)
_invitations = Table(
    "kartotek__invitation",
    Model.metadata,
    Column("key", String(64), primary_key=True),
    Column("user_id", Integer, nullable=False, index=True),
    Column("expires_at", DateTime, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One change of an account; `by_id` is None for the command line, `detail` {what: [before, after]}."""

    at: datetime
    user_id: int
    by_id: int | None
    action: str
    detail: Mapping[str, Any]


def note(session: Session | Connection, event: Event) -> None:
    """Writes an event in the transaction of the change, and a line without the values into the log."""
    detail = json.dumps(dict(event.detail), ensure_ascii=False, sort_keys=True)
    session.execute(insert(_events).values(at=event.at, user_id=event.user_id, by_id=event.by_id, action=event.action, detail=detail))
    _log.info("user %s: %s by %s %s", event.user_id, event.action, event.by_id or "command line", ", ".join(sorted(event.detail)))


def events(connection: Connection, user_id: int) -> list[Event]:
    """What happened to an account, newest first."""
    wanted = select(_events).where(_events.c.user_id == user_id).order_by(_events.c.id.desc()).limit(_EVENTS_SHOWN)
    return [Event(row.at, row.user_id, row.by_id, row.action, json.loads(row.detail)) for row in connection.execute(wanted)]


def invite(session: Session, user_id: int, expires_at: datetime) -> str:
    """The secret of a new link of the user; the ones before it end."""
    secret = secrets.token_urlsafe(32)
    session.execute(delete(_invitations).where(_invitations.c.user_id == user_id))
    session.execute(insert(_invitations).values(key=_key(secret), user_id=user_id, expires_at=expires_at))
    return secret


def invited(connection: Connection | Session, secret: str, now: datetime) -> int | None:
    """Whose link it is, None where it was used, replaced or has expired."""
    wanted = select(_invitations.c.user_id).where(_invitations.c.key == _key(secret), _invitations.c.expires_at > now)
    found: int | None = connection.execute(wanted).scalar_one_or_none()
    return found


def use_up(session: Session, user_id: int) -> None:
    """Ends every link of the user."""
    session.execute(delete(_invitations).where(_invitations.c.user_id == user_id))


def mark_seen(connection: Connection, user_id: int, now: datetime) -> None:
    """Remembers that the user is here, unless another process has just done so."""
    late = _seen.c.at < now - SEEN_EVERY
    if connection.execute(update(_seen).where(_seen.c.user_id == user_id, late).values(at=now)).rowcount:
        return
    if connection.execute(select(_seen.c.at).where(_seen.c.user_id == user_id)).first() is None:
        connection.execute(insert(_seen).values(user_id=user_id, at=now))


def last_seen(connection: Connection) -> dict[int, datetime]:
    """{user: when he was last here, UTC without a zone}."""
    return {row.user_id: row.at for row in connection.execute(select(_seen))}


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
