"""Throttle: how many wrong passwords and codes an account and an address may send, counted for all processes together."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import Column, Connection, DateTime, Integer, String, Table, delete, func, insert, select
from sqlalchemy.engine import Engine as Database

from kartotek.engine.addresses import subscriber_of
from kartotek.engine.engine import Engine
from kartotek.errors import Busy, TooMany

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 20

_failures = Table(
    "kartotek__sign_in_failure",
    Model.metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), nullable=False, index=True),
    Column("at", DateTime, nullable=False, index=True),
)


class Attempt:
    """One try: a failure, unless it is said to be right."""

    def __init__(self) -> None:
        self.is_right = False


class Throttle:
    """Counts failures, not attempts, so that a busy desk with one address is not shut out."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    @contextmanager
    def attempt(self, username: str, address: str) -> Iterator[Attempt]:
        """Within it a password or a code is looked at. Raises TooMany where the account or the address has failed too often of late.

        It is counted before it is known to be wrong, so that a hundred at the same moment are no more than a hundred in a row.
        """
        made, ids = Attempt(), self._count(username, address)
        try:
            yield made
        except Busy:  # nobody knows yet
            made.is_right = True
            raise
        finally:
            if made.is_right:
                self._forget(ids)

    def _forget(self, ids: list[int]) -> None:
        with self._database.begin() as connection:
            connection.execute(delete(_failures).where(_failures.c.id.in_(ids)))

    def _count(self, username: str, address: str) -> list[int]:
        now = self._now()
        with self._database.begin() as connection:
            connection.execute(delete(_failures).where(_failures.c.at <= now - WINDOW))
            keys = (_account(username), _address(address))
            ids = [_one_more(connection, key, now) for key in keys]
            for key, most in zip(keys, (PER_ACCOUNT, PER_ADDRESS), strict=True):
                at = connection.execute(select(_failures.c.at).where(_failures.c.key == key).order_by(_failures.c.id)).scalars().all()
                if len(at) > most:
                    raise TooMany("Too many wrong passwords.", retry_after=_seconds_until(at[-most - 1] + WINDOW, now))
        return ids

    def _now(self) -> datetime:
        return self._engine.clock().astimezone(UTC).replace(tzinfo=None)


def _one_more(connection: Connection, key: str, now: datetime) -> int:
    """The id of a failure that is counted; on PostgreSQL attempts at one account wait for each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    id: int = connection.execute(insert(_failures).values(key=key, at=now).returning(_failures.c.id)).scalar_one()
    return id


def _seconds_until(then: datetime, now: datetime) -> int:
    return max(1, int((then - now).total_seconds()))


def _account(username: str) -> str:
    """The same for every spelling that finds the same account, and for some more."""
    spelled = unicodedata.normalize("NFKC", username).strip().casefold()
    return "account:" + hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).hexdigest()


def _address(address: str) -> str:
    return f"address:{subscriber_of(address)}"[:80]
