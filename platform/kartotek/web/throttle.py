"""Throttle: how many wrong passwords an account and an address may send, counted for all processes together."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import Column, DateTime, Integer, String, Table, delete, func, insert, select
from sqlalchemy.engine import Engine as Database

from kartotek.engine.engine import Engine
from kartotek.errors import TooMany

WINDOW = timedelta(minutes=5)
PER_ACCOUNT = 10
PER_ADDRESS = 60

_failures = Table(
    "kartotek__sign_in_failure",
    Model.metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), nullable=False, index=True),
    Column("at", DateTime, nullable=False, index=True),
)


class Throttle:
    """Counts failures, not attempts, so that a busy desk with one address is not shut out."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._reading = database.execution_options(isolation_level="AUTOCOMMIT")
        self._engine = engine

    def check(self, username: str, address: str) -> None:
        """Raises TooMany where the account or the address has failed too often of late."""
        since = self._now() - WINDOW
        with self._reading.connect() as connection:
            for key, most in ((_account(username), PER_ACCOUNT), (_address(address), PER_ADDRESS)):
                counted = select(func.count()).where(_failures.c.key == key, _failures.c.at > since)
                if connection.execute(counted).scalar_one() >= most:
                    raise TooMany("Too many wrong passwords.", retry_after=int(WINDOW.total_seconds()))

    def failed(self, username: str, address: str) -> None:
        """Counts one wrong password."""
        now = self._now()
        with self._database.begin() as connection:
            connection.execute(delete(_failures).where(_failures.c.at < now - WINDOW))
            connection.execute(insert(_failures), [{"key": key, "at": now} for key in (_account(username), _address(address))])

    def _now(self) -> datetime:
        return self._engine.clock().astimezone(UTC).replace(tzinfo=None)


def _account(username: str) -> str:
    return "account:" + hashlib.sha256(username.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _address(address: str) -> str:
    return f"address:{address}"[:80]
