"""Sealing: encrypted values on their way into the database and out of it, each bound to its field and its record."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kartotek.errors import Unreadable
from kartotek.kinds.sealed import SealedText
from kartotek.model.sealing import Sealing
from kartotek.storage.connection import Connection, Late
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Column, Layout
from kartotek.storage.stored import Stored
from kartotek.storage.vault import INDEX, SITE, Owner
from kartotek.storage.vault import opened as unsealed

_log = logging.getLogger("kartotek.storage")
_SHOWN = 10


def opened(conn: Connection, layout: Layout, found: Sequence[Stored]) -> Sequence[Stored]:
    """The records with their encrypted values as they are; one that cannot be read is left out, and told of in the log.

    One query gets the keys of all that is not known yet.
    """
    if not layout.sealed or not found:
        return found
    names = [(one.name, one.label) for one in layout.sealed]
    known = conn.vault.fetch(conn, [text for one in found for name, _ in names if (text := one.columns.get(name)) is not None])
    for one in found:
        columns: dict[str, Any] = one.columns  # type: ignore[assignment]  # made by the reader for this record alone
        for name, label in names:
            text = columns.get(name)
            if not isinstance(text, SealedText):
                continue
            try:
                columns[name] = unsealed(text, f"{label}.{one.id}", known)
            except Unreadable as error:
                del columns[name]
                _tell(conn, (layout.table, one.id, name), error)
    return found


def closed(conn: Connection, layout: Layout, stored: Sequence[Stored]) -> list[Stored]:
    """Records that have their ids, with what is to be encrypted in place of the values."""
    if not layout.sealed:
        return list(stored)
    owners = owners_of(conn, layout, stored)
    keys = conn.vault.keys_of(conn, set(owners.values())) if any(_has(layout, one) for one in stored) else {}
    return [
        replace(one, columns={**one.columns, **_columns(conn, layout.sealed, one, key=keys.get(owners[one.id]), layout=layout)})
        for one in stored
    ]


def changed(conn: Connection, layout: Layout, before: Stored, after: Stored) -> dict[str, Any]:
    """{column: what it is to hold now} of encrypted values that differ, or of all of them where they are another person's."""
    if not layout.sealed:
        return {}
    differing = [one for one in layout.sealed if before.columns.get(one.name) != after.columns.get(one.name)]
    owner = owners_of(conn, layout, [after])[after.id]
    if layout.sealing is not None and layout.sealing.hops and owners_of(conn, layout, [before])[before.id] != owner:
        differing = [one for one in layout.sealed if one in differing or one.name in after.columns]
    if not differing:
        return {}
    key = conn.vault.keys_of(conn, [owner])[owner] if any(one.name in after.columns for one in differing) else None
    return _columns(conn, differing, after, key=key, layout=layout)


