"""A process that works on an import until nothing is left, or it is killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kartotek.engine import import_commit, import_undo
from kartotek.engine.engine import Engine
from kartotek.storage.database import Database


def work(url: str, folder: str, id: int, begun: Any) -> None:
    """Batches are small, so that a kill comes between and within many of them."""
    import_commit.BATCH = import_undo.BATCH = 10
    engine = Engine(Database.open(url), files=Path(folder) / "files", secret=b"s" * 32)
    begun.set()
    while engine.imports.step(id):
        pass
    engine.close()
