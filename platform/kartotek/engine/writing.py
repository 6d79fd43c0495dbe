"""Writing: create, update, delete and restore within an open transaction. Every door comes through here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.engine.commit import stale
from kartotek.engine.compiled import CompiledType
from kartotek.engine.deleting import delete_dependents, restore_group
from kartotek.engine.files import claim_files
from kartotek.engine.following import enact
from kartotek.engine.moment import Moment
from kartotek.engine.numbers import drawn
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths, row_paths
from kartotek.engine.visible import reachable
from kartotek.errors import NotFound, PreconditionRequired
from kartotek.model.catalog import Action
from kartotek.model.record import Record
from kartotek.rules import decide
from kartotek.rules.asked import Asked, asked
from kartotek.storage.records import load
from kartotek.storage.stored import Stored


def asked_of(
    moment: Moment, record_type: str, wire: Mapping[str, Any], unset: Iterable[str] = (), *, creating: bool
) -> Asked:
    """The input parsed and judged before any transaction. Raises NotFound for a hidden type, Forbidden."""
    compiled = moment.compiled.type(record_type)
    action: Action = "create" if creating else "write"
    decide.permitted(compiled.rules, action, moment.actor)
    parse = compiled.load if creating else compiled.merge
    return asked(compiled.rules, parse, moment.actor, action, wire=wire, unset=unset)


def create(writing: Writing, record_type: str, input: Asked) -> Record:
    """The new record. Raises Forbidden, Invalid, Conflict."""
    compiled = writing.moment.compiled.type(record_type)
    _foresee(writing, compiled, [Record(type=record_type, id=0, values=input.values)])
    change = decide.create(compiled.rules, input, writing.setting, drawn(writing, compiled))
    claim = claim_files(writing, compiled, change)
    record = enact(writing, change)
    claim(record.id)
    return record


def update(writing: Writing, record_type: str, id: int, input: Asked, *, version: int | None) -> Record:
    """The record afterwards; unchanged, and nothing written, where the input changes nothing.

    Raises NotFound, Forbidden, Invalid, Conflict (version, unique), PreconditionRequired.
    """
    compiled = writing.moment.compiled.type(record_type)
    before = _readable(writing, compiled, id, deleted=False)
    _expected(writing.moment, before, version)
    _foresee(writing, compiled, [before, replace(before, values={**before.values, **input.values})])
    current = compiled.codec.wire(before.values)
    change = decide.update(compiled.rules, before, input, writing.setting, current=current)
    if not change.changed:
        return before
    claim_files(writing, compiled, change)(id)
    return enact(writing, change)


def delete(writing: Writing, record_type: str, id: int, version: int | None) -> None:
    """Puts the record and what cascades from it into the trash. Raises NotFound, Forbidden, Conflict (version, referenced)."""
    compiled = writing.moment.compiled.type(record_type)
    decide.permitted(compiled.rules, "delete", writing.moment.actor)
    before = _readable(writing, compiled, id, deleted=False)
    _expected(writing.moment, before, version)
    change = decide.delete(compiled.rules, before, writing.setting)
    group = f"{record_type}/{id}/{change.after.version}"
    enact(writing, change, group=group)
    delete_dependents(writing, before, group)


def restore(writing: Writing, record_type: str, id: int) -> Record:
    """The record out of the trash, with all that went there together with it. Raises NotFound, Forbidden, Conflict."""
    compiled = writing.moment.compiled.type(record_type)
    decide.permitted(compiled.rules, "delete", writing.moment.actor)
    stored = _stored(writing, compiled, id)
    before = compiled.codec.record(stored)
    _refuse_unreadable(writing, compiled, before)
    if before.deleted_at is not None and not reachable(writing.moment, before, writing.setting):
        raise NotFound("There is no such record.")
    change = decide.restore(compiled.rules, before, writing.setting)
    record = enact(writing, change)
    restore_group(writing, stored.deleted_group)
    return record


def _readable(writing: Writing, compiled: CompiledType, id: int, *, deleted: bool) -> Record:
    record = compiled.codec.record(_stored(writing, compiled, id))
    if (record.deleted_at is not None) != deleted:
        raise NotFound("There is no such record.")
    _refuse_unreadable(writing, compiled, record)
    return record


def _stored(writing: Writing, compiled: CompiledType, id: int) -> Stored:
    version = writing.moment.compiled.catalog.version
    stored = load(writing.conn, compiled.layout, id, lock=True, catalog_version=version)
    if stored is None:
        raise NotFound("There is no such record.")
    return stored


def _refuse_unreadable(writing: Writing, compiled: CompiledType, record: Record) -> None:
    if not decide.readable(compiled.rules, record, writing.setting):
        raise NotFound("There is no such record.")


def _expected(moment: Moment, before: Record, version: int | None) -> None:
    if version is not None and version != before.version:
        raise stale(before.version)
    if version is None and moment.compiled.catalog.settings.require_version and moment.actor.via != "system":
        raise PreconditionRequired("Say which version of the record this change is based on.")


def _foresee(writing: Writing, compiled: CompiledType, records: list[Record]) -> None:
    """Fetches what the type's formulas reach, one query per hop, before they are evaluated."""
    paths = record_paths(compiled.rules.foreseen)
    for field in compiled.type.fields:
        if field.fetch_from is not None:
            paths.add(field.fetch_from)
        if field.kind == "rows":
            paths |= row_paths(field)
    writing.setting.related.prefetch(compiled.type.name, records, paths)
