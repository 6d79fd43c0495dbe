"""Outbox and timers: what is due is given to one holder at a time, and again to another when he does not finish."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kartotek.storage import outbox, timers
from kartotek.storage.database import Database
from kartotek.storage.outbox import OutboxRow
from kartotek.storage.timers import TimerRow

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def mail(number: int) -> OutboxRow:
    return OutboxRow(key=f"k{number}", channel="mail", payload={"b": number, "a": "中"}, due=AT + number * MINUTE)


def timer(number: int) -> TimerRow:
    return TimerRow(
        key=f"k{number}", type="order", record_id=number, name="remind", due=AT + number * MINUTE, payload={"n": number}
    )


@pytest.fixture(params=[(outbox, mail), (timers, timer)], ids=["outbox", "timers"])
def queue(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """(module, function that makes its rows)."""
    return request.param  # type: ignore[no-any-return]


def test_due_rows_are_claimed_in_batches_in_their_order(database: Database, queue: tuple[Any, Any]) -> None:
    module, make = queue
    with database.write() as conn:
        assert all(module.add(conn, make(number)) for number in (3, 1, 2, 9))
        assert not module.add(conn, make(1))
        first = module.claim(conn, "one", AT + 5 * MINUTE, limit=2)
        assert [replace(row, id=0) for row in first] == [replace(make(number), attempts=1) for number in (1, 2)]
        assert [row.key for row in module.claim(conn, "two", AT + 5 * MINUTE, limit=2)] == ["k3"]
        assert module.claim(conn, "two", AT + 5 * MINUTE) == []


def test_a_claim_ends_and_passes_to_another(database: Database, queue: tuple[Any, Any]) -> None:
    module, make = queue
    with database.write() as conn:
        module.add(conn, make(0))
        (row,) = module.claim(conn, "one", AT, seconds=60)
        assert module.claim(conn, "two", AT + timedelta(seconds=59)) == []
        (again,) = module.claim(conn, "two", AT + MINUTE, seconds=60)
        assert (again.id, again.attempts) == (row.id, 2)
        assert not module.finish(conn, row.id, "one", AT + MINUTE)
        assert not module.postpone(conn, row.id, "one", AT)
        assert module.finish(conn, row.id, "two", AT + MINUTE)
        assert not module.finish(conn, row.id, "two", AT + MINUTE)
        assert module.claim(conn, "one", AT + timedelta(days=9)) == []


def test_a_postponed_row_comes_back_when_it_is_due(database: Database, queue: tuple[Any, Any]) -> None:
    module, make = queue
    with database.write() as conn:
        module.add(conn, make(0))
        (row,) = module.claim(conn, "one", AT)
        assert module.postpone(conn, row.id, "one", AT + MINUTE, error="no answer")
        assert module.claim(conn, "one", AT) == []
        (again,) = module.claim(conn, "two", AT + MINUTE)
        assert again.attempts == 2


def test_timers_of_a_record_are_taken_back(database: Database) -> None:
    with database.write() as conn:
        for number in (1, 2):
            timers.add(conn, timer(number))
        assert timers.cancel(conn, "order", 1) == 1 and timers.cancel(conn, "order", 1) == 0
        assert [row.record_id for row in timers.claim(conn, "one", AT + 9 * MINUTE)] == [2]


def test_workers_at_once_share_the_rows_without_doubles(database: Database) -> None:
    with database.write() as conn:
        for number in range(60):
            outbox.add(conn, replace(mail(number), due=AT))
    claimed: list[str] = []

    def work(holder: str) -> None:
        while True:
            with database.write() as conn:
                rows = outbox.claim(conn, holder, AT, limit=7)
            if not rows:
                return
            claimed.extend(row.key for row in rows)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(claimed) == sorted(f"k{number}" for number in range(60))
