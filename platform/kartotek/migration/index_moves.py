"""Index moves: indexes that go on under other names with what they are over; what cannot is made anew afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from kartotek.migration.moves import Moves
from kartotek.migration.order import in_order
from kartotek.migration.places import Declared, Place
from kartotek.storage import ddl
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Index


def release_indexes(conn: Connection, moves: Moves) -> dict[str, str]:
    """Drops the indexes that do not go on; {name now: name then} of the others. For before any table moves."""
    found: dict[str, str] = {}
    for left in moves.left:
        for declared, place in left.places:
            if not declared.column:
                _drop(conn, (*ddl.index_names(conn, place.table), f"i_{place.table}", f"t_{place.table}"))
    for before, after in moves.sides:
        found |= _of_type(conn, moves, before, after)
    for now, then in moves.tables.items():
        if now != then:
            found |= {f"{sort}_{now}": f"{sort}_{then}" for sort in ("i", "t")}
    if conn.dialect.renames_indexes:
        return found
    _drop(conn, [now for now, then in found.items() if now != then])
    return {}


def name_indexes(conn: Connection, renamed: Mapping[str, str]) -> None:
    """Gives the indexes their new names, when the tables have theirs."""
    for now, then in in_order(renamed):
        conn.run(f"ALTER INDEX IF EXISTS {quote(now)} RENAME TO {quote(then)}")


def _of_type(conn: Connection, moves: Moves, before: Declared, after: Declared) -> dict[str, str]:
    table = before.place(Place(before.layout.table)).table
    columns = moves.columns.get(table, {})
    declared = {one.name: one for one in before.layout.indexes}
    found: dict[str, str] = {}
    for name in ddl.index_names(conn, table):
        goal = _goal(declared[name], columns, after) if name in declared else None
        if goal is None:
            _drop(conn, [name])
        else:
            found[name] = goal
    return found


def _goal(index: Index, columns: Mapping[str, str], after: Declared) -> str | None:
    """The name of the very same index over what the columns are called then."""
    moved = tuple(columns.get(one, "") for one in index.columns)
    condition = index.where.source if index.where is not None else ""
    for one in after.layout.indexes:
        same = one.columns == moved and one.unique == index.unique
        if same and (one.where.source if one.where is not None else "") == condition:
            return one.name
    return None


def _drop(conn: Connection, names: tuple[str, ...] | list[str]) -> None:
    for name in names:
        ddl.drop_index(conn, name)
