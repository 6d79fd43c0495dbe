"""Many timers due at once, several workers, one of which is killed again and again: each timer runs exactly once."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest
import timer_worker
from figures import Figure
from lengths import rounds
from neutral_site import CLERK
from timed_site import NOTED, Time, apply, documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.storage.database import Database

COUNT, KILLS = rounds(400, 2000), rounds(4, 30)
FLOW = (
    "  x:\n    title: {en: X, zh: 某}\n    from: open\n    to: done\n    after: PT1H\n    do:\n"
    f'      - set: {{count: "=record.count + 1"}}\n      - {NOTED % "expired"}\n'
)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that have their imports behind them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kartotek.engine.engine"])
    return context


@pytest.mark.durability("D11")
def test_timers_run_exactly_once_though_workers_are_killed(
    database_url: str, tmp_path: Path, processes: ForkServerContext, figure: Figure
) -> None:
    engine = Engine(Database.open(database_url), files=tmp_path / "f", secret=b"s" * 32, clock=Time())
    apply(engine, documents(FLOW))
    engine.bulk(CLERK, "task", [BulkRow(fields={"name": str(number)}) for number in range(COUNT)])

    def started() -> multiprocessing.process.BaseProcess:
        worker = processes.Process(target=timer_worker.work, args=(database_url, str(tmp_path / "f")))
        worker.start()
        return worker

    survivor, victim = started(), started()
    for _ in range(KILLS):
        _some_more(engine)
        victim.kill()
        victim.join(30)
        victim = started()
    for worker in (survivor, victim):
        worker.join(240)
        assert worker.exitcode == 0
    with engine.database.read() as conn:
        tasks = conn.rows('SELECT "state", "version", "count", count(*) FROM "task" GROUP BY 1, 2, 3')
        notes = conn.rows('SELECT count(*), count(DISTINCT "task") FROM "note"')
        moved = conn.rows(
            """SELECT count(*), count(DISTINCT "record_id") FROM "kartotek__history" """
            """WHERE "type" = 'task' AND "action" = 'transition'"""
        )
        left = conn.rows('SELECT count(*) FROM "kartotek__timer" WHERE "done_at" IS NULL')
    engine.close()
    figure(f"kill -9 of a worker with timers due: {KILLS} kills, {COUNT:,} timers, {left[0][0]} lost, {notes[0][0] - notes[0][1]} twice")
    assert (tasks, notes, moved, left) == ([("done", 2, 1, COUNT)], [(COUNT, COUNT)], [(COUNT, COUNT)], [(0,)])


def _some_more(engine: Engine) -> None:
    """Waits until the workers have done something."""
    before, end = _done(engine), time.monotonic() + 60
    while time.monotonic() < end and before < COUNT and _done(engine) <= before:
        time.sleep(0.05)


def _done(engine: Engine) -> int:
    with engine.database.read() as conn:
        return int(conn.rows("""SELECT count(*) FROM "task" WHERE "state" = 'done'""")[0][0])
