"""Kept: what was removed and can be brought back, until its time is over and it is dropped for good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import partial

from kartotek.engine.preparation import give_up, gently
from kartotek.errors import NotFound
from kartotek.migration import type_names
from kartotek.model.kept import Kept, KeptPlace
from kartotek.storage import changes, ddl, files, renames
from kartotek.storage import kept as storage
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database

_FILES = frozenset({"file", "files", "image"})


def kept(conn: Connection) -> tuple[Kept, ...]:
    """All that is kept, oldest first."""
    return storage.everything(conn)


def clean(database: Database, now: datetime, *, names: Collection[str] = ()) -> list[str]:
    """Drops what is past its time, or exactly what is named; the names of it, "person.phone", "order". Its values are gone.

    What given-up changes had made ready goes too. Raises NotFound for a name under which nothing is kept, Busy.
    """
    with database.read() as conn:
        everything, left = storage.everything(conn), changes.left_over(conn)
    unknown = sorted(set(names) - {one.name for one in everything})
    if unknown:
        raise NotFound(f"Nothing is kept under the name {unknown[0]}.")
    for id in left:
        give_up(database, id)
    due = [one for one in everything if (one.name in names if names else one.until is None or one.until <= now)]
    dropped: list[str] = []
    for one in sorted(due, key=lambda each: (not each.path, each.id)):
        dropped += gently(database, partial(drop, id=one.id))
    return dropped


def drop(conn: Connection, id: int) -> list[str]:
    """Drops one thing that is kept; the names of what is dropped with it: what refers to its table, or stands within it, cannot outlive it."""
    everything = {one.id: one for one in storage.everything(conn)}
    if id not in everything:
        return []
    gone = [everything[each] for each in _together(conn, everything.values(), everything[id])]
    for one in gone:
        _release(conn, one)
    for place in sorted({place for one in gone for place in one.places}, key=_order):
        _drop_place(conn, place)
    storage.forget(conn, [one.id for one in gone])
    return [one.name for one in gone]


def _together(conn: Connection, everything: Iterable[Kept], first: Kept) -> list[int]:
    found, waiting = [first.id], [first]
    known = list(everything)
    while waiting:
        tables = {place.now_table for place in waiting.pop().places if not place.now_column}
        pointing = {pair for table in tables for pair in renames.pointing_columns(conn, table)}
        for one in known:
            if one.id not in found and any(_falls(place, tables, pointing) for place in one.places):
                found.append(one.id)
                waiting.append(one)
    return found


def _falls(place: KeptPlace, tables: set[str], pointing: set[tuple[str, str]]) -> bool:
    if not place.now_column:
        return place.now_table in tables | {table for table, _ in pointing}
    return place.now_table in tables or (place.now_table, place.now_column) in pointing


def _order(place: KeptPlace) -> tuple[bool, int, str]:
    """Columns first, then what hangs on other tables, these last."""
    return not place.now_column, -place.table.count("__"), place.now_table


def _drop_place(conn: Connection, place: KeptPlace) -> None:
    if place.now_column:
        if place.now_column in ddl.column_names(conn, place.now_table):
            renames.drop_column(conn, place.now_table, place.now_column)
    elif place.now_table in renames.table_names(conn):
        renames.drop_table(conn, place.now_table)


def _release(conn: Connection, one: Kept) -> None:
    """Lets files go that no record can name any more; of a type, what is told of its records too."""
    if one.path:
        for name in _file_fields(one):
            files.release(conn, one.type, name)
        return
    main = one.places[0].now_table
    name = main if type_names.is_known(conn, main) else one.type
    if name == main or one.type not in renames.table_names(conn):
        files.release(conn, name)
        type_names.drop_type(conn, name)


def _file_fields(one: Kept) -> Iterator[str]:
    if one.declared.get("kind") in _FILES and len(one.path) == 1 and one.reason == "removed":
        yield one.path[0]
