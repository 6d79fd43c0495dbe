"""Runs transitions one after another and notes each that was acknowledged, as a process of its own that may be killed at any moment."""

from __future__ import annotations

import os
from pathlib import Path

from neutral_site import CLERK

from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.errors import Busy
from kartotek.storage.database import Database


def work(url: str, folder: str, ids: list[int]) -> None:
    """Goes on where the last process stopped: what was not acknowledged is asked for again under the same key."""
    engine = Engine(Database.open(url), files=Path(folder) / "f", secret=b"s" * 32)
    notes = os.open(acknowledged(folder), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        for id in ids[len(done(folder)):]:
            while not _ran(engine, id):
                pass
            os.write(notes, f"{id}\n".encode())
    finally:
        engine.close()
        os.close(notes)


def done(folder: str) -> list[int]:
    """The records whose transition was acknowledged."""
    path = Path(acknowledged(folder))
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def acknowledged(folder: str) -> str:
    """Where that is noted."""
    return str(Path(folder) / "acknowledged")


def _ran(engine: Engine, id: int) -> bool:
    try:
        return engine.processes.run(CLERK, "job", id, "finish", once=Once(f"k{id}", f"f{id}"))["state"] == "done"
    except Busy:
        return False
