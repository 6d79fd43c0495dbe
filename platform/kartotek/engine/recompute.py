"""Recomputing derived values of existing records, after a declaration of them was added or changed."""

from __future__ import annotations

from collections.abc import Iterable

from kartotek.engine.commit import rolled_up
from kartotek.engine.open_writing import Writing
from kartotek.rules.resettle import recounted
from kartotek.storage.records import load_many, touch_many, update
from kartotek.storage.referring import ids_after

_BATCH = 500


def recompute(writing: Writing, record_type: str, names: Iterable[str]) -> None:
    """Brings the named derived fields of all records, live and deleted, to what the declarations say now.

    It judges nothing: a rule that the new values break is met at the next edit.
    """
    wanted, last = frozenset(names), 0
    while (after := recompute_from(writing, record_type, wanted, after=last)) is not None:
        last = after


def recompute_some(writing: Writing, record_type: str, ids: list[int], names: frozenset[str]) -> None:
    """The same of these records."""
    for start in range(0, len(ids), _BATCH):
        _batch(writing, record_type, ids[start:start + _BATCH], names)


def recompute_from(writing: Writing, record_type: str, names: frozenset[str], *, after: int) -> int | None:
    """The same of the next records with a greater id, locked; the last of them, or None where there are no more."""
    ids = ids_after(writing.conn, writing.moment.compiled.type(record_type).layout, after, _BATCH)
    if ids:
        _batch(writing, record_type, ids, names)
    return ids[-1] if len(ids) == _BATCH else None


def _batch(writing: Writing, record_type: str, ids: list[int], wanted: frozenset[str]) -> None:
    compiled = writing.moment.compiled.type(record_type)
    # Whoever changes what is counted locks its parent before: what is counted under the lock stays right.
    found = load_many(writing.conn, compiled.layout, ids, lock=True)
    rolled: dict[int, dict[str, object]] = {id: {} for id in ids}
    for feeds in writing.moment.compiled.feeds.values():
        for feed in feeds:
            if feed.parent == record_type and feed.target.name in wanted:
                for id, value in rolled_up(writing, feed, ids).items():
                    rolled[id][feed.target.name] = value
    touched = {}
    for id, stored in found.items():
        before = compiled.codec.record(stored)
        after, changed = recounted(compiled.rules, before, rolled[id], writing.setting)
        if changed & compiled.layout.rows.keys():
            # The version stays, so this writes the derived values alone, those inside sub-tables too.
            update(writing.conn, compiled.layout, stored, compiled.codec.stored(after, stored.deleted_group))
        elif changed:
            touched[id] = compiled.codec.columns(after.values, changed)
    touch_many(writing.conn, compiled.layout, touched)
