"""Plan times: how long the steps of a change take, and for how long of that nobody can write; measured, and rounded up."""

from __future__ import annotations

from collections.abc import Mapping

from kartotek.engine.change import CatalogChange
from kartotek.engine.recomputing import AT_ONCE
from kartotek.migration.step import Step
from kartotek.storage.connection import Connection
from kartotek.storage.findings import count

Times = Mapping[int, tuple[float, float]]

# Records a second on a small machine that serves people beside it.
_CONVERTED = 8_000
_COMPUTED = 8_000
_MOVED = 4_000
_INDEXED = 250_000
_CONVERTING = frozenset({"retype_lossless", "retype_lossy", "retype_back", "options_gone"})
_MOVING = frozenset({"enter", "move", "replan"})
_INDEXING = frozenset({"unique", "add_index"})


def times(conn: Connection, change: CatalogChange) -> Times:
    """{index of a step: (seconds in all, seconds in which nobody can write)} of those that take any."""
    sizes: dict[str, int] = {}
    found: dict[int, tuple[float, float]] = {}
    for index, step in enumerate(change.steps):
        former = change.lineage.former_type(step.type)
        if former and _is_dear(step):
            if former not in sizes:
                sizes[former] = count(conn, change.current.type(former).layout)
            found[index] = _times(step, sizes[former], conn.dialect.renames_indexes)
    return found


def _is_dear(step: Step) -> bool:
    return bool(step.recompute) or step.refill or step.code in _CONVERTING or step.action in _MOVING | _INDEXING


def _times(step: Step, records: int, beside: bool) -> tuple[float, float]:
    """`beside` says whether an index can be made while others write."""
    if step.code in _CONVERTING:
        return records / _CONVERTED, 0.0
    if step.action in _INDEXING:
        seconds = records / _INDEXED
        return seconds, 0.0 if beside and step.action == "add_index" else seconds
    if step.recompute:
        seconds = records / _COMPUTED
        return seconds, seconds if records <= AT_ONCE else 0.0
    return records / _MOVED, records / _MOVED
