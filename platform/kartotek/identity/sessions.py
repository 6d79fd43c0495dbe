"""Sessions: who is signed in where, since when, and until when. Of a cookie's secret only the hash is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Boolean, Column, Connection, DateTime, Integer, String, Table, bindparam, delete, insert, inspect, select, update

from kartotek.engine.addresses import network_of
from kartotek.identity.accounts import Account
from kartotek.identity.second_steps import has_step
from kartotek.model.security import Security

SEEN_EVERY = timedelta(minutes=1)
PROVED_FOR = timedelta(minutes=10)
_LONGEST_DEVICE = 120
_HANDLE = 16  # of the hash's letters: enough to tell sessions apart, and of no use to a thief

_sessions = Table(
    "kartotek__session",
    Model.metadata,
    Column("key", String(64), primary_key=True),
    Column("user_id", Integer, nullable=False, index=True),
    Column("started_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("proved_at", DateTime, nullable=False),
    Column("stepped", Boolean, nullable=False),
    Column("device", String(_LONGEST_DEVICE), nullable=False),
    Column("address", String(60), nullable=False),
)

# Made once: putting it together takes longer than asking it.
_FOUND = (
    select(
        _sessions.c.started_at, _sessions.c.seen_at, _sessions.c.proved_at, _sessions.c.stepped, Account.epoch,
        has_step(Account.id).label("has_step"),
    )
    .join(Account, Account.id == _sessions.c.user_id)
    .where(_sessions.c.key == bindparam("key"), Account.id == bindparam("user"), Account.active.is_(True))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser of a user, as its page of sessions shows it; instants are in UTC without a zone."""

    id: str
    user_id: int
    started_at: datetime
    seen_at: datetime
    device: str
    address: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a cookie's session: whether it was proved of late that its user is there, and what of signing in is done."""

    seen_at: datetime
    proved_at: datetime
    epoch: int
    stepped: bool
    has_step: bool


def make_room(connection: Connection) -> None:
    """Drops sessions that were kept in another way; everybody signs in anew."""
    found = inspect(connection)
    if found.has_table(_sessions.name) and "seen_at" not in {one["name"] for one in found.get_columns(_sessions.name)}:
        _sessions.drop(connection)


def begin(connection: Connection, user_id: int, secret: str, *, now: datetime, came: Mapping[str, str], lasts: timedelta) -> int:
    """The epoch that the new session's cookie must carry; those that have ended by themselves are forgotten. `came`: device, address."""
    connection.execute(delete(_sessions).where(_sessions.c.started_at < now - lasts))
    connection.execute(insert(_sessions).values(
        key=key_of(secret), user_id=user_id, started_at=now, seen_at=now, proved_at=now, stepped=False,
        device=_plain(came["device"])[:_LONGEST_DEVICE], address=network_of(came["address"]),
    ))  # fmt: skip
    epoch: int = connection.execute(select(Account.epoch).where(Account.id == user_id)).scalar_one()
    return epoch


def find(connection: Connection, user_id: int, secret: str, *, now: datetime, security: Security) -> Standing | None:
    """The session of an active user, None where it has ended. One query, of the tables that decide."""
    row = connection.execute(_FOUND, {"key": key_of(secret), "user": user_id}).first()
    if row is None or row.started_at <= now - security.absolute or row.seen_at <= now - security.idle:
        return None
    return Standing(row.seen_at, row.proved_at, row.epoch, bool(row.stepped), bool(row.has_step))


def change(connection: Connection, secret: str, **values: Any) -> None:
    """Notes that its user is there (`seen_at`), has given the password (`proved_at`) or the second step (`stepped`)."""
    connection.execute(update(_sessions).where(_sessions.c.key == key_of(secret)).values(**values))


def of_user(connection: Connection, user_id: int, now: datetime, security: Security) -> list[Session]:
    """The sessions of a user that have not ended, the one used last first."""
    lasting = (_sessions.c.started_at > now - security.absolute, _sessions.c.seen_at > now - security.idle)
    wanted = select(_sessions).where(_sessions.c.user_id == user_id, *lasting).order_by(_sessions.c.seen_at.desc(), _sessions.c.key)
    return [
        Session(row.key[:_HANDLE], row.user_id, row.started_at, row.seen_at, row.device, row.address) for row in connection.execute(wanted)
    ]


def end(connection: Connection, user_id: int, id: str) -> bool:
    """Ends one session of a user; whether there was one."""
    if len(id) != _HANDLE or not id.isalnum():
        return False
    wanted = delete(_sessions).where(_sessions.c.user_id == user_id, _sessions.c.key.startswith(id, autoescape=True))
    return bool(connection.execute(wanted).rowcount)


def end_secret(connection: Connection, secret: str) -> None:
    """Ends the session of a cookie."""
    connection.execute(delete(_sessions).where(_sessions.c.key == key_of(secret)))


def end_all(connection: Connection, user_id: int) -> None:
    """Ends every session of a user."""
    connection.execute(delete(_sessions).where(_sessions.c.user_id == user_id))


def key_of(secret: str) -> str:
    """What is kept of a session's secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def handle_of(secret: str) -> str:
    """What a session is called where it is listed."""
    return key_of(secret)[:_HANDLE]


def _plain(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)
