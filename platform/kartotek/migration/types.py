"""Types: the steps from a record type to what it is declared as now, all but those of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import fields as attributes
from typing import Any

from kartotek.migration import fields
from kartotek.migration.arrivals import opened_again
from kartotek.migration.clearances import clearance_steps
from kartotek.migration.fields import Within
from kartotek.migration.foreign import foreign_steps
from kartotek.migration.lineage import Lineage
from kartotek.migration.people import people_steps
from kartotek.migration.processes import JUDGED as PROCESSES
from kartotek.migration.processes import is_stricter, process_steps
from kartotek.migration.rights import permission_steps
from kartotek.migration.sameness import same
from kartotek.migration.step import Step, Subject
from kartotek.migration.translated import translated
from kartotek.migration.translation import Translation
from kartotek.migration.workflows import Counts, workflow_steps
from kartotek.model.catalog import RecordType, Unique, Validation
from kartotek.model.field import Field
from kartotek.model.kept import Kept
from kartotek.model.naming import row_path

_FREE = frozenset({
    "title", "plural", "description", "icon", "labels", "title_template", "list", "search", "sort", "form", "inverses",
    "file", "aliases",
})
_JUDGED = PROCESSES | {
    "subject", "retention", "name", "fields", "unique", "indexes", "validations", "permissions", "state_access", "break_glass", "builtin", "workflow", "foreign", "schema", "extras",
}


@dataclass(frozen=True)
class Around:
    """What is known of the whole change: who descends from whom, today's names, what was removed before."""

    lineage: Lineage
    names: Translation
    kept: tuple[Kept, ...] = ()


def type_steps(around: Around, old: RecordType, new: RecordType, counts: Counts) -> list[Step]:
    """The steps from `old` to `new`, which may have another name; `counts` are the states of its records."""
    if old is new:
        return []
    found: list[Step] = []
    if old.name != new.name:
        found.append(Subject(new.name, (), (old.name,)).step("rename_type", "safe", "rename_type", former=old.name))
    was = translated(old, around.names)
    if was == new and around.names.is_empty:
        return [*found, *workflow_steps(was, new, counts)]
    if old.foreign and new.foreign:
        return [*found, *foreign_steps(old, was, new, around.lineage.fields[new.name])]
    found += [*_sort(was, new), *_details(around, old, was, new), *workflow_steps(was, new, counts)]
    found += opened_again(new, found, around.kept)
    unknown = [
        one.name for one in attributes(RecordType)
        if one.compare and one.name not in _FREE | _JUDGED and getattr(was, one.name) != getattr(new, one.name)
    ]
    if unknown:
        found.append(Subject(new.name).step("narrow", "ratcheted", "type_unknown", names=", ".join(unknown)))
    looks = any(not same(getattr(was, name), getattr(new, name)) for name in _FREE)
    if not found and (looks or _order(old.fields, old.name, around.names) != _order(new.fields, new.name, Translation({}, {}, {}))):
        found.append(Subject(new.name).step("metadata", "safe", "type_looks"))
    return found


def _order(fields: Sequence[Field], owner: str, names: Translation) -> tuple[Any, ...]:
    """The names of the fields, and of all that is in them, in their order, as they are called today."""
    return tuple((names.field(owner, one.name), _order(one.fields, row_path(owner, one.name), names)) for one in fields)


def _sort(old: RecordType, new: RecordType) -> Iterator[Step]:
    """A schema of others that becomes a type of ours, or the other way round."""
    if old.foreign != new.foreign:
        yield Subject(new.name).step("retype", "refused", "becomes_foreign" if new.foreign else "becomes_own")


def _details(around: Around, old: RecordType, was: RecordType, new: RecordType) -> Iterator[Step]:
    within = Within(new.name, old, around.lineage, around.names, around.kept)
    yield from fields.steps(within, old.fields, new.fields)
    for judge in (_unique_steps, _index_steps, _validation_steps, permission_steps, clearance_steps, process_steps, people_steps):
        yield from judge(was, new)
    dropped = [one for one in old.aliases if one not in new.aliases and one != new.name]
    if dropped:
        yield Subject(new.name).step("metadata", "safe", "type_aliases", names=", ".join(dropped))


def _unique_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    before, after = ({_unique_key(rule) for rule in one.unique} for one in (old, new))
    for names, where in sorted(after - before):
        told = {"names": ", ".join(names), "rule": ",".join(names), "where": where}
        yield Subject(new.name).step("unique", "ratcheted", "unique_where" if where else "unique_together", **told)
    for names, _ in sorted(before - after):
        yield Subject(new.name).step("drop_index", "safe", "not_unique_together", names=", ".join(names))


def _unique_key(rule: Unique) -> tuple[tuple[str, ...], str]:
    return rule.fields, rule.where.source.strip() if rule.where else ""


def _index_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    before, after = _indexed(old), _indexed(new)
    for names in sorted(after - before):
        yield Subject(new.name).step("add_index", "safe", "add_index", names=", ".join(names))
    for names in sorted(before - after):
        yield Subject(new.name).step("drop_index", "safe", "drop_index", names=", ".join(names))


def _indexed(record_type: RecordType) -> set[tuple[str, ...]]:
    return {(one.name,) for one in record_type.fields if one.index} | set(record_type.indexes)


def _validation_steps(old: RecordType, new: RecordType) -> Iterator[Step]:
    if same(old.validations, new.validations):
        return
    before: dict[str, Validation] = {one.name: one for one in old.validations}
    stricter = [
        one for one in new.validations if one.name not in before or is_stricter(before[one.name], one)
    ]
    for one in stricter:
        yield Subject(new.name).step("narrow", "ratcheted", "rule", rule=one.name)
    if not stricter:
        yield Subject(new.name).step("metadata", "safe", "rules_looser")
