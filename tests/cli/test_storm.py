"""Many processes want the same times of a server with two processes: nothing is taken twice, and nobody sees an error.

The whole storm, 8 processes with 500 attempts each: `KARTOTEK_TEST_LONG=1 pytest tests/cli/test_storm.py -s`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from lengths import rounds
from running_site import Server, new_token, running, small_site, write_type
from storm import PLACES

from kartotek.storage import occupancy
from kartotek.storage.database import Database

PROCESSES, ATTEMPTS = rounds(4, 8), rounds(60, 500)
PLACE = {
    "title": "Place", "type": "object", "properties": {"name": {"type": "string"}, "room": {"type": "integer", "default": 1}},
    "x-record": {"titleTemplate": "{name}"},
}
STAY = {
    "title": "Stay", "type": "object", "required": ["place", "starts", "ends"],
    "properties": {
        "place": {"type": "integer", "x-field": {"references": "place"}}, "size": {"type": "integer", "default": 1},
        "starts": {"type": "string", "format": "date-time"}, "ends": {"type": "string", "format": "date-time"},
    },
    "x-record": {"occupancy": [{
        "key": ["place"], "start": "starts", "end": "ends", "capacity": "=record.place.room", "weight": "=record.size"}]},
}


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """(a running site with five places, one of them with room for three; the URL of its records)."""
    database = str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""
    site = small_site(tmp_path / "site")
    write_type(site, "place", PLACE)
    write_type(site, "stay", STAY)
    with running(site, database=database, workers=2) as started:
        started.token = new_token(site, database)
        for number in range(1, PLACES + 1):
            status, made = started.api("POST", "/records/place", {"fields": {"name": f"P{number}", "room": 3 if number == 1 else 1}})
            assert (status, made["id"]) == (201, number)
        yield started, database or f"sqlite:///{site}/data/records.db"


@pytest.mark.durability("D13")
def test_a_storm_leaves_no_overlap_and_every_refusal_is_a_conflict(server: tuple[Server, str], figure: Figure) -> None:
    started, url = server
    began = time.monotonic()
    answers = _storm(int(started.address.rpartition(":")[2]), started.token)
    seconds = time.monotonic() - began
    figure(f"{PROCESSES} processes want the same times: {sum(answers.values()):,} requests in {seconds:.1f} s, {dict(sorted(answers.items()))}")
    good = {"POST 201", "POST 200", "PATCH 200", "DELETE 204"}
    taken = {"POST 409 occupied", "PATCH 409 occupied"}
    assert sum(answers.values()) == PROCESSES * ATTEMPTS
    assert answers.keys() <= good | taken, answers
    assert answers["POST 201"] and answers["POST 409 occupied"]
    stays = _all(started)
    assert len(stays) > 10 and _too_full(stays) == []
    assert _kept(url) == sorted(_times(stays))


def _storm(port: int, token: str) -> Counter[str]:
    command = [sys.executable, str(Path(__file__).with_name("storm.py")), str(port), token]
    running_now = [
        subprocess.Popen([*command, str(number), str(ATTEMPTS)], stdout=subprocess.PIPE, text=True)
        for number in range(PROCESSES)
    ]
    answers: Counter[str] = Counter()
    for one in running_now:
        out, _ = one.communicate(timeout=30 + ATTEMPTS * PROCESSES)
        assert one.returncode == 0
        answers.update(json.loads(out))
    return answers


def _all(started: Server) -> list[Mapping[str, Any]]:
    status, page = started.api("GET", "/records/stay?limit=500")
    assert status == 200 and page["next"] is None
    return [one["fields"] for one in page["items"]]


def _too_full(stays: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """(place, instant) at which more is taken than there is room for; it grows only where something starts."""
    return [
        (one["place"], one["starts"]) for one in stays
        if sum(
            other["size"] for other in stays
            if other["place"] == one["place"] and other["starts"] <= one["starts"] < other["ends"]
        ) > (3 if one["place"] == 1 else 1)
    ]


def _times(stays: Sequence[Mapping[str, Any]]) -> list[tuple[str, datetime, datetime, int]]:
    return [
        (f"[{one['place']}]", datetime.fromisoformat(one["starts"]), datetime.fromisoformat(one["ends"]), one["size"])
        for one in stays
    ]


def _kept(url: str) -> list[tuple[str, datetime, datetime, int]]:
    """What is written down as taken."""
    database = Database.open(url)
    try:
        with database.read() as conn:
            rows = [row for some in occupancy.by_key(conn, ["stay:occupancy_1"]) for row in some]
    finally:
        database.close()
    return sorted((row.key, row.start, row.end, row.weight) for row in rows)
