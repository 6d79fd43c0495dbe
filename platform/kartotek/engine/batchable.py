"""Batchable: the types of which many records can be written as one step, because no row's outcome hangs on an earlier one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula, formulas_in
from kartotek.model.workflow import Auto
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.watching import reads_elsewhere

FILE_KINDS = frozenset({"file", "image", "files"})


def batchable(catalog: Catalog, rulesets: Mapping[str, Ruleset], fed: Mapping[str, Set[str]]) -> frozenset[str]:
    """The names of those types; `fed` is {type: types whose rollups its records move}.

    Rows of a batch are judged by what was stored before it, and parents by what the whole batch leads to. So a type is not
    among them whose rules look at other records of it, or at what its records change elsewhere; nor one that takes times,
    or with which something happens by itself.
    """
    return frozenset(name for name in catalog.types if _is_batchable(catalog, rulesets[name], _above(name, fed)))


def _above(name: str, fed: Mapping[str, Set[str]]) -> frozenset[str]:
    """The types whose rollups move with a record of this one, however far away."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = fed.get(waiting.pop(), frozenset()) - found
        found |= new
        waiting += new
    return frozenset(found)


def _is_batchable(catalog: Catalog, rules: Ruleset, above: frozenset[str]) -> bool:
    record_type = rules.type
    acting = any(_acts(catalog.types[name]) for name in (record_type.name, *above))
    return not (acting or record_type.occupancy or _looks_aside(catalog, rules, above))


def _acts(record_type: RecordType) -> bool:
    workflow = record_type.workflow
    return workflow is not None and any(isinstance(one.timer, Auto) for one in workflow.transitions.values())


def _looks_aside(catalog: Catalog, rules: Ruleset, above: frozenset[str]) -> bool:
    own = rules.type.name
    for record_type, formula in _formulas(catalog, rules):
        if any(name == own for name, _ in reads_elsewhere(catalog, record_type, formula)):
            return True
        if any(_moves(catalog, name, field) for name, field in formula.fields if name in above):
            return True
    return False


def _moves(catalog: Catalog, name: str, field: str) -> bool:
    found = catalog.types[name].by_name.get(field)
    return found is None or found.is_derived


def _formulas(catalog: Catalog, rules: Ruleset) -> Iterator[tuple[RecordType, Formula]]:
    """What a write of the type evaluates, and who may see the records that it can name."""
    yield from ((rules.type, one) for one in rules.foreseen)
    targets = {one.reference.target for field in rules.type.fields for one in (field, *field.fields) if one.reference}
    for name in sorted(targets):
        yield from ((catalog.types[name], one) for one in formulas_in(catalog.types[name].permissions))


def lonely(record_type: RecordType) -> frozenset[str]:
    """The fields with which a row is written by itself: files, which are claimed, and references to its own type."""
    return frozenset(
        one.name for one in record_type.fields
        if any(_is_lonely(record_type, each) for each in (one, *one.fields))
    )


def _is_lonely(record_type: RecordType, field: Field) -> bool:
    return field.kind in FILE_KINDS or (field.reference is not None and field.reference.target == record_type.name)
