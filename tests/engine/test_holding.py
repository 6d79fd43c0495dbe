"""One process at a time changes the catalog; one that dies holds others up for ten seconds at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from neutral_site import PERSON, documents

from kartotek.engine import holding as module
from kartotek.engine.engine import Engine
from kartotek.engine.holding import SECONDS, holding
from kartotek.errors import Busy
from kartotek.model.actor import Actor
from kartotek.storage import changes, leases
from kartotek.storage.database import Database
from kartotek.storage.layout import INSTANT

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
BY = Actor.system("test")


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


def test_a_second_one_is_refused_until_the_first_is_done(database: Database) -> None:
    with holding(database, Hands()):
        with pytest.raises(Busy) as refused, holding(database, Hands()):
            pass
        assert refused.value.params["retry_after"] > 0
    with holding(database, Hands()):
        pass


def test_the_lease_is_given_back_after_a_failure_too(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), holding(database, Hands()):
        1 / 0  # noqa: B018
    with holding(database, Hands()):
        pass


def test_one_who_died_is_waited_for_no_longer_than_the_lease_lasts(database: Database) -> None:
    clock = Hands()
    with database.write() as conn:
        leases.acquire(conn, module.APPLYING, "dead", now=AT, seconds=SECONDS)
    with pytest.raises(Busy), holding(database, clock, wait=0.3):
        pass
    clock.now += timedelta(seconds=SECONDS + 1)
    with holding(database, clock):
        pass


def test_it_is_renewed_while_the_work_takes_longer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_RENEW_AFTER", 0.05)
    clock = Hands()
    with holding(database, clock):
        clock.now += timedelta(seconds=SECONDS - 1)
        _until(database, clock.now + timedelta(seconds=5))
        clock.now += timedelta(seconds=5)
        with pytest.raises(Busy), holding(database, clock):
            pass


def _until(database: Database, wanted: datetime) -> None:
    """Waits until the lease lasts to that instant."""
    for _ in range(200):
        with database.read() as conn:
            sql = 'SELECT 1 FROM "kartotek__lease" WHERE "until" > ?'
            if conn.row(sql, (conn.dialect.encode(INSTANT, wanted),)):
                return
        module.time.sleep(0.02)
    pytest.fail("The lease was not renewed.")


def test_files_wait_while_a_change_is_to_be_made_and_come_afterwards(
    engine: Engine, open_engine: Callable[..., Engine]
) -> None:
    person = {**PERSON, "properties": {**PERSON["properties"], "nick": {"type": "string", "title": "Nick"}}}
    with engine.database.write() as conn:
        id = changes.add(
            conn, at=AT, hash="x", base=engine.catalog().version, documents={}, answers={}, steps=[], reason="", by=1
        )
    with pytest.raises(Busy):
        open_engine().apply_documents(documents(person=person), by=BY, reason="edited", wait=0)
    assert "nick" not in engine.catalog().types["person"].by_name
    with engine.database.write() as conn:
        changes.change(conn, id, AT, status="failed")
    assert engine.apply_documents(documents(person=person), by=BY, reason="edited", wait=0).applied
