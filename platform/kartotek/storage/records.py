"""Records: the statements that insert and change them; what reads them stands in loading.py and is named here too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kartotek.storage import sealing
from kartotek.storage.connection import Connection
from kartotek.storage.decoding import kept
from kartotek.storage.dialect import Dialect, quote
from kartotek.storage.encoding import WRITTEN, same, system_values, values_writer
from kartotek.storage.faults import StaleCatalog, Violation
from kartotek.storage.layout import SYSTEM, Layout
from kartotek.storage.loading import PULSE, inverse, load, load_many
from kartotek.storage.parts import insert_parts, update_parts
from kartotek.storage.sealing import closed
from kartotek.storage.stored import Stored

__all__ = ["Violation", "insert", "insert_many", "inverse", "load", "load_many", "touch", "touch_many", "update", "update_many"]

_SPECS = {one.name: one.spec for one in SYSTEM}


def insert(conn: Connection, layout: Layout, stored: Stored, *, catalog_version: int | None = None) -> int:
    """The id of the new record; the database gives it, `stored.id` is not looked at.

    Raises StaleCatalog where `catalog_version` is given and another is applied, and Violation.
    """
    if layout.sealed:
        return _insert_sealed(conn, layout, stored, catalog_version)
    params = _writer(conn.dialect, layout)(stored)
    with _explained(layout):
        if catalog_version is None:
            row = conn.row(kept(layout, (conn.dialect.name, "insert"), lambda: _insert_text(layout)), params)
        else:
            text = kept(layout, (conn.dialect.name, "insert checked"), lambda: _checked_text(conn.dialect, layout))
            row = conn.row(text, (*params, catalog_version))
        if row is None:
            raise StaleCatalog(f"Another catalog than {catalog_version} is applied.")
        if stored.rows or stored.links:
            insert_parts(conn, layout, [replace(stored, id=row[0])])
    return int(row[0])


def insert_many(conn: Connection, layout: Layout, stored: Sequence[Stored]) -> list[int]:
    """The ids of the new records in their order. Raises Violation, which does not say for which of them."""
    if not stored:
        return []
    ids = conn.dialect.next_ids(conn, layout.table, len(stored))
    numbered = list(zip(ids, closed(conn, layout, [replace(one, id=id) for id, one in zip(ids, stored, strict=True)]), strict=True))
    write = _writer(conn.dialect, layout)
    with _explained(layout):
        conn.run_many(_numbered_text(layout), [(id, *write(one)) for id, one in numbered])
        if layout.rows or layout.joins:
            insert_parts(conn, layout, [replace(one, id=id) for id, one in numbered])
    return ids


def update(conn: Connection, layout: Layout, before: Stored, after: Stored) -> bool:
    """Writes what differs; False, and nothing written, when the stored version is no longer that of `before`.

    Raises Violation.
    """
    changed = _changed(conn, layout, before, after)
    names = tuple(changed) or ("version",)
    text = kept(layout, ("update", names), lambda: _update_text(layout, names))
    with _explained(layout):
        if not conn.run(text, (*(changed.values() or (after.version,)), before.id, before.version)):
            return False
        update_parts(conn, layout, before, after)
    return True


def update_many(conn: Connection, layout: Layout, changed: Sequence[tuple[Stored, Stored]]) -> None:
    """Writes what differs between (before, after) of records that are locked and as they were read. Raises Violation."""
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for before, after in changed:
        values = _changed(conn, layout, before, after)
        alike.setdefault(tuple(values), []).append([*values.values(), before.id, before.version])
    with _explained(layout):
        for names, rows in alike.items():
            conn.run_many(kept(layout, ("update", names), lambda names=names: _update_text(layout, names)), rows)
        for before, after in changed if layout.rows or layout.joins else ():
            update_parts(conn, layout, before, after)


def touch(conn: Connection, layout: Layout, id: int, columns: Mapping[str, Any]) -> None:
    """Writes derived values, {column: abstract value or None}: neither the version nor the history takes notice."""
    if not columns:
        return
    touch_many(conn, layout, {id: columns})


def touch_many(conn: Connection, layout: Layout, columns: Mapping[int, Mapping[str, Any]]) -> None:
    """The same for many records, {id: columns}."""
    if layout.sealed:
        columns = sealing.sealed_columns(conn, layout, columns)
    alike: dict[tuple[str, ...], list[list[Any]]] = {}
    for id, each in columns.items():
        alike.setdefault(tuple(each), []).append(_touch_values(conn.dialect, layout, id, each))
    with _explained(layout):
        for names, rows in alike.items():
            conn.run_many(_touch_text(layout, names), rows)


def _touch_text(layout: Layout, names: tuple[str, ...]) -> str:
    settings = ", ".join(f"{quote(name)} = ?" for name in names)
    text: str = kept(layout, ("touch", names), lambda: f'UPDATE {quote(layout.table)} SET {settings} WHERE "id" = ?')
    return text


def _touch_values(dialect: Dialect, layout: Layout, id: int, columns: Mapping[str, Any]) -> list[Any]:
    return [*(dialect.encode(layout.column(name).spec, value) for name, value in columns.items()), id]


def _changed(conn: Connection, layout: Layout, before: Stored, after: Stored) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    dialect = conn.dialect
    for name in WRITTEN:
        value = getattr(after, name)
        if not same(getattr(before, name), value):
            changed[name] = dialect.encode(_SPECS[name], value or None if name == "rest" else value)
    for column in layout.columns:
        value = after.columns.get(column.name)
        if column.spec.type in ("sealed", "blind"):
            continue
        if not same(before.columns.get(column.name), value):
            changed[column.name] = dialect.encode(column.spec, value)
    return changed | sealing.changed(conn, layout, before, after)


def _insert_sealed(conn: Connection, layout: Layout, stored: Stored, catalog_version: int | None) -> int:
    """The id is drawn first: what is encrypted is bound to it."""
    [id] = conn.dialect.next_ids(conn, layout.table, 1)
    [stored] = closed(conn, layout, [replace(stored, id=id)])
    params = [id, *_writer(conn.dialect, layout)(stored)]
    with _explained(layout):
        if catalog_version is None:
            conn.run(kept(layout, "insert numbered", lambda: _numbered_text(layout)), params)
        elif not conn.rows(
            kept(layout, (conn.dialect.name, "insert numbered checked"), lambda: _checked_text(conn.dialect, layout, ("id",))),
            (*params, catalog_version),
        ):
            raise StaleCatalog(f"Another catalog than {catalog_version} is applied.")
        if stored.rows or stored.links:
            insert_parts(conn, layout, [stored])
    return id


@contextmanager
def _explained(layout: Layout) -> Iterator[None]:
    """Puts the declared names of the fields into a Violation."""
    try:
        yield
    except Violation as violation:
        if violation.fields:
            raise
        raise violation.about(_fields_of(layout, violation)) from violation


def _fields_of(layout: Layout, violation: Violation) -> tuple[str, ...]:
    for index in layout.indexes:
        if index.name == violation.index or (index.unique and index.columns == violation.columns):
            return index.fields
    for column in layout.references:
        if violation.index == f"f_{layout.table}__{column.name}"[:63]:
            return column.path
    return ()


def _writer(dialect: Dialect, layout: Layout) -> Callable[[Stored], list[Any]]:
    def make() -> Callable[[Stored], list[Any]]:
        values = values_writer(dialect, layout.columns)
        return lambda stored: [*system_values(dialect, stored), *values(stored.columns)]

    return kept(layout, (dialect.name, "write"), make)


def _names(layout: Layout) -> tuple[str, ...]:
    return (*WRITTEN, *(one.name for one in layout.columns))


def _into(layout: Layout, names: Sequence[str]) -> str:
    return f"INSERT INTO {quote(layout.table)} ({', '.join(quote(name) for name in names)})"


def _insert_text(layout: Layout) -> str:
    names = _names(layout)
    return f'{_into(layout, names)} VALUES ({", ".join("?" * len(names))}) RETURNING "id"'


def _numbered_text(layout: Layout) -> str:
    names = ("id", *_names(layout))
    return f'{_into(layout, names)} VALUES ({", ".join("?" * len(names))})'


def _checked_text(dialect: Dialect, layout: Layout, before: tuple[str, ...] = ()) -> str:
    names = (*before, *_names(layout))
    marks = ", ".join(dialect.typed(layout.column(name).spec) for name in names)
    return (
        f'{_into(layout, names)} SELECT {marks} FROM {PULSE} WHERE "id" = 1 AND "catalog_version" = ?'
        f'{dialect.for_key_share} RETURNING "id"'
    )


def _update_text(layout: Layout, names: Sequence[str]) -> str:
    settings = ", ".join(f"{quote(name)} = ?" for name in names)
    return f'UPDATE {quote(layout.table)} SET {settings} WHERE "id" = ? AND "version" = ?'
