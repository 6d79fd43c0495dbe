"""Moving: the tables and columns there are, put under the names that they are to have; no row is touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from kartotek.migration.moves import Left, Moves
from kartotek.migration.order import in_order
from kartotek.migration.places import Place
from kartotek.model.kept import KeptPlace
from kartotek.storage import ddl, kept, renames
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Layout

Columns = Mapping[str, frozenset[str]]
Aside = tuple[Left, tuple[KeptPlace, ...]]


def carry_out(conn: Connection, moves: Moves, layouts: Iterable[Layout], *, day: date) -> list[Aside]:
    """What was set aside and where it is now. Afterwards all names that the layouts want are theirs or free.

    Things kept from earlier give way; what is kept of them follows every name.
    """
    wanted = _wanted(layouts)
    aside = [(one, _set_aside(conn, one, day)) for one in moves.left]
    for table, columns in sorted(moves.columns.items()):
        then = moves.tables.get(table, table)
        _move_columns(conn, table, columns, wanted=wanted.get(then, frozenset()), day=day)
    _move_tables(conn, moves.tables, wanted, day=day)
    for table in sorted({*moves.tables.values()}):
        renames.name_references(conn, table)
    return [(one, tuple(_followed(place, moves.tables) for place in places)) for one, places in aside]


def _wanted(layouts: Iterable[Layout]) -> Columns:
    """{table: its columns} of all that is declared."""
    found: dict[str, frozenset[str]] = {}
    for layout in layouts:
        found[layout.table] = frozenset(one.name for one in layout.columns)
        for part in (*layout.rows.values(), *layout.joins.values()):
            found[part.table] = frozenset(one.name for one in part.columns)
    return found


def _set_aside(conn: Connection, left: Left, day: date) -> tuple[KeptPlace, ...]:
    return tuple(_aside(conn, declared, now, day) for declared, now in left.places)


def _aside(conn: Connection, declared: Place, now: Place, day: date) -> KeptPlace:
    if now.column:
        column = renames.aside_name(declared.column, day, ddl.column_names(conn, now.table))
        renames.rename_column(conn, now.table, now.column, column)
        return KeptPlace(declared.table, declared.column, now.table, column)
    table = renames.aside_name(declared.table, day, renames.table_names(conn))
    renames.rename_table(conn, now.table, table)
    kept.follow_tables(conn, {now.table: table})
    return KeptPlace(declared.table, "", table, "")


def _followed(place: KeptPlace, tables: Mapping[str, str]) -> KeptPlace:
    """A column that was set aside goes with its table."""
    if not place.now_column:
        return place
    return KeptPlace(place.table, place.column, tables.get(place.now_table, place.now_table), place.now_column)


def _move_columns(
    conn: Connection, table: str, columns: Mapping[str, str], *, wanted: frozenset[str], day: date
) -> None:
    known = ddl.column_names(conn, table)
    # What an earlier change has set aside bears one of these names, of all there are.
    for name in sorted(known & wanted - columns.keys()):
        other = renames.aside_name(name.removeprefix("zz_"), day, known | wanted)
        renames.rename_column(conn, table, name, other)
        kept.follow_column(conn, (table, name), other)
    for now, then in in_order(columns):
        renames.rename_column(conn, table, now, then)


def _move_tables(conn: Connection, tables: Mapping[str, str], wanted: Columns, *, day: date) -> None:
    known = renames.table_names(conn)
    for name in sorted(known & wanted.keys() - tables.keys()):
        other = renames.aside_name(name.removeprefix("zz_"), day, known | wanted.keys())
        renames.rename_table(conn, name, other)
        kept.follow_tables(conn, {name: other})
    for now, then in in_order(tables):
        renames.rename_table(conn, now, then)
    kept.follow_tables(conn, {now: then for now, then in tables.items() if now != then})

