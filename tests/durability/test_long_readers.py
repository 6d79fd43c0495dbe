"""Somebody reads for long while others write: nobody is told that the database is locked, and the log stays small."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from figures import Figure
from lengths import rounds
from running_site import Server, new_token, running, small_site

from kartotek.storage.database import Database

SECONDS = rounds(5, 60)
READ_FOR = 2.0  # seconds; a large export
MOST = 64 << 20


def _write(server: Server, name: str, stop: threading.Event, answers: Counter[int], waits: list[float]) -> None:
    number = 0
    while not stop.is_set():
        began = time.monotonic()
        status, _ = server.api("POST", "/records/person", {"fields": {"name": f"{name} {number}"}})
        waits.append(time.monotonic() - began)
        answers[status] += 1
        number += 1


def _read(url: str, stop: threading.Event, seen: list[bool]) -> None:
    """Holds one moment of the database for long, again and again, and sees the same at its end."""
    database = Database.open(url)
    try:
        while not stop.is_set():
            with database.read() as conn:
                before = conn.rows('SELECT count(*) FROM "person"')
                stop.wait(READ_FOR)
                seen.append(conn.rows('SELECT count(*) FROM "person"') == before)
            stop.wait(0.3)  # the log can begin anew only when nobody reads in it
    finally:
        database.close()


@pytest.mark.durability("D17")
def test_long_readers_and_writers_stand_in_nobodys_way(tmp_path: Path, database_url: str, figure: Figure) -> None:
    site, stop, answers = small_site(tmp_path / "site"), threading.Event(), Counter[int]()
    url = "" if database_url.startswith("sqlite") else database_url
    log, largest, seen, waits = site / "data" / "records.db-wal", 0, list[bool](), list[float]()
    with running(site, database=url, workers=2) as server:
        server.token = new_token(site, url)
        threads = [threading.Thread(target=_write, args=(server, f"w{one}", stop, answers, waits)) for one in range(3)]
        threads.append(threading.Thread(target=_read, args=(url or f"sqlite:///{site}/data/records.db", stop, seen)))
        for one in threads:
            one.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            largest = max(largest, log.stat().st_size if log.exists() else 0)
            time.sleep(0.05)
        stop.set()
        for one in threads:
            one.join(30)
        assert server.stop() == 0
    log_said = f", the log at most {largest / 1e6:.1f} MB" if not url else ""
    figure(f"{SECONDS} s with a reader for {READ_FOR:.0f} s at a time: {sum(answers.values()):,} writes, {sum(answers.values()) - answers[201]} refused, longest wait {max(waits) * 1000:.0f} ms{log_said}")
    assert set(answers) == {201} and all(seen) and largest < MOST
