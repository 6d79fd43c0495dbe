"""Second steps: the code of an authenticator after the password (RFC 6238), and the recovery codes in its place."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pyotp
from flask_appbuilder import Model
from sqlalchemy import Column, Connection, DateTime, Exists, Integer, String, Table, Text, delete, exists, func, insert, select, update

from kartotek.engine.keyring import Keyring
from kartotek.errors import Unreadable

RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_GROUPS, _GROUP = 4, 4
_STEP = 30  # seconds
_AROUND = (0, -1, 1)

_steps = Table(
    "kartotek__second_step",
    Model.metadata,
    Column("user_id", Integer, primary_key=True, autoincrement=False),
    Column("secret", Text, nullable=False),
    Column("confirmed_at", DateTime),
    Column("last_step", Integer, nullable=False),
)
_codes = Table(
    "kartotek__recovery_code",
    Model.metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", Integer, nullable=False, index=True),
)


def has_step(user_id: object) -> Exists:
    """Whether a user has set his second step up, as a condition of a query."""
    return exists().where(_steps.c.user_id == user_id, _steps.c.confirmed_at.is_not(None))


class SecondSteps:
    """Of all users of one site. Every method gets an open transaction; `clock` tells the time in UTC."""

    def __init__(self, keys: Callable[[], Keyring], clock: Callable[[], datetime]) -> None:
        self._keys = keys
        self._clock = clock

    def begin(self, connection: Connection, user_id: int) -> bool:
        """Makes a secret that has yet to be confirmed; False where there is a confirmed one."""
        if self.is_set(connection, user_id):
            return False
        connection.execute(delete(_steps).where(_steps.c.user_id == user_id))
        kept = self._sealed(user_id, pyotp.random_base32())
        connection.execute(insert(_steps).values(user_id=user_id, secret=kept, confirmed_at=None, last_step=0))
        return True

    def waiting(self, connection: Connection, user_id: int) -> str | None:
        """The secret that was begun and not confirmed."""
        kept = connection.execute(select(_steps.c.secret).where(_steps.c.user_id == user_id, _steps.c.confirmed_at.is_(None))).scalar()
        return None if kept is None else self._opened(user_id, kept)

    def confirm(self, connection: Connection, user_id: int, code: str) -> list[str] | None:
        """The recovery codes, told this once, where the code is that of the secret that was begun; else None."""
        if self.waiting(connection, user_id) is None or not self._takes(connection, user_id, code):
            return None
        connection.execute(update(_steps).where(_steps.c.user_id == user_id).values(confirmed_at=self._now()))
        return self.renew_codes(connection, user_id)

    def renew_codes(self, connection: Connection, user_id: int) -> list[str]:
        """New recovery codes, told this once; the ones before end."""
        connection.execute(delete(_codes).where(_codes.c.user_id == user_id))
        made = ["-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)) for _ in range(RECOVERY_CODES)]
        connection.execute(insert(_codes), [{"digest": _digest(user_id, one), "user_id": user_id} for one in made])
        return made

    def takes(self, connection: Connection, user_id: int, code: str) -> bool:
        """Whether it is a code of now or a recovery code that counts; it never counts again."""
        if not self.is_set(connection, user_id):
            return False
        if self._takes(connection, user_id, code):
            return True
        return bool(connection.execute(delete(_codes).where(_codes.c.digest == _digest(user_id, code))).rowcount)

    def is_set(self, connection: Connection, user_id: int) -> bool:
        """Whether signing in asks this user for a code."""
        return bool(connection.execute(select(has_step(user_id))).scalar())

    def codes_left(self, connection: Connection, user_id: int) -> int:
        """How many recovery codes have not been used."""
        return connection.execute(select(func.count()).where(_codes.c.user_id == user_id)).scalar_one()

    def take_off(self, connection: Connection, user_id: int) -> bool:
        """Takes secret and recovery codes away; whether there were any."""
        connection.execute(delete(_codes).where(_codes.c.user_id == user_id))
        return bool(connection.execute(delete(_steps).where(_steps.c.user_id == user_id)).rowcount)

    def seal_again(self, connection: Connection) -> int:
        """Encrypts every secret with the key that is current now, which lets another go; how many there are."""
        rows = connection.execute(select(_steps.c.user_id, _steps.c.secret)).all()
        for id, kept in rows:
            with suppress(Unreadable):
                connection.execute(update(_steps).where(_steps.c.user_id == id).values(secret=self._sealed(id, self._opened(id, kept))))
        return len(rows)

    def _takes(self, connection: Connection, user_id: int, code: str) -> bool:
        """A step counts only after the last that did: who reads a code over a shoulder comes too late."""
        kept = connection.execute(select(_steps.c.secret).where(_steps.c.user_id == user_id)).scalar_one()
        given = "".join(code.split()).encode("utf-8", "surrogatepass")
        clock, of = int(self._clock().timestamp()) // _STEP, pyotp.TOTP(self._opened(user_id, kept))
        step = next((clock + one for one in _AROUND if hmac.compare_digest(of.generate_otp(clock + one).encode(), given)), 0)
        later = update(_steps).where(_steps.c.user_id == user_id, _steps.c.last_step < step).values(last_step=step)
        return bool(step) and bool(connection.execute(later).rowcount)

    def _sealed(self, user_id: int, secret: str) -> str:
        return b64encode(self._keys().seal("totp", secret.encode(), _about(user_id))).decode()

    def _opened(self, user_id: int, kept: str) -> str:
        return self._keys().unseal("totp", b64decode(kept), _about(user_id)).decode()

    def _now(self) -> datetime:
        return self._clock().replace(tzinfo=None)


def _about(user_id: int) -> bytes:
    return b"user %d" % user_id


def _digest(user_id: int, code: str) -> str:
    """Of eighty random bits, which need no slow hash."""
    letters = "".join(one for one in code.lower() if one.isalnum())
    return hashlib.sha256(f"{user_id}:{letters}".encode("utf-8", "surrogatepass")).hexdigest()
