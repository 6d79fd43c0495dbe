"""Rows a second of 20 fields through the whole path, against sqlite3 by hand."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import floor as by_hand
from people import Fields, people
from processes import cpu_seconds
from servers import call, kartotek
from sites import Made

ROWS = 10_000
_BATCH = 500


def imported(made: Made, kept_floor: Path) -> list[str]:
    """Lines for the table."""
    lines = [_through_the_api(made)]
    if kept_floor.exists():
        lines.append(_by_hand(kept_floor))
    return lines


def _new_people() -> list[Fields]:
    """Whom nobody has yet, as the one who asks may write them."""
    wanted = people(5_000_000, 5_000_000 + ROWS)
    return [{name: value for name, value in one.items() if name != "secret"} | {"level": "normal"} for one in wanted]


def _through_the_api(made: Made) -> str:
    rows = [{"fields": one} for one in _new_people()]
    with kartotek(made, workers=1) as server:
        began, used = time.monotonic(), cpu_seconds(server.pid)
        for first in range(0, ROWS, _BATCH):
            call(server, "/records/person/bulk", made.token, method="POST", body={"records": rows[first : first + _BATCH]})
        elapsed, used = time.monotonic() - began, cpu_seconds(server.pid) - used
    return f"bulk requests of {_BATCH}: {ROWS / elapsed:.0f} rows/s, {ROWS / used:.0f} rows for a second of CPU"


def _by_hand(kept: Path) -> str:
    rows = [by_hand.row_of(one) for one in _new_people()]
    with tempfile.TemporaryDirectory() as folder:
        made = sqlite3.connect(shutil.copy(kept, folder))
        began, used = time.monotonic(), os.times().user
        made.executemany(by_hand.INSERT, rows)
        made.commit()
        elapsed, used = time.monotonic() - began, os.times().user - used
        made.close()
    return f"the floor inserts {ROWS / elapsed:.0f} rows/s, {ROWS / max(used, 0.01):.0f} for a second of CPU, checking nothing"
