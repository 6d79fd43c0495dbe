"""Pouring: what a foreign type's columns hold goes to the rest of the record where the columns go; the wire stays as it was sent."""

from __future__ import annotations

from kartotek.engine.change import CatalogChange
from kartotek.migration.moves import Moves
from kartotek.storage import shadows
from kartotek.storage.connection import Connection
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after

_BATCH = 500


def pour(conn: Connection, change: CatalogChange, moves: Moves) -> frozenset[str]:
    """The foreign types of which a column goes out of service: all its values stand in the rest now, under their own names."""
    poured = set()
    for name in change.lineage.types:
        gone = {left.was[0] for left in moves.left if left.type == name and left.was}
        if gone and change.wanted.types[name].foreign:
            _pour(conn, change, change.lineage.former_type(name), gone)
            poured.add(name)
    return frozenset(poured)


def _pour(conn: Connection, change: CatalogChange, was: str, gone: set[str]) -> None:
    compiled = change.current.type(was)
    last = 0
    while ids := ids_after(conn, compiled.layout, last, _BATCH):
        rest = {}
        for id, stored in load_many(conn, compiled.layout, ids).items():
            values = compiled.codec.record(stored).values
            found = {name: values[name] for name in gone if name in values and name not in stored.rest}
            if found:
                rest[id] = {**stored.rest, **found}
        shadows.write_rest(conn, compiled.layout.table, rest)
        last = ids[-1]
