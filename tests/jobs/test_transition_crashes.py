"""A process that runs transitions is killed again and again: no acknowledged step is lost and no effect is repeated."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import transition_worker
from figures import Figure
from lengths import rounds
from neutral_site import CLERK, OWNER
from moved_orders import documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.storage.database import Database

# 60 kills were survived on both databases; a few tell when that ends.
KILLS = rounds(5, 60)
EACH = 8


@pytest.mark.durability("D1")
def test_killed_under_transitions_loses_no_step_and_repeats_no_effect(database_url: str, tmp_path: Path, figure: Figure) -> None:
    engine = Engine(Database.open(database_url), files=tmp_path / "f", secret=b"s" * 32)
    assert engine.apply_documents(documents(), by=Actor.system("test"), reason="test").applied
    account = engine.create(OWNER, "account", {"code": "A"})["id"]
    ids = _ready(engine, account, count=KILLS * EACH)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kartotek.engine.engine", "transition_worker"])

    def started() -> BaseProcess:
        worker = context.Process(target=transition_worker.work, args=(database_url, str(tmp_path), ids))
        worker.start()
        return worker

    worker, folder = started(), str(tmp_path)
    for number in range(1, KILLS):
        _wait(worker, folder, number * EACH)
        worker.kill()
        worker.join(30)
        _check_acknowledged(engine, folder)
        worker = started()
    worker.join(300)
    assert worker.exitcode == 0
    _check_whole(engine, ids, account)
    engine.close()
    figure(f"kill -9 in transitions with effects: {KILLS} kills, {len(ids):,} steps, 0 lost, 0 twice")


def _ready(engine: Engine, account: int, *, count: int) -> list[int]:
    """Jobs that can be finished, and an account that just covers them."""
    engine.create(OWNER, "entry", {"account": account, "change": count * 10})
    rows = [BulkRow(fields={"title": f"J{index}", "amount": 10, "account": account}, state="ready") for index in range(count)]
    made = engine.bulk(Actor.system("test"), "job", rows)
    return [one["record"]["id"] for one in made]


def _wait(worker: BaseProcess, folder: str, number: int) -> None:
    end = time.monotonic() + 120
    while worker.is_alive() and time.monotonic() < end and len(transition_worker.done(folder)) < number:
        time.sleep(0.003)


def _check_acknowledged(engine: Engine, folder: str) -> None:
    for id in transition_worker.done(folder)[-3:]:
        assert engine.get(CLERK, "job", id)["state"] == "done"


def _check_whole(engine: Engine, ids: list[int], account: int) -> None:
    with engine.database.read() as conn:
        jobs = conn.rows('SELECT "state", "version", "checks_count", count(*) FROM "job" GROUP BY 1, 2, 3')
        checks = conn.rows('SELECT count(*), count(DISTINCT "job") FROM "check"')
        entries = conn.rows('SELECT count(*), count(DISTINCT "by_job"), sum("change") FROM "entry"')
        steps = conn.rows(
            """SELECT count(*), count(DISTINCT "record_id") FROM "kartotek__history" """
            """WHERE "type" = 'job' AND "transition" = 'finish'"""
        )
    assert jobs == [("done", 2, 1, len(ids))]
    assert (checks, steps) == ([(len(ids), len(ids))], [(len(ids), len(ids))])
    assert [tuple(map(int, one)) for one in entries] == [(len(ids) + 1, len(ids), 0)]
    after = engine.get(CLERK, "account", account)
    assert (after["fields"]["remaining"], after["fields"]["done_jobs"], after["state"]) == (0, len(ids), "empty")
