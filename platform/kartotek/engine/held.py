"""Held: records loaded to be written, locked until the transaction ends, with what their formulas reach fetched ahead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.related import record_paths, row_paths
from kartotek.errors import Conflict, NotFound, PreconditionRequired
from kartotek.model.formula import Formula
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.rules import decide
from kartotek.storage.belonging import NOBODY
from kartotek.storage.records import load
from kartotek.storage.stored import Stored


def readable(writing: Writing, compiled: CompiledType, id: int) -> Record:
    """The live record. Raises NotFound, alike for hidden and missing."""
    record = compiled.codec.record(stored(writing, compiled, id))
    if record.deleted_at is not None:
        raise NotFound("There is no such record.")
    refuse_unreadable(writing, compiled, record)
    return record


def live(writing: Writing, compiled: CompiledType, id: int) -> Record | None:
    """The live record as it is now, whoever asks; None where there is none."""
    version = writing.moment.compiled.catalog.version
    found = load(writing.conn, compiled.layout, id, lock=True, catalog_version=version)
    return compiled.codec.record(found) if found is not None and found.deleted_at is None else None


def stored(writing: Writing, compiled: CompiledType, id: int) -> Stored:
    """The record's columns, live or deleted. Raises NotFound."""
    version = writing.moment.compiled.catalog.version
    found = load(writing.conn, compiled.layout, id, lock=True, catalog_version=version)
    if found is None or found.deleted_group == NOBODY:
        raise NotFound("There is no such record.")
    return found


def refuse_unreadable(writing: Writing, compiled: CompiledType, record: Record) -> None:
    """Raises NotFound where the actor may not know of the record."""
    if not decide.readable(compiled.rules, record, writing.setting):
        raise NotFound("There is no such record.")


def expected(moment: Moment, before: Record, version: int | None) -> None:
    """Raises Conflict where the record is not of the version named, PreconditionRequired where one must be named.

    The rows of an import name records by a key, as somebody saw and decided at its dry run.
    """
    if version is not None and version != before.version:
        raise stale(before.version)
    if version is None and moment.compiled.catalog.settings.require_version and moment.actor.via not in ("import", "system"):
        raise PreconditionRequired("Say which version of the record this change is based on.")


def stale(version: int) -> Conflict:
    """The record has moved on since it was read."""
    found = Problem("/version", "version", "The record has been changed since you read it.", {"version": version})
    return Conflict("The record has been changed since you read it.", problems=[found], version=version)


def foresee(
    writing: Writing, compiled: CompiledType, records: Sequence[Record], formulas: Iterable[Formula] = ()
) -> None:
    """Fetches what the type's formulas, and these besides, reach: one query per hop, before they are evaluated."""
    paths = record_paths((*compiled.rules.foreseen, *formulas))
    for field in compiled.type.fields:
        if field.fetch_from is not None:
            paths.add(field.fetch_from)
        if field.kind == "rows":
            paths |= row_paths(field)
    writing.setting.related.prefetch(compiled.type.name, records, paths)
