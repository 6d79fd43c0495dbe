"""Keeping: what is written down of a removed field or type, and whether one that is declared now is the same again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.kinds.registry import kind_of
from kartotek.migration.lineage import Lineage
from kartotek.migration.returning_rights import rights_of
from kartotek.migration.step import Path
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.kept import Kept

_BESIDE = ("as", "rights", "numbers")  # what is told of a declaration besides its sort


def declared_of(thing: Field | RecordType, within: RecordType | None = None, path: Path = ()) -> dict[str, Any]:
    """The sort of a field, or of all fields of a type, as JSON: what decides whether its values fit another declaration.

    `as` is the declaration itself, by which a later one is seen to differ in limits, `rights` who might see and change it;
    unknown of a field where it is not told `within` which type it stood and where. What is written down of a holder has
    `numbers` besides, {"member": its number}, from whoever knows them.
    """
    if isinstance(thing, RecordType):
        plain = {one.name: _plain(one) for one in thing.fields}
        sorts = {"sort": "type", "foreign": thing.foreign, "fields": _sorts(thing.fields)}
        return {**sorts, "as": plain, "rights": rights_of(thing)}
    return {**_sort(thing), "as": _plain(thing), "rights": rights_of(within, path) if within is not None else None}


def renamed(kept: Sequence[Kept], lineage: Lineage) -> tuple[Kept, ...]:
    """What was removed, where it would stand in the new catalog: its type and what it stood in may get other names."""
    types = {was: name for name, was in lineage.types.items()}
    return tuple(_renamed(one, types, lineage) for one in kept)


def _renamed(kept: Kept, types: Mapping[str, str], lineage: Lineage) -> Kept:
    kept = replace(kept, declared=_retargeted(kept.declared, types))
    if not kept.path or kept.type not in types:
        return kept
    record_type, above = types[kept.type], kept.path[:-1]
    forward = {was: path for path, was in lineage.fields[record_type].items()}
    if kept.reason == "retyped":  # it goes on itself, under whatever name
        return replace(kept, type=record_type, path=forward.get(kept.path, kept.path))
    return replace(kept, type=record_type, path=(*forward.get(above, above), kept.path[-1]))


def _retargeted(declared: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """The same sort where the types that it points to have other names."""
    found = dict(declared)
    if "target" in found:
        found["target"] = types.get(found["target"], found["target"])
    if "fields" in found:
        found["fields"] = {name: _retargeted(one, types) for name, one in found["fields"].items()}
    return found


def found_again(record_type: str, path: Path, field: Field, kept: Iterable[Kept]) -> Kept | None:
    """What was removed under the field's name, or else under a former one, the last first; None where nothing fits."""
    if field.is_derived:
        return None
    sort = _sort(field)
    fitting = [
        one for one in kept
        if one.reason == "removed" and one.type == record_type and one.path and one.path[:-1] == path[:-1]
        and _sort_in(one) == sort
    ]
    for name in (field.name, *field.aliases):
        named = [one for one in fitting if one.path[-1] == name]
        if named:
            return max(named, key=lambda one: one.id)
    return None


def taken_back(record_type: str, path: Path, field: Field, kept: Iterable[Kept]) -> Kept | None:
    """What is kept of the field itself from when it was of this sort, the last first; None where that is not known."""
    sort = _sort(field)
    fitting = [
        one for one in kept
        if one.reason == "retyped" and one.mark is not None and (one.type, one.path) == (record_type, path) and _sort_in(one) == sort
    ]
    return max(fitting, key=lambda one: one.id, default=None)


def found_type(record_type: RecordType, kept: Iterable[Kept]) -> Kept | None:
    """The type that was removed under this name, or else under a former one, with fields of the same sorts."""
    sorts = _sorts(record_type.fields)
    fitting = [one for one in kept if one.reason == "removed" and not one.path and _covers(one.declared, sorts, record_type)]
    for name in (record_type.name, *record_type.aliases):
        named = [one for one in fitting if one.type == name]
        if named:
            return max(named, key=lambda one: one.id)
    return None


def was_declared(before: Any, field: Field) -> bool:
    """Whether it is declared as it was when it was removed (under "as"), so that every value fits."""
    return bool(before == _plain(field))


def _covers(declared: Any, sorts: dict[str, Any], record_type: RecordType) -> bool:
    """Whether every field that it had is declared, of the same sort; others come new."""
    if declared.get("sort") != "type" or declared.get("foreign") != record_type.foreign:
        return False
    return all(sorts.get(name) == sort for name, sort in declared["fields"].items())


def _sorts(fields: Sequence[Field]) -> dict[str, Any]:
    return {one.name: _sort(one) for one in fields if not one.is_live}


def _sort(field: Field) -> dict[str, Any]:
    spec = kind_of(field).column(field)
    column = [spec.type, spec.scale] if spec is not None and spec.type == "decimal" else [spec.type] if spec is not None else []
    found: dict[str, Any] = {"kind": field.kind, "column": column}
    if field.reference is not None:
        found["target"] = field.reference.target
    if field.settings.get("currency"):
        found["currency"] = field.settings["currency"]
    return found | ({"fields": _sorts(field.fields)} if field.fields else {})


def _sort_in(one: Kept) -> dict[str, Any]:
    return {key: value for key, value in one.declared.items() if key not in _BESIDE}


def _plain(field: Field) -> dict[str, Any]:
    """What limits its values: settings and options as texts, so that they come back from JSON as they went in."""
    settings = {key: str(value) for key, value in sorted(field.settings.items())}
    options = [str(one.value) for one in field.options]
    inside = {one.name: _plain(one) for one in field.fields}
    return {"settings": settings, "options": options, "nullable": field.nullable, "required": field.required, "fields": inside}
