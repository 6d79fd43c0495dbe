"""A server that is killed while it writes loses nothing that it had acknowledged."""

from __future__ import annotations

import threading
import time
from http.client import HTTPException
from pathlib import Path

import pytest
from figures import Figure
from lengths import rounds
from running_site import Server, new_token, running, small_site

ROUNDS = rounds(1, 60)
WRITERS = 3


def _write(server: Server, name: str, acknowledged: list[int]) -> None:
    """Creates and changes records until the server is gone."""
    for number in range(10_000):
        try:
            status, made = server.api("POST", "/records/person", {"fields": {"name": f"{name} {number}"}})
            if status == 201:
                acknowledged.append(made["id"])
        except (OSError, HTTPException, ValueError):
            return


@pytest.mark.durability("D1")
def test_killed_under_writes_keeps_every_acknowledged_record(tmp_path: Path, database_url: str, figure: Figure) -> None:
    site = small_site(tmp_path / "site")
    acknowledged: list[int] = []
    token = ""
    for round_ in range(ROUNDS):
        with running(site, database=database_url, workers=2) as server:
            server.token = token = token or new_token(site, database_url)
            writers = [
                threading.Thread(target=_write, args=(server, f"{round_}-{one}", acknowledged))
                for one in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            time.sleep(0.6)
            server.kill()
            for writer in writers:
                writer.join(timeout=20)
    with running(site, database=database_url) as server:
        server.token = token
        lost = [one for one in acknowledged if server.api("GET", f"/records/person/{one}")[0] != 200]
        untold = [
            one
            for one in acknowledged[:: max(1, len(acknowledged) // 50)]
            if not server.api("GET", f"/records/person/{one}/history")[1]["items"]
        ]
    figure(f"kill -9 under writes: {ROUNDS} rounds, {len(acknowledged):,} acknowledged, {len(lost)} lost")
    assert len(acknowledged) > 10 * ROUNDS
    assert (lost, untold) == ([], [])
