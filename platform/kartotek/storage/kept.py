"""Kept: what was removed, where it is now, and the values of it that no column held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kartotek.model.kept import Kept, KeptPlace
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT, JSON

_COLUMNS = '"version", "type", "path", "stable_id", "declared", "places", "records", "since", "until"'
_READ = f'SELECT "id", {_COLUMNS} FROM "kartotek__kept" ORDER BY "id"'
_ADD = f'INSERT INTO "kartotek__kept" ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING "id"'


@dataclass(frozen=True, slots=True)
class KeptValue:
    """A value that stood in no column; `row_id` is 0 for one of the record itself, `name` the dotted path that it had."""

    record_id: int
    row_id: int
    name: str
    value: Any


def add(conn: Connection, one: Kept) -> int:
    """The id of what is kept from now on; that of `one` is not looked at."""
    wire, instant = (_encoder(conn, spec) for spec in (JSON, INSTANT))
    where = _where(one, one.places)
    row = conn.row(_ADD, (
        one.version, one.type, wire(list(one.path)), one.stable_id, wire(dict(one.declared)), wire(where), one.records,
        instant(one.since), instant(one.until),
    ))
    assert row is not None
    return int(row[0])


def place(conn: Connection, id: int, one: Kept) -> None:
    """Writes down where something is, and of how many records it holds values."""
    conn.run(
        'UPDATE "kartotek__kept" SET "places" = ?, "records" = ? WHERE "id" = ?',
        (conn.dialect.encode(JSON, _where(one, one.places)), one.records, id),
    )


def everything(conn: Connection) -> tuple[Kept, ...]:
    """All that is kept, oldest first."""
    wire, instant = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)
    found = []
    for id, version, type, path, stable_id, declared, places, records, since, until in conn.rows(_READ):
        where = wire(places)
        found.append(Kept(
            id=id, version=version, type=type, path=tuple(wire(path)), stable_id=stable_id, declared=wire(declared),
            was=tuple(where["was"]), reason=where["reason"], places=tuple(KeptPlace(*one) for one in where["places"]),
            mark=where.get("mark"), records=records, since=instant(since), until=instant(until),
        ))
    return tuple(found)


def forget(conn: Connection, ids: Iterable[int]) -> None:
    """Removes entries with their values; what they tell of is either in service again or gone."""
    for id in ids:
        conn.run('DELETE FROM "kartotek__kept_value" WHERE "kept_id" = ?', (id,))
        conn.run('DELETE FROM "kartotek__kept" WHERE "id" = ?', (id,))


def spend(conn: Connection, one: Kept, now: datetime) -> None:
    """Writes down that values have gone back out of it: it does not give them again, and may be dropped."""
    text = conn.dialect.encode(JSON, _where(replace(one, mark=None), one.places))
    until = conn.dialect.encode(INSTANT, now)
    conn.run('UPDATE "kartotek__kept" SET "places" = ?, "until" = ? WHERE "id" = ?', (text, until, one.id))


def follow_tables(conn: Connection, renamed: Mapping[str, str]) -> None:
    """Writes down that tables are called otherwise now."""

    def follow(place: KeptPlace) -> KeptPlace:
        return replace(place, now_table=renamed.get(place.now_table, place.now_table))

    _change_places(conn, follow)


def follow_column(conn: Connection, now: tuple[str, str], then: str) -> None:
    """Writes down that a column, (table, name), is called otherwise now."""

    def follow(place: KeptPlace) -> KeptPlace:
        return replace(place, now_column=then) if (place.now_table, place.now_column) == now else place

    _change_places(conn, follow)


def follow_names(conn: Connection, types: Mapping[str, str], fields: Mapping[str, Mapping[Any, Any]]) -> None:
    """Names what is kept after the types, {old: new}, and the fields, {new type: {old path: new path}}, that it belongs to."""
    for one in everything(conn):
        type = types.get(one.type, one.type)
        renamed = fields.get(type, {})
        path = one.path
        for length in range(len(path) - 1, 0, -1):
            if path[:length] in renamed:
                path = (*renamed[path[:length]], *path[length:])
                break
        if (type, path) != (one.type, one.path):
            text = conn.dialect.encode(JSON, list(path))
            conn.run('UPDATE "kartotek__kept" SET "type" = ?, "path" = ? WHERE "id" = ?', (type, text, one.id))


def add_values(conn: Connection, kept_id: int, values: Sequence[KeptValue]) -> None:
    """Keeps values that stood in no column."""
    if not values:
        return
    wire = _encoder(conn, JSON)
    conn.run_many(
        'INSERT INTO "kartotek__kept_value" ("kept_id", "record_id", "row_id", "name", "value") VALUES (?, ?, ?, ?, ?)',
        [(kept_id, one.record_id, one.row_id, one.name, wire([one.value])) for one in values],
    )


def values(conn: Connection, kept_id: int, *, after: int = 0, limit: int = 500) -> list[KeptValue]:
    """The values of the next records, whole records at a time."""
    sql = (
        'SELECT "record_id", "row_id", "name", "value" FROM "kartotek__kept_value" WHERE "kept_id" = ? AND "record_id" IN ('
        'SELECT DISTINCT "record_id" FROM "kartotek__kept_value" WHERE "kept_id" = ? AND "record_id" > ? '
        'ORDER BY "record_id" LIMIT ?) ORDER BY "record_id", "row_id", "name"'
    )
    wire = conn.dialect.decoder(JSON)
    found = conn.rows(sql, (kept_id, kept_id, after, limit))
    return [KeptValue(record, row, name, wire(value)[0]) for record, row, name, value in found]


def values_of(conn: Connection, kept_id: int, records: Iterable[int]) -> list[KeptValue]:
    """The values of these records."""
    among = conn.dialect.among('"record_id"')
    sql = f'SELECT "record_id", "row_id", "name", "value" FROM "kartotek__kept_value" WHERE "kept_id" = ? AND {among}'
    wire = conn.dialect.decoder(JSON)
    found = conn.rows(sql, (kept_id, conn.dialect.ids(records)))
    return [KeptValue(record, row, name, wire(value)[0]) for record, row, name, value in found]


def filled(conn: Connection, place: KeptPlace) -> int:
    """How many values stand there."""
    only = f" WHERE {quote(place.now_column)} IS NOT NULL" if place.now_column else ""
    row = conn.row(f"SELECT COUNT(*) FROM {quote(place.now_table)}{only}")
    return int(row[0]) if row else 0


def _change_places(conn: Connection, follow: Callable[[KeptPlace], KeptPlace]) -> None:
    for one in everything(conn):
        places = tuple(map(follow, one.places))
        if places != one.places:
            text = conn.dialect.encode(JSON, _where(one, places))
            conn.run('UPDATE "kartotek__kept" SET "places" = ? WHERE "id" = ?', (text, one.id))


def _where(one: Kept, places: Sequence[KeptPlace]) -> dict[str, Any]:
    listed = [[each.table, each.column, each.now_table, each.now_column] for each in places]
    return {"was": list(one.was), "reason": one.reason, "places": listed, "mark": one.mark}


def _encoder(conn: Connection, spec: Any) -> Callable[[Any], Any]:
    return lambda value: conn.dialect.encode(spec, value)
