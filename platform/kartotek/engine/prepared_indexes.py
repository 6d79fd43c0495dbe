"""Prepared indexes: those that a new catalog wants over what there is, made before it comes while others write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.engine.shadowing import places_of
from kartotek.migration.moves import moves
from kartotek.migration.places import Place
from kartotek.storage import ddl, renames
from kartotek.storage.database import Collision, Database
from kartotek.storage.layout import Index

# Fewer rows than these are indexed in the switch, where nobody notices.
_WORTH = 10_000


def make(database: Database, change: CatalogChange, state: dict[str, Any]) -> None:
    """Makes them under names of their own, which the state tells: {name now: name then}. One that fails is left out."""
    if not database.dialect.renames_indexes:
        return
    made: dict[str, str] = state.setdefault("indexes", {})
    with database.read() as conn:
        wanted = list(_wanted(change, places_of(state["shadows"])))
        large = {table for table, _, _ in wanted if renames.is_larger(conn, table, _WORTH)}
    for table, index, then in wanted:
        if table in large and index.name not in made and _made(database, table, index):
            made[index.name] = then


def drop(database: Database, state: Mapping[str, Any]) -> None:
    """Removes them again."""
    for name in state.get("indexes", {}):
        with database.write() as conn:
            ddl.drop_index(conn, name)


def _made(database: Database, table: str, index: Index) -> bool:
    try:
        with database.outside() as conn:
            ddl.add_index_beside(conn, table, index)
    except Collision:
        with database.write() as conn:
            ddl.drop_index(conn, index.name)
        return False
    return True


def _wanted(change: CatalogChange, shadows: Mapping[Place, Place]) -> Iterator[tuple[str, Index, str]]:
    """(table now, the index under its own name over the columns of now, the name that it will have)."""
    found = moves(change.current.catalog, change.wanted, change.lineage, shadows=shadows)
    for before, after in found.sides:
        table = before.layout.table
        now = {then: column for column, then in found.columns[table].items()}
        same = {(tuple(found.columns[table].get(one, "") for one in each.columns), each.unique) for each in before.layout.indexes}
        for one in after.layout.indexes:
            new = not one.unique and one.where is None and (one.columns, False) not in same
            if new and all(name in now for name in one.columns):
                name = renames.shadow_name(one.name, change.id, ())
                yield table, Index(name, tuple(now[each] for each in one.columns), one.fields), one.name
