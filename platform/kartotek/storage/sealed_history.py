"""Sealed history: what encrypted fields were, in rows of history, encrypted too; bound to the field, the record and its version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.errors import Unreadable
from kartotek.storage.connection import Connection
from kartotek.storage.history import HistoryRow
from kartotek.storage.layout import Layout
from kartotek.storage.sealing import owners_by_id

MARK = "$sealed"  # the only key of an object that stands for an encrypted value


def sealed(conn: Connection, layout_of: Callable[[str], Layout], rows: Sequence[HistoryRow]) -> list[HistoryRow]:
    """The rows as they are to be written; `layout_of` gives that of a type."""
    layouts = {row.type: layout_of(row.type) for row in rows}
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if _secret(layouts[row.type], row):
            wanted.setdefault(row.type, set()).add(row.record_id)
    owners = {(name, id): owner for name, ids in wanted.items() for id, owner in owners_by_id(conn, layouts[name], ids).items()}
    keys = conn.vault.keys_of(conn, set(owners.values())) if owners else {}
    return [
        _closed(conn, layouts[row.type], row, keys[owners[row.type, row.record_id]]) if (row.type, row.record_id) in owners else row
        for row in rows
    ]


def opened(conn: Connection, layout: Layout, rows: Sequence[HistoryRow]) -> list[HistoryRow]:
    """The rows of one type with the values as they were; of what cannot be read any more only that it was there is told."""
    texts = [one[MARK] for row in rows for side in (row.was, row.now) for one in side.values() if is_sealed(one)]
    if not texts:
        return list(rows)
    conn.vault.fetch(conn, texts)
    labels = labels_of(layout)
    return [replace(row, was=_open(conn, labels, row, row.was), now=_open(conn, labels, row, row.now)) for row in rows]


def is_sealed(value: Any) -> bool:
    """Whether this stands for an encrypted value."""
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(MARK), str)


def labels_of(layout: Layout) -> Mapping[str, str]:
    """{field: what its values are bound to}; an object with an encrypted member is kept as a whole under its number."""
    if layout.sealing is None:
        return {}
    return {name: layout.sealing.label((name,)) for name in {column.path[0] for column in layout.sealed}}


def _secret(layout: Layout, row: HistoryRow) -> bool:
    names = {one.path[0] for one in layout.sealed}
    return any(name in names or is_sealed(value) for side in (row.was, row.now) for name, value in side.items())


def _closed(conn: Connection, layout: Layout, row: HistoryRow, key: tuple[int, bytes]) -> HistoryRow:
    labels = labels_of(layout)

    def side(values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            # What only looks as if it were encrypted is, so that nobody takes it for what somebody has moved here.
            name: {MARK: conn.vault.seal(key, _label(labels, row, name), value)} if name in labels or is_sealed(value) else value
            for name, value in values.items()
        }

    return replace(row, was=side(row.was), now=side(row.now))


def _label(labels: Mapping[str, str], row: HistoryRow, name: str) -> str:
    return f"{labels.get(name, '0')}.{row.record_id}.h{row.version}"


def _open(conn: Connection, labels: Mapping[str, str], row: HistoryRow, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if not is_sealed(value):
            found[name] = value
            continue
        try:
            found[name] = conn.vault.open(conn, value[MARK], _label(labels, row, name))
        except Unreadable:
            found[name] = None
    return found
