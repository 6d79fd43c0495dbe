"""Fields that come back: their values stand aside, under another column, and are looked at there as if they had never gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.migration.lineage import Path
from kartotek.migration.step import Step
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.storage import kept
from kartotek.storage.connection import Connection

_ELSEWHERE = frozenset({"rows", "references", "object"})  # what has more than one column of its own


def with_restored(conn: Connection, change: CatalogChange) -> CatalogChange:
    """The change as if the fields that come back were fields of today, as far as one column of the record holds them."""
    restoring = [one for one in change.steps if one.action == "restore_field" and len(one.path) == 1]
    known = {one.id: one for one in kept.everything(conn)} if restoring else {}
    back = {(one.type, one.path[0]): found for one in restoring for found in _aside(change, one, known)}
    if not back:
        return change
    types = dict(change.current.catalog.types)
    formers: dict[str, Mapping[Path, Path]] = dict(change.lineage.fields)
    for (name, path), (field, number) in back.items():
        was = change.lineage.former_type(name)
        types[was] = _having(types[was], field, number)
        formers[name] = MappingProxyType({**formers.get(name, {}), (path,): (field.name,)})
    current = Compiled(replace(change.current.catalog, types=MappingProxyType(types)), change.current.dialect_name)
    return replace(change, current=current, lineage=replace(change.lineage, fields=MappingProxyType(formers)))


def _aside(change: CatalogChange, step: Step, known: Mapping[int, Kept]) -> Iterator[tuple[Field, int]]:
    """The field with its values where they stand now, by a name that no other has, and its stable number."""
    entry, was = known.get(int(step.params.get("kept", 0))), change.lineage.former_type(step.type)
    declared = change.wanted.types[step.type].by_name.get(step.path[0])
    if entry is None or not was or declared is None or declared.kind in _ELSEWHERE or len(entry.places) != 1:
        return
    place = entry.places[0]
    if place.now_table == change.current.type(was).layout.table and place.now_column:
        yield replace(
            declared, blind=False, name=place.now_column, column=place.now_column, unique=False, index=False, required=False, reference=None,
            required_if=None, read_only_if=None, show_if=None, default_expr=None, fetch_from=None, account=False,
        ), entry.stable_id


def _having(record_type: RecordType, field: Field, number: int) -> RecordType:
    sealing = record_type.sealing
    if sealing is not None and field.encrypt:
        sealing = replace(sealing, fields={**sealing.fields, (field.name,): number})
    return replace(record_type, fields=(*record_type.fields, field), sealing=sealing)
