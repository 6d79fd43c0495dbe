"""Steps: the ordered difference between the applied catalog and a new one, in words and with a verdict; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as attributes
from pathlib import PurePosixPath

from kartotek.migration import fields
from kartotek.migration.processes import JUDGED as PROCESSES
from kartotek.migration.processes import is_stricter, process_steps
from kartotek.migration.recomputing import affected, stored
from kartotek.migration.rights import permission_steps, read_by_rights
from kartotek.migration.foreign import foreign_steps
from kartotek.migration.step import Step
from kartotek.migration.workflows import NOTHING, Counts, reading_state, workflow_steps
from kartotek.model.catalog import Catalog, RecordType, Unique, Validation
from kartotek.model.frozen import EMPTY

__all__ = ["Step", "effective", "steps"]

_FREE = frozenset({
    "title", "plural", "description", "icon", "labels", "title_template", "list", "search", "sort", "form", "inverses",
    "file", "aliases",
})
_JUDGED = PROCESSES | {"name", "fields", "unique", "indexes", "validations", "permissions", "builtin", "workflow"}


def steps(old: Catalog | None, new: Catalog, stored_in: Mapping[str, Counts] = EMPTY) -> tuple[Step, ...]:
    """What leads from `old`, None before anything was applied, to `new`: new types first, recomputing last.

    `stored_in` is {type: {state: how many records are in it}}, of types that have a workflow before or after.
    """
    before = old.types if old is not None else {}
    declared = [one for one in new.types.values() if not one.builtin]
    found = [
        Step(one.name, "create_type", "safe", f"{one.name}: a new type of record.")
        for one in declared if one.name not in before
    ]
    for one in declared:
        if one.name in before:
            found += _type_steps(before[one.name], one, stored_in.get(one.name, NOTHING))
    for gone in before.values():
        if gone.name not in new.types:
            words = f"{gone.name}: the type is gone, its records could not be reached."
            found.append(Step(gone.name, "remove_type", "confirm", words))
    computing = _recomputing(new, found)
    others = [one for one in found if one not in computing]
    return (*others, *_rights_that_follow(new, found), *computing)


def effective(applied: Catalog, wanted: Catalog, found: Sequence[Step]) -> dict[str, str]:
    """{path: text} of the wanted documents, with those of types that have a held step as they were applied."""
    held = {one.type for one in found if one.verdict != "safe"}
    were, are = ({path for name in held for path in _documents(catalog, name)} for catalog in (applied, wanted))
    kept = {path: text for path, text in wanted.documents.items() if path not in are and path not in were}
    return kept | {path: text for path, text in applied.documents.items() if path in were}


def _documents(catalog: Catalog, name: str) -> Iterator[str]:
    """The documents that declare a type: its schema, its workflow and the templates of its messages."""
    declared = catalog.types.get(name)
    if declared is None:
        return
    yield from (path for path in catalog.documents if _type_of(path) == name)
    if declared.workflow is not None:
        yield declared.workflow.file
    yield from (one.file for one in catalog.templates.values() if one.record == name and one.file)


def _type_of(path: str) -> str:
    """The type that a schema declares; "" for any other document."""
    parts = PurePosixPath(path)
    return parts.stem if parts.parent.name == "schemas" else ""


def _type_steps(old: RecordType, new: RecordType, counts: Counts) -> list[Step]:
    if old is new:
        return []
    if old.foreign and new.foreign:
        return list(foreign_steps(old, new))
    found = [
        *fields.steps(new.name, old.fields, new.fields), *_unique_steps(old, new), *_index_steps(old, new),
        *_validation_steps(old, new), *permission_steps(old, new), *process_steps(old, new),
        *workflow_steps(old, new, counts),
    ]
    unknown = [
        one.name for one in attributes(RecordType)
        if one.name not in _FREE | _JUDGED and getattr(old, one.name) != getattr(new, one.name)
    ]
    if unknown:
        found.append(Step(new.name, "narrow", "ratcheted", f"{new.name}: changes in {', '.join(unknown)}."))
    if not found and any(getattr(old, name) != getattr(new, name) for name in _FREE):
        found.append(Step(new.name, "metadata", "safe", f"{new.name}: looks different."))
    return found


def _unique_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    before, after = ({_unique_key(rule) for rule in one.unique} for one in (old, new))
    for names, _ in sorted(after - before, key=repr):
        yield Step(new.name, "unique", "ratcheted", f"{new.name}: {', '.join(names)} become unique together.")
    for names, _ in sorted(before - after, key=repr):
        yield Step(new.name, "drop_index", "safe", f"{new.name}: {', '.join(names)} need not be unique together.")


def _unique_key(rule: Unique) -> tuple[tuple[str, ...], str]:
    return rule.fields, rule.where.source if rule.where else ""


def _index_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    before, after = _indexed(old), _indexed(new)
    for names in sorted(after - before):
        yield Step(new.name, "add_index", "safe", f"{new.name}: add an index over {', '.join(names)}.")
    for names in sorted(before - after):
        yield Step(new.name, "drop_index", "safe", f"{new.name}: drop the index over {', '.join(names)}.")


def _indexed(record_type: RecordType) -> set[tuple[str, ...]]:
    return {(one.name,) for one in record_type.fields if one.index} | set(record_type.indexes)


def _validation_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    if old.validations == new.validations:
        return
    before: dict[str, Validation] = {one.name: one for one in old.validations}
    stricter = [
        one for one in new.validations if one.name not in before or is_stricter(before[one.name], one)
    ]
    for one in stricter:
        yield Step(new.name, "narrow", "ratcheted", f"{new.name}: the rule {one.name} may not hold for records there are.")
    if not stricter:
        yield Step(new.name, "metadata", "safe", f"{new.name}: rules were dropped or worded otherwise.")


def _rights_that_follow(catalog: Catalog, found: Sequence[Step]) -> Iterator[Step]:
    """A grant that looks at a value which is now computed otherwise may have become wider: both types wait."""
    computed = [one for one in found if one.action == "recompute"]
    changed = frozenset(affected(catalog, {one.name for one in computed}))
    for one in catalog.types.values():
        for source, name in sorted(read_by_rights(one) & changed)[:1]:
            words = f"{one.name}: who may do what depends on {source}.{name}, which would be computed otherwise."
            for held in sorted({one.name, *(step.type for step in computed)}):
                yield Step(held, "rights", "confirm", words)


def _recomputing(catalog: Catalog, found: Sequence[Step]) -> list[Step]:
    """All steps that recompute, sources first: those found, and those that follow from them."""
    known = {one.name: one for one in found if one.recompute}
    moved = {one.name for one in found if one.recompute or one.action == "recompute"}
    for name in {one.type for one in found if one.action in ("enter", "move")}:
        moved |= reading_state(catalog, name)
    ordered: list[Step] = []
    for record_type, path in stored(catalog, affected(catalog, moved)):
        words = f"{record_type}: recompute {'.'.join(path)}."
        step = Step(record_type, "recompute", "safe", words, path, path[:1])
        ordered.append(known.get(step.name, step))
    return ordered
