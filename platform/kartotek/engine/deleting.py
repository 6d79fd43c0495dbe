"""What a deletion does to the records that refer to the deleted one, and what a restoration brings back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.following import enact
from kartotek.engine.open_writing import Writing
from kartotek.errors import Conflict
from kartotek.model.field import Field
from kartotek.model.problem import Problem, problem
from kartotek.model.record import Change, Record, Row
from kartotek.rules.locks import refuse_locked
from kartotek.storage.referring import holders
from kartotek.storage.trash import in_group


def delete_dependents(writing: Writing, deleted: Record, group: str) -> None:
    """Deletes with it what cascades, takes the reference out where that is declared, and else refuses. Raises Conflict."""
    refusals: list[Problem] = []
    for compiled, rows, field in _referring(writing, deleted.type):
        for record in _holders(writing, compiled, rows, field, id=deleted.id):
            _follow(writing, (compiled, rows, field), record, deleted.id, so_far=(group, refusals))
    if refusals:
        raise Conflict("Other records still refer to this one.", problems=refusals[:1])


def restore_group(writing: Writing, group: str | None) -> None:
    """Restores the records that were deleted together with the one that is being restored. Raises Conflict (unique)."""
    if group is None:
        return
    for name in writing.moment.compiled.catalog.types:
        compiled = writing.moment.compiled.type(name)
        for stored in in_group(writing.conn, compiled.layout, group):
            before = compiled.codec.record(stored)
            if compiled.type.append_only:
                refuse_locked(compiled.rules, before, writing.setting)
            enact(writing, _step(writing, before, "restore", replace(before, deleted_at=None)))


def _referring(writing: Writing, target: str) -> Iterator[tuple[CompiledType, Field | None, Field]]:
    for place, field in writing.moment.compiled.referring[target]:
        name, _, part = place.partition(".")
        compiled = writing.moment.compiled.type(name)
        yield compiled, compiled.type.by_name[part] if part else None, field


def _holders(writing: Writing, compiled: CompiledType, rows: Field | None, field: Field, *, id: int) -> list[Record]:
    pointer = field.name if field.kind == "references" else field.column
    found = holders(writing.conn, compiled.layout, pointer, id, rows=rows.name if rows is not None and rows.kind == "rows" else "")
    return [compiled.codec.record(stored) for stored in found]


def _follow(
    writing: Writing, reference: tuple[CompiledType, Field | None, Field], record: Record, id: int,
    *, so_far: tuple[str, list[Problem]],
) -> None:
    compiled, rows, field = reference
    group, refusals = so_far
    assert field.reference is not None
    if field.reference.on_delete == "restrict":
        view = writing.moment.view.of(compiled.type.name)
        hidden = rows is not None and view.inner.get((rows.name, field.name), True) is not True
        seen = (rows or field).name in view.fields and not hidden
        refusals.append(problem("", "referenced", **({"type": compiled.type.name, "field": field.name} if seen else {})))
    elif field.reference.on_delete == "cascade" and rows is None:
        refuse_locked(compiled.rules, record, writing.setting)
        after = replace(record, deleted_at=writing.moment.now)
        enact(writing, _step(writing, record, "delete", after), group=group)
        delete_dependents(writing, record, group)
    else:
        refuse_locked(compiled.rules, record, writing.setting)
        values = _without(record, rows, field, id)
        changed = frozenset({rows.name if rows else field.name})
        enact(writing, _step(writing, record, "update", replace(record, values=values), changed=changed))


def _step(
    writing: Writing, before: Record, action: Any, after: Record, *, changed: Iterable[str] = ()
) -> Change:
    now, by = writing.moment.now, writing.moment.actor.id
    after = replace(after, version=before.version + 1, updated_at=now, updated_by=by)
    return Change(action=action, before=before, after=after, by=by, at=now, changed=frozenset(changed))


def _without(record: Record, rows: Field | None, field: Field, id: int) -> dict[str, Any]:
    values = dict(record.values)
    if rows is None:
        _take_out(values, field.name, id)
        return values
    if rows.kind == "object":
        inner = dict(values[rows.name])
        _take_out(inner, field.name, id)
        return values | {rows.name: inner}
    kept = []
    for row in values.get(rows.name) or ():
        inner = dict(row.values)
        if field.reference is not None and field.reference.on_delete == "cascade" and inner.get(field.name) == id:
            continue
        _take_out(inner, field.name, id)
        kept.append(Row(inner, row.id))
    values[rows.name] = tuple(kept)
    return values


def _take_out(values: dict[str, Any], name: str, id: int) -> None:
    if isinstance(values.get(name), tuple):
        values[name] = tuple(one for one in values[name] if one != id)
    elif values.get(name) == id:
        del values[name]
