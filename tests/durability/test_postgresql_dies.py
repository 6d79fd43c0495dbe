"""PostgreSQL dies under a server of ours: what was acknowledged stands, the rest is told as busy, and all goes on by itself."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from breakable import OwnPostgres
from figures import Figure
from lengths import rounds
from running_site import Server, new_token, running, seconds_until, small_site

KILLS, RESTARTS = rounds(2, 20), rounds(1, 5)


def _write(server: Server, name: str, stop: threading.Event, acknowledged: list[int], answers: Counter[str]) -> None:
    number = 0
    while not stop.is_set():
        status, told = server.api("POST", "/records/person", {"fields": {"name": f"{name} {number}"}})
        answers[f"{status} {told.get('code', '')}".strip()] += 1
        number += 1
        if status == 201:
            acknowledged.append(told["id"])
        else:
            time.sleep(0.05)


def _is_back(postgres: OwnPostgres) -> bool:
    try:
        psycopg.connect(postgres.url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.durability("D19")
def test_a_server_of_postgresql_that_dies_loses_nothing_acknowledged(own_postgres: OwnPostgres, tmp_path: Path, figure: Figure) -> None:
    site, stop, draw = small_site(tmp_path / "site"), threading.Event(), random.Random(19)
    acknowledged, answers, killed = list[int](), Counter[str](), 0
    with running(site, database=own_postgres.url, workers=2) as server:
        server.token = new_token(site, own_postgres.url)
        writers = [threading.Thread(target=_write, args=(server, f"w{one}", stop, acknowledged, answers)) for one in range(3)]
        for one in writers:
            one.start()
        for number in range(KILLS + RESTARTS):
            before = len(acknowledged)
            seconds_until(lambda before=before: len(acknowledged) > before + 5, at_most=60)  # type: ignore[misc]
            time.sleep(draw.random() * 0.5)
            if number < KILLS:
                killed += own_postgres.kill_backend()
            else:
                own_postgres.restart()
            seconds_until(lambda: _is_back(own_postgres), at_most=60)
        before = len(acknowledged)
        seconds_until(lambda: len(acknowledged) > before + 5, at_most=60)
        stop.set()
        for one in writers:
            one.join(30)
        with psycopg.connect(own_postgres.url) as conn:
            there = {id for (id,) in conn.execute("SELECT id FROM person")}
            whole = conn.execute("""SELECT count(*) FROM kartotek__history WHERE "type" = 'person'""").fetchone()
        assert server.stop() == 0
    lost = set(acknowledged) - there
    figure(f"kill -9 of backends and the whole server ended: {killed} kills, {RESTARTS} restarts, {len(acknowledged):,} acknowledged, {len(lost)} lost, answers {dict(answers)}")
    assert not lost and whole == (len(there),) and killed == KILLS
    assert set(answers) <= {"201", "503 busy"}
