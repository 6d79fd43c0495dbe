"""Replaying: the histories of a database under workflows that are not in service yet. Reads alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine.codec import Codec
from kartotek.errors import SetupInvalid
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.record import Record
from kartotek.rules.replay import Departure, Passed, Replay, fresh
from kartotek.rules.ruleset import Ruleset
from kartotek.storage.catalogs import latest
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.ddl import column_names
from kartotek.storage.history import HistoryRow, of_type
from kartotek.storage.sealed_history import is_sealed

SHOWN = 20


@dataclass
class Replayed:
    """What became of one type: how many records were looked at, and {(reason, transition, state, about): who departs}."""

    type: str
    records: int = 0
    departing: int = 0
    groups: dict[tuple[str, ...], list[tuple[int, datetime]]] = field(default_factory=dict)
    counts: dict[tuple[str, ...], int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)

    def add(self, id: int, found: Departure) -> None:
        """Counts a record that would have gone another way; the first few of each reason are kept by name."""
        key = (found.reason, found.transition, found.state, found.about)
        self.departing += 1
        self.counts[key] = self.counts.get(key, 0) + 1
        if self.counts[key] <= SHOWN:
            self.groups.setdefault(key, []).append((id, found.at))


def replay(database: Database, wanted: Catalog, now: datetime) -> list[Replayed]:
    """What the stored histories come to under the workflows of `wanted`. Raises SetupInvalid for a database without them."""
    with database.read() as conn:
        applied = _applied(conn)
        return [
            _replayed(conn, one, (applied.types.get(one.name), wanted.settings.timezone), now)
            for one in wanted.types.values() if one.workflow is not None and one.name in applied.types
        ]


def _applied(conn: Connection) -> Catalog:
    if "state_now" not in column_names(conn, "kartotek__history"):
        raise SetupInvalid("This database knows no histories of states yet. Start the site once with this version.")
    found = latest(conn)
    catalog = load(found.documents, notes=False).catalog if found is not None else None
    if catalog is None:
        raise SetupInvalid("Nothing was ever applied here, so there are no histories.")
    return catalog


def _replayed(conn: Connection, declared: RecordType, side: tuple[RecordType | None, str], now: datetime) -> Replayed:
    before, zone = side
    workflow = declared.workflow
    assert workflow is not None
    was = before.workflow if before is not None else None
    initial = was.initial if was is not None else workflow.initial
    one = Replay(Ruleset(declared), workflow, initial, zone, frozenset(fresh(was, workflow)))
    codec, found = Codec(declared), Replayed(declared.name, unknown=one.unknown)
    for id, rows in groupby(of_type(conn, declared.name), key=lambda row: row.record_id):
        passed = list(_passed(codec, declared, rows))
        if not any(each.after.state for each in passed):
            continue  # it was gone before there was a workflow
        found.records += 1
        departure = one.departure([each for each in passed if each.after.state], now)
        if departure is not None:
            found.add(id, departure)
    return found


def _passed(codec: Codec, declared: RecordType, rows: Iterator[HistoryRow]) -> Iterator[Passed]:
    """The rows with the record before and after each, as far as people's fields go."""
    wires: dict[str, Any] = {}
    record = Record(type=declared.name, id=0)
    for row in rows:
        for name in row.was:
            wires.pop(name, None)
        wires.update(row.now)
        values = {name: codec.value_of(name, wire) for name, wire in wires.items() if name in declared.by_name and not is_sealed(wire)}
        created = (row.at, row.by) if row.action == "create" else (record.created_at, record.created_by)
        deleted = {"delete": row.at, "restore": None}.get(row.action, record.deleted_at)
        after = replace(
            record, id=row.record_id, version=row.version, state=row.state_now, values=values, created_at=created[0],
            created_by=created[1], updated_at=row.at, updated_by=row.by, deleted_at=deleted,
        )
        yield Passed(row.action, row.transition, record, after, row.at, row.by)
        record = after
