"""Copies: all records of a site in another database, of the other sort if wanted, with personal values masked if wanted."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kartotek.engine.catalogs import Catalogs
from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.file_keys import FileKeys
from kartotek.engine.keyring import Keyring
from kartotek.engine.masked_rows import MaskedRows, Shelf
from kartotek.engine.masking import Masks
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.occupying import rebuild
from kartotek.engine.recompute import recompute
from kartotek.engine.replanning import replan_from
from kartotek.errors import NotFound, SetupInvalid
from kartotek.migration.apply import fit_tables
from kartotek.migration.steps import steps
from kartotek.model.actor import Actor
from kartotek.model.naming import TYPE_NAME
from kartotek.model.order import order, reads
from kartotek.storage import audit, definitions, own, transfer
from kartotek.storage.audit_guards import let_go
from kartotek.storage.blobs import Blobs
from kartotek.storage.catalogs import pulse
from kartotek.storage.connection import Connection
from kartotek.storage.copying import places
from kartotek.storage.database import Database
from kartotek.storage.transfer import Table
from kartotek.storage.vault import Vault

# What belongs to the one site alone: who is at work, what is on its way out or half done, what can be made again.
_LEFT = frozenset({
    "kartotek__lease", "kartotek__search", "kartotek__outbox", "kartotek__idempotency", "kartotek__rate", "kartotek__report",
    "kartotek__import", "kartotek__import_row", "kartotek__change", "kartotek__kept", "kartotek__kept_value",
    "kartotek__audit", "kartotek__audit_record", "kartotek__audit_head", "kartotek__audit_journal", "kartotek__backup",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A database, the folder of its files, and the keys that both are sealed with."""

    database: Database
    files: Path
    keys: Keyring


def copy_records(source: Place, target: Place, *, mask: bool, now: datetime) -> dict[str, int]:
    """Fills an empty database in one transaction: {table: rows}. Reads one moment; nobody who writes there waits.

    What was removed and is kept stays behind, and so do messages that wait: two sites would send each of them.
    Raises SetupInvalid where the target is not empty.
    """
    source.database.vault, target.database.vault = Vault(source.keys), Vault(target.keys)
    with source.database.read() as reading, target.database.write() as writing:
        if target.database.dialect.name == "postgresql" and definitions.table_names(writing):
            raise SetupInvalid("The database of the copy is not empty.")
        compiled = Catalogs(source.database).seen_by(reading, pulse(reading))
        own.migrate(writing)
        fit_tables(writing, steps(None, compiled.catalog), compiled.catalog)
        forbidding = transfer.begin_filling(writing)
        copied = _Copying(reading, writing, compiled)
        counts = copied.masked(source, target, now) if mask else copied.plain(source, target)
        transfer.end_filling(writing, forbidding)
        copied.compare()
    return counts


def leave_behind(database: Database) -> None:
    """Takes out of a whole copy what belongs to the other site alone, but what was removed and is kept."""
    with database.write() as conn:
        let_go(conn)
        for table in transfer.own():
            if table.name in _LEFT and not table.name.startswith(("kartotek__kept", "kartotek__search")):
                transfer.empty(conn, table)
        audit.begin(conn)


class _Copying:
    def __init__(self, reading: Connection, writing: Connection, compiled: Compiled) -> None:
        self._reading, self._writing, self._compiled = reading, writing, compiled

    def plain(self, source: Place, target: Place) -> dict[str, int]:
        """All rows as they are."""
        types = [one for each in self._types() for one in transfer.of_type(each.layout)]
        own_tables = [one for one in transfer.own() if one.name not in _LEFT]
        for place in places(self._reading):
            _take_file(source, target, place)
        return {one.name: self._fill(one, transfer.read(self._reading, one)) for one in (*own_tables, *types)}

    def masked(self, source: Place, target: Place, now: datetime) -> dict[str, int]:
        """All rows with something else in the place of what is personal."""
        with closing(Masks(self._compiled.catalog)) as masks:
            rows = MaskedRows(masks, self._reading, (_shelf(source), _shelf(target)))
            counts = {one.name: self._fill(one, rows.own(one)) for one in transfer.own() if one.name not in _LEFT}
            for each in self._types():
                if masks.concerns(each.type.name):
                    counts |= self._fill_many(transfer.of_type(each.layout), rows.of_type(each))
                else:
                    counts |= {one.name: self._fill(one, transfer.read(self._reading, one)) for one in transfer.of_type(each.layout)}
            self._recompute(masks, now)
        return counts

    def compare(self) -> None:
        """Raises SetupInvalid where a table of records has another number of rows than in the site."""
        for table in (one for each in self._types() for one in transfer.of_type(each.layout)):
            if transfer.count(self._reading, table) != transfer.count(self._writing, table):
                raise SetupInvalid(f"The copy does not hold all rows of {table.name}.")

    def _types(self) -> list[CompiledType]:
        return [one for one in self._compiled.types.values() if not one.type.builtin]

    def _fill(self, table: Table, batches: Iterable[list[transfer.Row]]) -> int:
        transfer.empty(self._writing, table)
        count = sum(transfer.write(self._writing, table, rows) for rows in batches)
        self._go_on(table)
        return count

    def _fill_many(self, tables: list[Table], batches: Iterator[list[list[transfer.Row]]]) -> dict[str, int]:
        counts = dict.fromkeys((one.name for one in tables), 0)
        for batch in batches:
            for table, rows in zip(tables, batch, strict=True):
                counts[table.name] += transfer.write(self._writing, table, rows)
        for table in tables:
            self._go_on(table)
        return counts

    def _go_on(self, table: Table) -> None:
        if table.counts:
            transfer.go_on_after(self._writing, table, transfer.last_id(self._reading, table))

    def _recompute(self, masks: Masks, now: datetime) -> None:
        """Works out again what was made of values that are others now, each after what it is made of."""
        compiled = Compiled(self._compiled.catalog, self._writing.dialect.name)
        moment = Moment(Actor.system("copy"), compiled, now)
        writing = Writing(moment, self._writing, moment.setting(self._writing))
        graph = reads(self._compiled.catalog.types)
        for owner, name in order({key: of for key, of in graph.items() if key in masks.personal}):
            record_type = owner.partition(".")[0].partition("[")[0]
            inside = owner.removeprefix(record_type)
            if TYPE_NAME.fullmatch(record_type) and not _is_live(compiled, owner, name):
                recompute(writing, record_type, {name} if not inside else set(compiled.type(record_type).layout.rows))
        for one in self._types():
            if one.type.occupancy:
                rebuild(writing, one.type.name)
            after: int | None = 0
            while after is not None:
                after = replan_from(writing, one.type.name, after=after)


def _is_live(compiled: Compiled, owner: str, name: str) -> bool:
    found = compiled.types.get(owner)
    return found is not None and found.type.by_name[name].is_live


def _shelf(place: Place) -> Shelf:
    return Shelf(Blobs(place.files), FileKeys(place.keys))


def _take_file(source: Place, target: Place, place: str) -> None:
    try:
        path = Blobs(source.files).path(place)
    except NotFound:
        return  # it was missing before
    copy = target.files / place
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(path, copy)
