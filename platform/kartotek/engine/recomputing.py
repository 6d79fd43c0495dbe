"""Recomputing later: derived values of so many records that nobody can wait for them are brought up to date after the switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kartotek.engine.doing import Again
from kartotek.engine.indexing import begin_index
from kartotek.engine.occupying import rebuild
from kartotek.engine.open_writing import Writing
from kartotek.engine.planning import replan
from kartotek.engine.recompute import recompute, recompute_from
from kartotek.migration.lineage import Lineage
from kartotek.model.catalog import Catalog
from kartotek.rules.occupancy import reads
from kartotek.storage import renames, timers
from kartotek.storage.timers import TimerRow

Todo = list[tuple[str, tuple[str, ...]]]  # (type, its derived fields), sources before what follows from them

NAME = "recompute"
_KEY = "0/recompute"
AT_ONCE = 10_000  # records whose values are brought up to date within the switch
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def recompute_all(writing: Writing, lineage: Lineage, wanted: Todo) -> None:
    """Recomputes in this order. From the first large type on, or where something is still to be done, it is done later.

    What is still to be done is gone on with under its new names.
    """
    compiled = writing.moment.compiled
    later: Todo = list(_left(compiled.catalog, lineage, _waiting(writing)))
    for name, names in wanted:
        if later or renames.is_larger(writing.conn, compiled.type(name).layout.table, AT_ONCE):
            later.append((name, names))
        else:
            recompute(writing, name, names)
    timers.forget_key(writing.conn, _KEY)
    if later:
        todo = [[name, list(names)] for name, names in dict.fromkeys(later)]
        row = TimerRow(key=_KEY, type=later[0][0], record_id=0, name=NAME, due=_FIRST, payload={"todo": todo})
        timers.wake(writing.conn, row)


def run(writing: Writing, row: TimerRow) -> Again | None:
    """The doer of `recompute`: so many records of the first type that is still to be done."""
    compiled = writing.moment.compiled
    todo = list(_stored(compiled.catalog, row.payload["todo"]))
    if not todo:
        return None
    name, names = todo[0]
    last = recompute_from(writing, name, frozenset(names), after=int(row.payload.get("after", 0)))
    if last is not None:
        return Again({"todo": row.payload["todo"], "after": last})
    _follow(writing, name, frozenset(names))
    rest = [[one, list(each)] for one, each in todo[1:]]
    return Again({"todo": rest}) if rest else None


def _follow(writing: Writing, name: str, names: frozenset[str]) -> None:
    """What was made of the values as they were is made anew."""
    compiled = writing.moment.compiled.type(name)
    if compiled.searched_names & names:
        begin_index(writing.conn, compiled)
    read = [reads(one) for one in compiled.type.occupancy]
    if any(one is None or one & names for one in read):
        rebuild(writing, name)
    if name in writing.moment.compiled.times.types:
        replan(writing, name)


def _waiting(writing: Writing) -> Sequence[Any]:
    found = timers.payload_of(writing.conn, _KEY)
    return list(found["todo"]) if found else ()


def _left(catalog: Catalog, lineage: Lineage, waiting: Sequence[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is still to be done, in today's names."""
    types: Mapping[str, str] = {was: name for name, was in lineage.types.items()}
    renamed = []
    for was, names in waiting:
        name = types.get(was, "")
        fields = {below[0]: above[0] for above, below in lineage.fields.get(name, {}).items() if len(below) == 1}
        renamed.append((name, [fields.get(one, "") for one in names]))
    yield from _stored(catalog, renamed)


def _stored(catalog: Catalog, todo: Sequence[Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Of what is to be done, that which is still declared; a sub-table stands for the derived values inside."""
    for name, names in todo:
        declared = catalog.types[name].by_name if name in catalog.types else {}
        known = tuple(one for one in names if one in declared and not declared[one].is_live)
        if known:
            yield name, known
