"""Which row of a sub-table sent anew is which stored one: by its key, else by equal content, else by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Row
from kartotek.model.view import Rules


def continued(field: Field, stored: Any, sent: Any, shown: Mapping[tuple[str, str], Rules]) -> Any:
    """The rows or the small object sent anew, with what the sender could not see of the stored ones still in them."""
    hidden = [one.name for one in field.fields if shown.get((field.name, one.name), True) is not True]
    if field.kind != "rows":
        return {**_only(stored or {}, hidden), **sent}
    before = {row.id: row.values for row in stored or ()}
    rows = matched(field, stored or (), sent)
    return tuple(Row({**_only(before.get(row.id, {}), hidden), **row.values}, row.id) for row in rows) if hidden else rows


def _only(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def matched(field: Field, stored: Sequence[Row], sent: Sequence[Row]) -> tuple[Row, ...]:
    """The sent rows in their order, each with the id of the stored row it continues, if any."""
    free = list(stored)
    found: list[Row | None] = [None] * len(sent)
    for alike in (_same_key(field), _same_content(field)):
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


def _same_content(field: Field) -> Any:
    plain = tuple(one.name for one in field.fields if not (one.read_only or one.is_derived))

    def alike(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        return all(old.get(name, MISSING) == new.get(name, MISSING) for name in plain)

    return alike