def sealed_columns(conn: Connection, layout: Layout, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    """{id: columns} of records that are there, with what is to be encrypted in place of the values."""
    if not layout.sealed:
        return {id: dict(columns) for id, columns in rows.items()}
    names = {one.name: one for one in layout.sealed}
    among = {id for id, columns in rows.items() if names.keys() & columns.keys()}
    owners = owners_by_id(conn, layout, among)
    keys = conn.vault.keys_of(conn, set(owners.values())) if owners else {}
    found: dict[int, dict[str, Any]] = {}
    for id, columns in rows.items():
        mine = [names[name] for name in columns if name in names]
        one = Stored(id=id, columns={name: value for name, value in columns.items() if value is not None})
        found[id] = {**columns, **(_columns(conn, mine, one, key=keys[owners[id]], layout=layout) if mine and id in owners else {})}
    return found


def owners_of(conn: Connection, layout: Layout, stored: Sequence[Stored]) -> dict[int, Owner]:
    """{id: whose key its values are sealed with}; what leads to nobody has the key of its type."""
    sealing = _sealing(layout)
    if not sealing.person:
        return {one.id: (sealing.number, 0) for one in stored}
    if not sealing.hops:
        return {one.id: (sealing.number, one.id) for one in stored}
    first = sealing.hops[0][0]
    return _people(conn, sealing, {one.id: one.columns.get(first) for one in stored})


def owners_by_id(conn: Connection, layout: Layout, ids: Iterable[int]) -> dict[int, Owner]:
    """The same for records that are in the database."""
    sealing, wanted = _sealing(layout), sorted(set(ids))
    if not sealing.person:
        return {id: (sealing.number, 0) for id in wanted}
    if not sealing.hops:
        return {id: (sealing.number, id) for id in wanted}
    return _people(conn, sealing, _pointed(conn, layout.table, sealing.hops[0][0], wanted))


def damaged(conn: Connection) -> list[tuple[str, int, str]]:
    """(table, record, column) of values that were read here and were not what was written there."""
    found: list[tuple[str, int, str]] = conn.kept.get("damaged", [])
    return found


def site_key(conn: Connection) -> tuple[int, bytes]:
    """The key of what belongs to no record."""
    found: tuple[int, bytes] = conn.vault.keys_of(conn, [SITE])[SITE]
    return found


@dataclass(frozen=True, slots=True)
class Mark(Late):
    """By what the column beside an encrypted one knows this value of the field with that label."""

    label: str
    text: str

    def value(self, conn: Connection) -> str:
        owner = int(self.label.partition(".")[0]), 0
        key = conn.kept.get((INDEX, owner)) or conn.vault.known_key(conn, owner, INDEX)
        if key is None:
            return "-" + hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()  # nothing was ever written there
        conn.kept[INDEX, owner] = key
        return str(conn.vault.mark(key, self.label, self.text))


def found_by(conn: Connection, layout: Layout, column: str, value: Any) -> tuple[str, Any]:
    """(column, driver's value) by which records with this value of a column are found; of an encrypted one what stands beside it."""
    known = layout.column(column)
    if known.spec.type != "sealed" or value is None:
        return column, conn.dialect.encode(known.spec, value)
    return _blind(layout, known)[0].name, Mark(known.label, str(value)).value(conn)


def value_found_by(conn: Connection, layout: Layout, column: str, stored: Stored) -> Any:
    """The driver's value that a record has, or will have, in a column by which records are found."""
    known = layout.column(column)
    if known.spec.type != "blind":
        return conn.dialect.encode(known.spec, stored.columns.get(column))
    value = next((stored.columns.get(one.name) for one in layout.sealed if one.path == known.path), None)
    return None if value is None else Mark(known.label, str(value)).value(conn)


def _columns(
    conn: Connection, columns: Sequence[Column], one: Stored, *, key: tuple[int, bytes] | None, layout: Layout
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in columns:
        value = one.columns.get(column.name)
        if not column.label:
            raise RuntimeError(f"{layout.table}.{column.name} is to be encrypted, and has no number to be bound to.")
        found[column.name] = None if value is None or key is None else conn.vault.seal(key, f"{column.label}.{one.id}", value)
        for blind in _blind(layout, column):
            found[blind.name] = None if value is None else _mark(conn, layout, column, str(value))
    return found


def _mark(conn: Connection, layout: Layout, column: Column, text: str) -> str:
    owner = _sealing(layout).number, 0
    key = conn.vault.keys_of(conn, [owner], INDEX)[owner]
    return str(conn.vault.mark(key, column.label, text))


def _blind(layout: Layout, column: Column) -> list[Column]:
    return [one for one in layout.columns if one.spec.type == "blind" and one.path == column.path]


def _people(conn: Connection, sealing: Sealing, first: Mapping[int, int | None]) -> dict[int, Owner]:
    at = dict(first)
    for (_, table), (column, _) in zip(sealing.hops, sealing.hops[1:], strict=False):
        following = _pointed(conn, table, column, sorted({id for id in at.values() if id is not None}))
        at = {id: following.get(there) if there is not None else None for id, there in at.items()}
    return {id: (sealing.person, person) if person is not None else (sealing.number, 0) for id, person in at.items()}


def _pointed(conn: Connection, table: str, column: str, ids: Sequence[int]) -> dict[int, int | None]:
    if not ids:
        return {}
    sql = f'SELECT "id", {quote(column)} FROM {quote(table)} WHERE {conn.dialect.among(quote("id"))}'
    return {int(id): target for id, target in conn.rows(sql, (conn.dialect.ids(ids),))}


def _sealing(layout: Layout) -> Sealing:
    if layout.sealing is None:
        raise RuntimeError(f"{layout.table} has encrypted fields, and no numbers to bind them to.")
    return layout.sealing


def _has(layout: Layout, one: Stored) -> bool:
    return any(column.name in one.columns for column in layout.sealed)


def _tell(conn: Connection, place: tuple[str, int, str], error: Unreadable) -> None:
    damaged: list[tuple[str, int, str]] = conn.kept.setdefault("damaged", [])
    if not error.params.get("gone"):  # of somebody who was erased there is nothing to tell
        damaged.append(place)
    if len(damaged) <= _SHOWN:
        _log.warning("%s %d: %s cannot be read: %s", *place, error.sentence)
