"""Decoding: from the driver's rows to Stored; and the select lists they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from kartotek.kinds.kind import Convert
from kartotek.model.frozen import EMPTY
from kartotek.storage.dialect import Dialect, quote
from kartotek.storage.layout import INSTANT, JSON, SYSTEM, Column, Layout, PartLayout
from kartotek.storage.stored import Stored, StoredRow

T = TypeVar("T")
Row = Sequence[Any]
WIDTH = len(SYSTEM)  # how many values of a row are the system's


def kept(layout: Layout | PartLayout, key: Any, make: Callable[[], T]) -> T:
    """What `make` gives, made once for this layout and key. Two threads may both make it; either answer is right."""
    found: T | None = layout.kept.get(key)
    if found is None:
        if len(layout.kept) > 2000:  # shapes of asked filters are without number
            layout.kept.clear()
        layout.kept[key] = found = make()
    return found


def select_list(columns: Sequence[Column], alias: str = "") -> str:
    """The system columns and those given, in the order that `reader` expects."""
    before = f"{alias}." if alias else ""
    return ", ".join(before + quote(one.name) for one in (*SYSTEM, *columns))


def reader(dialect: Dialect, columns: Sequence[Column]) -> Callable[[Row], Stored]:
    """A function from a row of `select_list` to a Stored without parts; values after these columns are left alone."""
    values = values_reader(dialect, columns)
    instant = dialect.decoder(INSTANT)
    rest_of = dialect.decoder(JSON)

    def read(row: Row) -> Stored:
        created, updated, deleted, rest = row[3], row[5], row[7], row[9]
        one = object.__new__(Stored)
        # A frozen dataclass sets its fields one by one through object.__setattr__; filling its dict takes a fifth of that.
        one.__dict__.update({
            "id": row[0], "version": row[1], "state": row[2], "created_at": None if created is None else instant(created),
            "created_by": row[4], "updated_at": None if updated is None else instant(updated), "updated_by": row[6],
            "deleted_at": None if deleted is None else instant(deleted), "deleted_group": row[8],
            "rest": EMPTY if rest is None else rest_of(rest), "columns": values(row[WIDTH:]), "rows": EMPTY, "links": EMPTY,
        })
        return one

    return read


def values_reader(dialect: Dialect, columns: Sequence[Column]) -> Callable[[Row], Mapping[str, Any]]:
    """A function from driver values to {column: abstract value}, NULLs left out."""
    names: list[tuple[str, Convert | None]] = [(one.name, dialect.decode(one.spec)) for one in columns]

    def read(row: Row) -> Mapping[str, Any]:
        return {
            name: value if convert is None else convert(value)
            for (name, convert), value in zip(names, row, strict=False)
            if value is not None
        }

    return read


def row_reader(dialect: Dialect, part: PartLayout) -> Callable[[Row], StoredRow]:
    """A function from (id, rest, columns …) of a sub-table to a StoredRow."""
    values = values_reader(dialect, part.columns)
    rest_of = dialect.decoder(JSON)
    return lambda row: StoredRow(row[0], values(row[2:]), EMPTY if row[1] is None else rest_of(row[1]))

