"""Many processes write at once, and are killed while they do: what was acknowledged stands, and stands whole."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import storage_writer

from kartotek.storage import counters
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that have their imports behind them and nothing of the test's in them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kartotek.storage.records", "kartotek.storage.history"])
    return context


def stored(database: Database) -> list[int]:
    """The numbers of all orders, each of which is whole: one line and one row of history."""
    with database.read() as conn:
        rows = conn.rows(
            'SELECT "year", (SELECT count(*) FROM "order__lines" WHERE "parent_id" = o."id"), '
            '(SELECT count(*) FROM "kartotek__history" WHERE "record_id" = o."id" AND "type" = \'order\') '
            'FROM "order" o ORDER BY "year"'
        )
        assert conn.rows('SELECT count(*) FROM "kartotek__history"') == [(len(rows),)]
    assert {row[1:] for row in rows} <= {(1, 1)}
    return [row[0] for row in rows]


def test_eight_processes_draw_numbers_without_gaps(
    database: Database, layouts: dict[str, Layout], database_url: str, tmp_path: Path, processes: ForkServerContext
) -> None:
    file = tmp_path / "acknowledged"
    writers = [processes.Process(target=storage_writer.write, args=(database_url, str(file), 15)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * 8
    numbers = stored(database)
    assert numbers == list(range(1, len(numbers) + 1)) == sorted(int(line) for line in file.read_text().split())
    assert len(numbers) == 120


def test_killed_writers_lose_nothing_that_was_acknowledged(
    database: Database, layouts: dict[str, Layout], database_url: str, tmp_path: Path, processes: ForkServerContext
) -> None:
    chance, file = random.Random(20261121), tmp_path / "acknowledged"
    for _ in range(5):
        writers = [
            processes.Process(target=storage_writer.write, args=(database_url, str(file), 100_000)) for _ in range(4)
        ]
        for writer in writers:
            writer.start()
        before, deadline = _size(file), time.monotonic() + 30
        while _size(file) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        for writer in writers:
            time.sleep(chance.random() / 20)
            writer.kill()
            writer.join(30)
    numbers = stored(database)
    acknowledged = {int(line) for line in file.read_text().split()}
    assert len(acknowledged) >= 10 and acknowledged <= set(numbers)
    assert numbers == list(range(1, len(numbers) + 1))
    with database.write() as conn:
        assert counters.next(conn, "order") == len(numbers) + 1
    if database.dialect.name == "sqlite":
        with database.read() as conn:
            assert conn.rows("PRAGMA integrity_check") == [("ok",)]


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
