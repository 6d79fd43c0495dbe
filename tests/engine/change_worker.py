"""A process that takes a site to other declarations and back, and is killed at one of its statements."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from changing import Types, asked_for, change_of, named, quiet, record, text

from kartotek.engine.change import CatalogChange
from kartotek.engine.engine import Engine
from kartotek.engine.preparation import prepare
from kartotek.engine.switch import switch
from kartotek.storage import changes
from kartotek.storage.database import Database

_WHOLE = {"type": "integer"}
_MONEY = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}}
_NULLABLE = {"type": ["string", "null"]}


def _rows(**properties: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


# From one to the other: renamed, retyped, tightened, removed, added, a type renamed; and all of it back.
FIRST: Types = {"thing": record(
    ("entry",), name=text("title"), size=_WHOLE, gone=_NULLABLE, tag=text("tags"), lines=_rows(what=text(), count=_WHOLE),
    own={"type": "integer", "x-field": {"index": True, "unique": True}},
)}
SECOND: Types = {"entry": {**record(
    ("thing",), title=text("name", maxLength=40), size=_MONEY, added=text(), lines=_rows(thing=text("what"), count=_MONEY),
    tags=named({"type": "array", "items": {"type": "object", "properties": {"tag": text()}}}, "tag"),
    own={"type": "integer", "x-field": {"unique": True}},
), "required": ["title"]}}


def work(url: str, folder: str, second: bool, dying: int, count: Any) -> None:
    """Prepares and switches; dies at the statement of that number, and tells how many there were."""
    engine = Engine(Database.open(url), files=Path(folder) / "files", secret=b"s" * 32)
    types = SECOND if second else FIRST
    change = _change(engine, types)

    def listen(statement: str) -> None:
        count.value += 1
        if count.value == dying:
            os.kill(os.getpid(), signal.SIGKILL)

    engine.database.listeners.append(listen)
    prepare(engine.database, change, quiet)
    switch(engine.database, change)
    engine.close()


def _change(engine: Engine, types: Types) -> CatalogChange:
    """The change that was interrupted, or a new one."""
    with engine.database.read() as conn:
        row = changes.unfinished(conn)
    return asked_for(engine, types) if row is None else change_of(engine, types, id=row.id)
