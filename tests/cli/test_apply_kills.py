"""kartotek apply killed at any moment: the old state or the new one, never a mixture, and whoever comes next finishes it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from running_site import PERSON, kartotek, small_site, with_field, write_type

from kartotek.engine.bulk import BulkRow
from kartotek.model.actor import Actor
from kartotek.site import Site
from tests.lengths import rounds

SYSTEM = Actor.system("test")
COUNT = 120
TEXT, NUMBER = {"type": "string", "title": "Size"}, {"type": "integer", "title": "Size"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The option's value: "" is the site's own SQLite."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgresql" else ""


def opened(folder: Path, database: str) -> Site:
    return Site(folder, database=database)


def state(folder: Path, database: str) -> list[dict[str, Any]]:
    """What all records hold."""
    site = opened(folder, database)
    try:
        return [dict(site.engine.get(SYSTEM, "person", id)["fields"]) for id in (1, 2, COUNT // 2, COUNT)]
    finally:
        site.close()


def expected(*, number: bool) -> list[dict[str, Any]]:
    return [{"name": f"P{id}", "size" if number else "length": id if number else str(id)} for id in (1, 2, COUNT // 2, COUNT)]


@pytest.mark.durability("D4")
def test_every_kill_leaves_the_old_or_the_new_state(tmp_path: Path, database: str, figure: Figure) -> None:
    """A rename, a conversion and a removal in one plan, there and back; a write in between is never lost."""
    folder = small_site(tmp_path / "site")
    old = {**with_field("length", TEXT), "properties": {**PERSON["properties"], "length": TEXT, "gone": {"type": "string"}}}
    new = with_field("size", {**NUMBER, "x-field": {"aliases": ["length"]}})
    write_type(folder, "person", old)
    site = opened(folder, database)
    site.engine.apply_documents(site.documents(), by=SYSTEM, reason="begun")
    site.engine.bulk(SYSTEM, "person", [BulkRow({"name": f"P{id}", "length": str(id)}) for id in range(1, COUNT + 1)])
    site.close()
    chance, killed = random.Random(5), 0
    for turn in range(rounds(1, 30)):
        number = site_has(folder, database, "size")
        write_type(folder, "person", old if number else new)
        killed += one_kill(folder, database, chance.random() * 0.4 if turn else 0.0)
        assert state(folder, database) == expected(number=site_has(folder, database, "size"))
        told = json.loads(kartotek("plan", "--format", "json", "--site", folder, database=database).out)
        if told["steps"]:
            ended = kartotek("apply", *options(told), "--site", folder, database=database)
            assert ended.status == 0, ended.err
        assert site_has(folder, database, "size") is not number
        assert state(folder, database) == expected(number=not number)
    figure(f"kill -9 in kartotek apply: {killed} kills, {COUNT} records, always the old or the new")
    assert killed, "no process was killed while it worked"


def one_kill(folder: Path, database: str, after: float) -> bool:
    """Whether the command was killed before it came to its end: so many seconds after its change was written down."""
    told = json.loads(kartotek("plan", "--format", "json", "--site", folder, database=database).out)
    command = [sys.executable, "-m", "kartotek", "apply", *options(told), "--site", str(folder)]
    site = opened(folder, database)
    process = subprocess.Popen(command, env=environment(database), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or site.engine.plans.running() is not None)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        return process.wait(timeout=60) == -signal.SIGKILL
    finally:
        with site.engine.database.write() as conn:  # nobody has to wait ten seconds for the dead one's lease
            conn.run('DELETE FROM "kartotek__lease"')
        site.close()


def options(told: dict[str, Any]) -> list[str]:
    return ["--plan", told["hash"], *(part for name in told["confirm"] for part in ("--confirm", name))]


def site_has(folder: Path, database: str, field: str) -> bool:
    site = opened(folder, database)
    try:
        return field in site.engine.catalog().types["person"].by_name
    finally:
        site.close()


def environment(database: str) -> dict[str, str]:
    return {**os.environ, "KARTOTEK_DATABASE": database}


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
