"""Commit: a Change and all that follows from it, in dependency order, within the transaction that is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.engine.compiled import CompiledType, Feed
from kartotek.engine.breaching import strike
from kartotek.engine.faults import translated
from kartotek.engine.held import stale
from kartotek.engine.indexing import index
from kartotek.engine.occupying import occupy
from kartotek.engine.open_writing import Writing
from kartotek.engine.planning import plan
from kartotek.engine.rechecking import recheck
from kartotek.errors import Invalid
from kartotek.kinds.kind import ColumnSpec
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.problem import Problem, anonymous, problem
from kartotek.model.record import Change, Record
from kartotek.rules.resettle import Settle, resettled, unjudged
from kartotek.storage import windows
from kartotek.storage.catalogs import bump_security
from kartotek.storage.faults import Overflow
from kartotek.storage.history import HistoryRow
from kartotek.storage.layout import ID
from kartotek.storage.records import insert, load_many, touch, update
from kartotek.storage.rollups import ALIAS, RollupSpec, aggregate, column_value

# A rollup may feed a rollup; more levels than this would be a loop, which the check of the files refuses.
_DEEPEST = 8
# Changes of which history tells what the fields were before: the others change none.
_WHOLE = ("update", "transition", "migration")


def commit(writing: Writing, change: Change, *, group: str | None = None) -> tuple[Record, list[Change]]:
    """Stores the change, its history and the rollups it moves: (the record as stored, changes of the rollups' records).

    `group` marks records deleted together. Raises Conflict (unique, version, referenced), Invalid from a parent's rules.
    """
    compiled = writing.moment.compiled.type(change.after.type)
    parents = fed_by(writing, change)
    locked = {name: locked_parents(writing, name, {id for _, id in each}) for name, each in sorted(parents.items())}
    after = _store(writing, compiled, change, group)
    if writing.cause or writing.note:
        change = noted(writing, change)
    if writing.depth == 0 and "warnings" in change.note:
        writing.warnings[after.type, after.id] = tuple(change.note["warnings"])
    writing.history.append(history_row(compiled, change, after))
    writing.setting.related.forget(after.type, after.id)
    if any(one.account and one.name in change.changed for one in compiled.type.fields) or (
        change.action in ("delete", "restore") and after.type in writing.moment.compiled.accounts
    ):
        # Whose record it is has changed, and with it what this person's formulas say.
        bump_security(writing.conn)
    _bring_along(writing, change, after)
    settled: list[Change] = []
    for name, each in sorted(parents.items()):
        settled += roll_up(writing, name, each, locked[name], depth=1)
    return after, settled


def noted(writing: Writing, change: Change) -> Change:
    """The change with what history is to say of where it came from."""
    cause = {"cause": writing.cause} if writing.cause else {}
    return replace(change, note={**change.note, **cause, **(writing.note if writing.depth == 0 else {})})


def _bring_along(writing: Writing, change: Change, after: Record) -> None:
    occupy(writing, change, after)
    index(writing, change, after)
    plan(writing, change, after)
    recheck(writing, change, after)
    strike(writing, [(change, after)])


def history_row(compiled: CompiledType, change: Change, after: Record) -> HistoryRow:
    """What history keeps of a change: the wire of the fields people set, derived ones left out."""
    kept = [name for name in compiled.recorded if name in change.changed]
    if compiled.type.foreign:
        kept = list(change.changed)
    before = change.before.values if change.before is not None and change.action in _WHOLE else {}
    return HistoryRow(
        type=after.type, record_id=after.id, version=after.version, action=change.action, by=change.by, at=change.at,
        was=compiled.codec.wire(before, kept), now=compiled.codec.wire(after.values, kept) if kept else {},
        state_was=change.before.state if change.before is not None else None, state_now=after.state,
        transition=change.transition, comment=change.comment, note=change.note,
    )


def _store(writing: Writing, compiled: CompiledType, change: Change, group: str | None) -> Record:
    version = writing.moment.compiled.catalog.version
    stored = compiled.codec.stored(change.after, group)
    with translated(writing.moment.view.of(compiled.type.name).fields):
        if change.before is None:
            id = insert(writing.conn, compiled.layout, stored, catalog_version=version)
            return replace(change.after, id=id)
        before = compiled.codec.stored(change.before, None if change.action != "restore" else "-")
        if not update(writing.conn, compiled.layout, before, stored):
            raise stale(change.before.version)
    return change.after


def fed_by(writing: Writing, change: Change) -> dict[str, set[tuple[Feed, int]]]:
    """{parent type: (feed, parent's id)} of the rollups that this change may move."""
    found: dict[str, set[tuple[Feed, int]]] = {}
    for feed in writing.moment.compiled.feeds[change.after.type]:
        # A condition may look at the system values too, and those move with every change.
        if change.action in _WHOLE and not feed.reads & change.changed and "meta()" not in feed.reads:
            continue
        for record in (change.before, change.after):
            for id in _parents(record, feed):
                found.setdefault(feed.parent, set()).add((feed, id))
    return found


def _parents(record: Record | None, feed: Feed) -> Iterable[int]:
    value = record.values.get(feed.field.name) if record is not None else None
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def locked_parents(writing: Writing, record_type: str, ids: set[int]) -> Mapping[int, Record]:
    """{id: record} of those whose rollups will move, locked in the order of their ids."""
    compiled = writing.moment.compiled.type(record_type)
    found = load_many(writing.conn, compiled.layout, sorted(ids), lock=True)
    return {id: compiled.codec.record(stored) for id, stored in found.items()}


def roll_up(
    writing: Writing, record_type: str, fed: set[tuple[Feed, int]], parents: Mapping[int, Record], *, depth: int,
    settle: Settle = resettled,
) -> list[Change]:
    """Counts the rollups of the parents anew; the changes of them and of theirs. Raises Invalid from their rules."""
    if depth > _DEEPEST:
        raise Invalid([Problem("", "rollup_depth", "Rollups feed each other more than eight levels deep.")])
    compiled = writing.moment.compiled.type(record_type)
    values: dict[int, dict[str, Any]] = {id: {} for id in parents}
    for feed in {one for one, _ in fed}:
        ids = sorted(id for one, id in fed if one is feed and id in parents)
        for id, value in rolled_up(writing, feed, ids).items():
            values[id][feed.target.name] = value
    _mark(writing, fed, parents)
    moved: list[Change] = []
    for id, record in sorted(parents.items()):
        after, changed, problems = settle(compiled.rules, record, values[id], writing.setting)
        if problems:
            # The parent's fields mean nothing to whoever writes the child.
            raise Invalid([anonymous(one) for one in problems])
        if changed:
            touch(writing.conn, compiled.layout, id, compiled.codec.columns(after.values, changed))
            writing.setting.related.forget(record_type, id)
            change = Change(action="update", before=record, after=after, by=0, at=writing.moment.now, changed=changed)
            _bring_along(writing, change, after)
            moved += [change, *_climb(writing, change, depth, settle)]
    return moved


def _mark(writing: Writing, fed: set[tuple[Feed, int]], parents: Mapping[int, Record]) -> None:
    for name in sorted({one.window for one, _ in fed if one.window}):
        windows.mark(writing.conn, name, {id for one, id in fed if one.window == name and id in parents}, writing.moment.now)


def counted_again(writing: Writing, feed: Feed, ids: Iterable[int]) -> list[Change]:
    """Counts a rollup anew for parents whose rows nobody has changed, and what follows from it; nothing is judged.

    A parent that was counted at a later instant than this writing's is left as it is.
    """
    parents = locked_parents(writing, feed.parent, set(ids))
    known = windows.marks(writing.conn, feed.window)
    due = {id: one for id, one in parents.items() if id not in known or known[id] <= writing.moment.now}
    return roll_up(writing, feed.parent, {(feed, id) for id in due}, due, depth=1, settle=unjudged)


def _climb(writing: Writing, change: Change, depth: int, settle: Settle) -> list[Change]:
    moved: list[Change] = []
    for name, each in sorted(fed_by(writing, change).items()):
        parents = locked_parents(writing, name, {id for _, id in each})
        moved += roll_up(writing, name, each, parents, depth=depth + 1, settle=settle)
    return moved


def rolled_up(writing: Writing, feed: Feed, ids: list[int]) -> Mapping[int, Any]:
    """{parent id: value} of one rollup, counted anew; MISSING where there is nothing to aggregate. Raises Invalid."""
    parent = writing.moment.compiled.type(feed.parent)
    spec = spec_of(writing, feed)
    try:
        found = aggregate(writing.conn, spec, ids, writing.moment.env)
    except Overflow as exc:
        raise Invalid([anonymous(problem("", "overflow", name=feed.target.name))]) from exc
    return {id: parent.codec.value_of_column(feed.target.name, value) for id, value in found.items()}


def spec_of(writing: Writing, feed: Feed) -> RollupSpec:
    """What is aggregated."""
    compiled = writing.moment.compiled
    child = compiled.type(_child(writing, feed))
    source = child.type.by_name.get(feed.rollup.field)
    return RollupSpec(
        function=feed.rollup.function, layout=child.layout, parent=feed.field.column, name=feed.target.name,
        value=column_value(source.column) if source is not None else None,
        spec=_column(source), result=_column(feed.target),
        where=compiled.declared_sql(feed.rollup.where, child.type.name, root="item", alias=ALIAS) if feed.rollup.where else None,
    )


def _column(field: Field | None) -> ColumnSpec:
    return (kind_of(field).column(field) if field is not None else None) or ID


def _child(writing: Writing, feed: Feed) -> str:
    return writing.moment.compiled.type(feed.parent).type.inverses[feed.rollup.source].type


