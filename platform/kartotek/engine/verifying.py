"""Verifying: whether what the site keeps still is what was once written: records, files, search, and the audit.

A disk that fails changes bytes without a word. The database sees that its pages do not hang together; what else was changed is
seen here: a value that is not the one which history says was written last, a file with another hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from kartotek.engine.backup_reading import checked
from kartotek.engine.compiled import CompiledType
from kartotek.engine.engine import Engine
from kartotek.engine.keyring import Keyring
from kartotek.errors import KartotekError
from kartotek.model.actor import Actor
from kartotek.model.missing import MISSING
from kartotek.storage import catalogs, files, history, soundness
from kartotek.storage.connection import Connection
from kartotek.storage.loading import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.soundness import BROKEN
from kartotek.storage.sealed_history import opened as opened_rows

__all__ = ["BROKEN", "Damage", "Soundness", "verify", "verify_backups", "verify_file"]

_BY = Actor.system("verify")
_BATCH = 500
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Damage:
    """What is not as it was written, e.g. person/12, and how that shows."""

    where: str
    sentence: str


@dataclass(slots=True)
class Soundness:
    """How much was looked at, and all that is wrong."""

    records: int = 0
    files: int = 0
    entries: int = 0
    backups: int = 0
    damages: list[Damage] = field(default_factory=list)

    def wrong(self, where: str, sentence: str) -> None:
        """Adds what is wrong."""
        self.damages.append(Damage(where, sentence))


def verify(engine: Engine, found: Soundness) -> None:
    """Reads everything once, while the site may go on running. Raises Busy, and whatever damage makes of a database."""
    if engine.database.dialect.name != "sqlite":
        for sentence in soundness.of_tables(engine.database):
            found.wrong("database", sentence)
    for compiled in engine.transactions.catalogs.current().types.values():
        _look_at_records(engine, compiled, found)
    _look_at_files(engine, found)
    for name in engine.indexes.names():
        for id in engine.indexes.compare(name).wrong:
            found.wrong(f"{name}/{id}", "the search index says otherwise")
    verdict = engine.audit.verify()
    found.entries = verdict.entries
    for one in verdict.faults:
        found.wrong(f"audit/{one.seq}", one.sentence)


def verify_file(path: Path, found: Soundness) -> None:
    """Has a file of SQLite looked through by SQLite itself, before anybody opens it to work with."""
    if path.is_file():
        for sentence in soundness.of_file(path):
            found.wrong(path.name, sentence)


def verify_backups(paths: Sequence[Path], keys: Keyring, found: Soundness) -> None:
    """Reads backups to their ends."""
    for path in paths:
        found.backups += 1
        try:
            checked(path, keys)
        except KartotekError as error:
            found.wrong(str(path), error.sentence)


def _look_at_records(engine: Engine, compiled: CompiledType, found: Soundness) -> None:
    with engine.transactions.reading() as conn:
        applied = catalogs.latest(conn)
    since, last = applied.at if applied is not None else engine.clock(), 0
    while True:
        with engine.transactions.at(_BY) as (_, conn):
            ids = ids_after(conn, compiled.layout, last, _BATCH)
            for id, sentence in _damaged(conn, compiled, ids, since=since):
                found.wrong(f"{compiled.type.name}/{id}", sentence)
        found.records += len(ids)
        if len(ids) < _BATCH:
            return
        last = ids[-1]


def _damaged(conn: Connection, compiled: CompiledType, ids: Sequence[int], *, since: datetime) -> Iterator[tuple[int, str]]:
    """(id, what is wrong) of records; those that keep others from being read are found by halves."""
    try:
        wires = {id: compiled.codec.wire(compiled.codec.record(one).values) for id, one in load_many(conn, compiled.layout, ids).items()}
        written = _written(conn, compiled, ids, since=since)
    except (KartotekError, *BROKEN) as error:
        if len(ids) == 1:
            yield ids[0], f"it cannot be read: {error}"
            return
        for some in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            yield from _damaged(conn, compiled, some, since=since)
        return
    for id, wire in wires.items():
        other = [name for name, value in written.get(id, {}).items() if wire.get(name) not in (None, MISSING) and wire[name] != value]
        if other:
            yield id, f"{', '.join(other)}: history says that something else was written"


def _written(conn: Connection, compiled: CompiledType, ids: Sequence[int], *, since: datetime) -> Mapping[int, Mapping[str, Any]]:
    """{id: {name: the wire that was written last}}, of changes under the declarations of today: older ones may have been converted."""
    found: dict[int, dict[str, Any]] = {}
    for row in opened_rows(conn, compiled.layout, history.after(conn, compiled.type.name, ids, 0)):
        if row.at > since:
            found.setdefault(row.record_id, {}).update(row.now)
    recorded = set(compiled.recorded)
    return {id: {name: value for name, value in one.items() if name in recorded} for id, one in found.items()}


def _look_at_files(engine: Engine, found: Soundness) -> None:
    after = ""
    while True:
        with engine.transactions.reading() as conn:
            rows = files.every(conn, after=after)
        for row in rows:
            where = f"{row.record_type}/{row.record_id}" if row.record_id else "a file that no record has yet"
            found.files += 1
            try:
                if _digest(engine.files.path(row)) != row.sha256:
                    found.wrong(where, f"the file {row.name!r} ({row.place}) is not the one that was written")
            except (KartotekError, OSError):
                found.wrong(where, f"the file {row.name!r} ({row.place}) is missing or cannot be read")
        if not rows:
            return
        after = rows[-1].id


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
