"""A process that does timers until nothing is due, or it is killed."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

from timed_site import START

from kartotek.engine.engine import Engine
from kartotek.errors import Busy
from kartotek.storage.database import Database

LATER = START + timedelta(hours=2)
FASTER = 10  # its clock goes faster than ours, so that the claims of one that was killed, and of slow ones, run out soon
IDLE = 20  # looks at nothing due before it ends: longer than such a claim


def work(url: str, folder: str) -> None:
    """Does what is due two hours after the start, by a clock that goes on from there."""
    began = time.monotonic()
    engine = Engine(
        Database.open(url), files=Path(folder), secret=b"s" * 32,
        clock=lambda: LATER + timedelta(seconds=FASTER * (time.monotonic() - began)),
    )
    idle = 0
    while idle < IDLE:
        try:
            done = engine.timers.run_due(limit=60)
        except Busy:
            done = 1
        idle = 0 if done else idle + 1
        if not done:
            time.sleep(0.2)
    engine.close()
