"""At most one process holds the lease, and the next one gets it soon after the holder died."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kartotek.engine.engine import Engine
from kartotek.jobs.lease import SECONDS, Lease
from kartotek.storage.database import Database

START = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Time:
    """A clock that a test moves, as an instant and as seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def moved() -> Time:
    return Time()


@pytest.fixture
def engine(database: Database, tmp_path: Path, moved: Time) -> Engine:
    return Engine(database, files=tmp_path, secret=b"s" * 32, clock=moved.now)


def lease(engine: Engine, moved: Time) -> Lease:
    """What one process would hold."""
    return Lease(engine, "work", monotonic=moved.monotonic)


def test_only_the_first_holds_it(engine: Engine, moved: Time) -> None:
    one, other = lease(engine, moved), lease(engine, moved)
    assert [one.held(), other.held()] == [True, False]


def test_a_renewed_lease_does_not_run_out(engine: Engine, moved: Time) -> None:
    one, other = lease(engine, moved), lease(engine, moved)
    for _ in range(20):
        assert [one.held(), other.held()] == [True, False]
        moved.seconds += 1


def test_another_takes_over_from_a_dead_holder(engine: Engine, moved: Time) -> None:
    one, other = lease(engine, moved), lease(engine, moved)
    one.held()
    moved.seconds += SECONDS + 0.1
    assert other.held()
    assert not one.held()


def test_a_holder_that_died_before_the_clock_was_put_back_keeps_nobody_out(engine: Engine, moved: Time) -> None:
    one, other = lease(engine, moved), lease(engine, moved)
    moved.seconds += 86400
    assert one.held()
    moved.seconds -= 86400
    assert other.held()


def test_a_released_lease_is_free_at_once(engine: Engine, moved: Time) -> None:
    one, other = lease(engine, moved), lease(engine, moved)
    one.held()
    one.release()
    assert other.held()


def test_holding_writes_once_in_a_while_only(engine: Engine, database: Database, moved: Time) -> None:
    one = lease(engine, moved)
    statements: list[str] = []
    database.listeners.append(statements.append)
    for _ in range(10):
        one.held()
        moved.seconds += 0.2
    assert len([text for text in statements if "lease" in text]) <= 4
