"""Rows a second of 20 fields through the whole path: a CSV file by the command, bulk requests to the API, and sqlite3 by hand."""

from __future__ import annotations

import csv
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import floor as by_hand
from declared import READER
from people import Fields, people
from processes import cpu_seconds
from servers import call, kartotek
from sites import KARTOTEK, Made

ROWS = 10_000
_BATCH = 500


def imported(made: Made, kept_floor: Path) -> list[str]:
    """Lines for the table."""
    lines = [_by_command(made), _through_the_api(made)]
    if kept_floor.exists():
        lines.append(_by_hand(kept_floor))
    return lines


def _new_people(first: int) -> Iterator[Fields]:
    """Whom nobody has yet, as the one who asks may write them."""
    for one in people(first, first + ROWS):
        yield {name: value for name, value in one.items() if name != "secret"} | {"level": "normal"}


def _by_command(made: Made) -> str:
    rows = list(_new_people(5_000_000))
    names = list(dict.fromkeys(name for one in rows for name in one))
    path = made.folder.parent / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([[_cell(one.get(name, "")) for name in names] for one in rows])
    command = [*KARTOTEK, "import", "person", str(path), "--commit", "--as", READER, "--site", str(made.folder)]
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=made.environment, capture_output=True, text=True, check=False)
    elapsed, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"import failed: {done.stdout[-500:]}{done.stderr[-500:]}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"import of {ROWS:,} rows of CSV, dry run and commit, the command's own start included: {ROWS / elapsed:.0f} rows/s, "
        f"{ROWS / used:.0f} for a second of CPU (aim 6,000)"
    )


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _through_the_api(made: Made) -> str:
    rows = [{"fields": one} for one in _new_people(6_000_000)]
    with kartotek(made, workers=1) as server:
        began, used = time.monotonic(), cpu_seconds(server.pid)
        for first in range(0, ROWS, _BATCH):
            call(server, "/records/person/bulk", made.token, method="POST", body={"records": rows[first : first + _BATCH]})
        elapsed, used = time.monotonic() - began, cpu_seconds(server.pid) - used
    return f"bulk requests of {_BATCH}: {ROWS / elapsed:.0f} rows/s, {ROWS / used:.0f} for a second of CPU"


def _by_hand(kept: Path) -> str:
    rows = [by_hand.row_of(one) for one in _new_people(5_000_000)]
    with tempfile.TemporaryDirectory() as folder:
        made = sqlite3.connect(shutil.copy(kept, folder))
        began, used = time.monotonic(), os.times().user
        made.executemany(by_hand.INSERT, rows)
        made.commit()
        elapsed, used = time.monotonic() - began, os.times().user - used
        made.close()
    return f"the floor inserts {ROWS / elapsed:.0f} rows/s, {ROWS / max(used, 0.01):.0f} for a second of CPU, reading no file and checking nothing"
