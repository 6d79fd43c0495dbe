"""Which row of a sub-table sent anew is which stored one: by its key, else by equal content, else by position."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Row

# What tells rows apart in one respect; "" is like nothing else.
Mark = Callable[[Mapping[str, Any]], str]


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
    free = dict.fromkeys(range(len(stored)))
    found: dict[int, int] = {}
    for mark in (_key(field), _content(field, kept)):
        _pair(stored, sent, (free, found), mark)
    if not field.row_key:
        for index in range(min(len(stored), len(sent))):
            if index not in found and index in free:
                found[index] = index
    return tuple(Row(row.values, stored[found[at]].id if at in found else None) for at, row in enumerate(sent))


def _pair(stored: Sequence[Row], sent: Sequence[Row], so_far: tuple[dict[int, None], dict[int, int]], mark: Mark) -> None:
    """Pairs rows of the same mark, first with first: by a table, since thousands of rows may come under the write lock."""
    free, found = so_far
    places: dict[str, deque[int]] = {}
    for index in free:
        places.setdefault(mark(stored[index].values), deque()).append(index)
    for at, row in enumerate(sent):
        queue = places.get(mark(row.values)) if at not in found and mark(row.values) else None
        if queue:
            found[at] = queue.popleft()
            del free[found[at]]


def _key(field: Field) -> Mark:
    def mark(values: Mapping[str, Any]) -> str:
        keys = [values.get(name, MISSING) for name in field.row_key]
        return repr(keys) if keys and MISSING not in keys else ""

    return mark


def _content(field: Field, kept: Collection[str]) -> Mark:
    plain = [one.name for one in field.fields if not (one.read_only or one.is_derived or one.name in kept)]
    return lambda values: repr([values.get(name, MISSING) for name in plain])
