"""Which row of a sub-table sent anew is which stored one: by its key, else by equal content, else by position."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Row


def continued(field: Field, stored: Any, sent: Any, kept: Collection[str] = ()) -> Any:
    """The rows or the small object sent anew. `kept` are the members that the sender may not set or not see: they stay."""
    if field.kind != "rows":
        return {**_only(stored or {}, kept), **sent}
    before = {row.id: row.values for row in stored or ()}
    rows = matched(field, stored or (), sent, kept)
    return tuple(Row({**_only(before.get(row.id, {}), kept), **row.values}, row.id) for row in rows) if kept else rows


def remains(field: Field, stored: Any, kept: Collection[str]) -> dict[str, Any]:
    """What is left of a small object that somebody removes: the members that are not his to remove."""
    return _only(stored or {}, kept) if field.kind == "object" else {}


def _only(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def matched(field: Field, stored: Sequence[Row], sent: Sequence[Row], kept: Collection[str] = ()) -> tuple[Row, ...]:
    """The sent rows in their order, each with the id of the stored row it continues, if any; `kept` members say nothing."""
    free = list(stored)
    found: list[Row | None] = [None] * len(sent)
    for alike in (_same_key(field), _same_content(field, kept)):
        for index, row in enumerate(sent):
            if found[index] is None:
                found[index] = _take(free, row, alike)
    if not field.row_key:
        _by_position(stored, free, found)
    return tuple(Row(row.values, old.id if old else None) for row, old in zip(sent, found, strict=True))


def _by_position(stored: Sequence[Row], free: list[Row], found: list[Row | None]) -> None:
    for index, old in enumerate(stored[: len(found)]):
        if found[index] is None and old in free:
            free.remove(old)
            found[index] = old


def _take(free: list[Row], row: Row, alike: Any) -> Row | None:
    old = next((one for one in free if alike(one.values, row.values)), None)
    if old is not None:
        free.remove(old)
    return old


def _same_key(field: Field) -> Any:
    def alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        keys = field.row_key
        return bool(keys) and all(old.get(key, MISSING) == new.get(key, MISSING) is not MISSING for key in keys)

    return alike


def _same_content(field: Field, kept: Collection[str]) -> Any:
    plain = tuple(one.name for one in field.fields if not (one.read_only or one.is_derived or one.name in kept))

    def alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        return all(old.get(name, MISSING) == new.get(name, MISSING) for name in plain)

    return alike
