"""Ruleset: the formulas of one record type, compiled once and put in the order in which they can be evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from typing import Any

from kartotek.formula import compile_python
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import Load, loader
from kartotek.kinds.verdict import Verdict
from kartotek.model.actor import Actor
from kartotek.model.catalog import ACTIONS, Action, RecordType, Validation
from kartotek.model.field import Field
from kartotek.model.formula import Formula, formulas_in
from kartotek.model.missing import MISSING
from kartotek.model.view import Rules
from kartotek.rules.access import may
from kartotek.rules.rights import Rights, rights_of
from kartotek.rules.setting import Setting
from kartotek.rules.settle import aggregate

Evaluate = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True, slots=True)
class Derivation:
    """One derived value: of the record itself, or of each row of the sub-table `rows`."""

    field: Field
    rows: Field | None = None


class Ruleset:
    """Everything about a record type that rules evaluate. Immutable after construction; safe to share by threads."""

    def __init__(self, record_type: RecordType) -> None:
        self.type = record_type
        self._compiled: dict[int, Evaluate] = {}
        self.stored, self.live = _ordered(record_type)
        # What an ordinary write evaluates, and what only transitions, timers and calendars do: it need not be foreseen.
        self.foreseen = tuple(_formulas(record_type))
        self.formulas = (*self.foreseen, *_process_formulas(record_type))
        for formula in self.formulas:
            self._compiled[id(formula)] = compile_python(formula)

        self.verdict = Verdict(record_type.schema) if record_type.foreign else None
        self.defaults = _defaults(record_type.fields) if not record_type.foreign else _as_sent(record_type.fields)
        self.row_defaults = {one.name: _defaults(one.fields) for one in record_type.fields if one.kind == "rows"}
        self.first_rollups = _first_rollups(record_type)
        # What most fields do not have is looked for in those that do.
        self.expressed = tuple(one for one in record_type.fields if one.default_expr is not None)
        self.choosing = frozenset(one.name for one in record_type.fields if _chooses(one))
        self.conditional_inside = frozenset(one.name for one in record_type.fields if any(map(_is_conditional_alone, one.fields)))
        self.judged = tuple(one for one in record_type.fields if one.name in self.choosing or _is_conditional(one))
        self.composed = frozenset(one.name for one in record_type.fields if one.fields)
        self.has_rows = bool(self.row_defaults)
        self.has_copies = any(one.fetch_from or any(each.fetch_from for each in one.fields) for one in record_type.fields)
        self.rights = lru_cache(maxsize=256)(lambda standing, action: rights_of(record_type, standing, action))
        self._limited = lru_cache(maxsize=512)(lambda said: compile_python(said.formula))
        self._granted = lru_cache(maxsize=256)(lambda standing, action: may(Actor.standing_as(standing), record_type, action))

    @cached_property
    def inside(self) -> Mapping[str, Load]:
        """{sub-table or small object: the loader of its members}, which demands none of them."""
        return {one.name: loader(one.fields, kind_of) for one in self.type.fields if one.fields}

    def inner_defaults(self, field: Field) -> Mapping[str, Any]:
        """{member: value} of the literal defaults of a sub-table's rows or of a small object."""
        return _defaults(field.fields)

    def may(self, actor: Actor, action: Action) -> Rules:
        """True, or the formulas of which one must hold for the record; () is never."""
        granted: Rules = self._granted(actor.standing, action)
        return granted

    def looked_at(self, formula: Formula) -> frozenset[str]:
        """The fields of the record that it reads, with those that values which are computed at reading are made of."""
        found: set[str] = set()
        left = {path[1] for path in formula.paths if path[0] == "record" and len(path) > 1}
        while left:
            found |= left
            computed = [one.field.compute for one in self.live if one.field.name in left and one.rows is None]
            left = {path[1] for each in computed if each for path in each.paths if path[0] == "record" and len(path) > 1} - found
        return frozenset(found)

    def evaluate(self, formula: Formula, setting: Setting) -> Any:
        """The formula's value; None is unknown."""
        return self._meaning(formula)(setting.env, setting.related)

    def holds(self, formula: Formula, setting: Setting) -> bool:
        """Whether it is true; unknown counts as false."""
        return self._meaning(formula)(setting.env, setting.related) is True

    def _meaning(self, formula: Formula) -> Evaluate:
        """What was declared is found by what it is; rules of rights that hold in some states or records alone by what they say."""
        return self._compiled.get(id(formula)) or self._limited(_Said(formula))

    def broken(self, validation: Validation, setting: Setting) -> bool:
        """Whether the rule is false; unknown does not break it, as in a database's CHECK."""
        return self._compiled[id(validation.rule)](setting.env, setting.related) is False


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """A formula by its source, which within one type means one thing."""

    formula: Formula

    def __hash__(self) -> int:
        return hash(self.formula.source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Said) and other.formula.source == self.formula.source


def _as_sent(fields: Iterable[Field]) -> Mapping[str, Any]:
    return {one.name: one.default for one in fields if one.default is not MISSING}


def _defaults(fields: Iterable[Field]) -> Mapping[str, Any]:
    """{field name: value} of the literal defaults, which are declared in the shape in which they would be sent."""
    given = [one for one in fields if one.default is not MISSING and not one.is_derived]
    return {one.name: None if one.default is None else kind_of(one).parse(one)(one.default) for one in given}


def _first_rollups(record_type: RecordType) -> Mapping[str, Any]:
    """What rollups over other records say of a record nothing refers to yet."""
    fields = [one for one in record_type.fields if one.rollup is not None and not is_own_rollup(record_type, one)]
    values = {one.name: aggregate(one, one.rollup, ()) for one in fields if one.rollup is not None}
    return {name: value for name, value in values.items() if value is not MISSING}


def _is_conditional(field: Field) -> bool:
    return field.required or _is_conditional_alone(field)


def _is_conditional_alone(field: Field) -> bool:
    return field.required_if is not None or field.read_only_if is not None


def _chooses(field: Field) -> bool:
    """Whether its values are among what others have to be looked at for."""
    return field.reference is not None or any(one.deprecated for one in field.options) or bool(field.fields)


def _formulas(record_type: RecordType) -> Iterable[Formula]:
    for field in record_type.fields:
        yield from _field_formulas(field)
    for validation in record_type.validations:
        yield validation.rule
    yield from formulas_in((record_type.occupancy, record_type.frozen_when))
    for grants in record_type.permissions.values():
        yield from (grant for action in ACTIONS if isinstance(grant := grants.get(action), Formula))


def _process_formulas(record_type: RecordType) -> Iterable[Formula]:
    yield from formulas_in((record_type.workflow, record_type.calendar, record_type.contact, record_type.public_forms))


def _field_formulas(field: Field) -> Iterable[Formula]:
    named = (field.compute, field.default_expr, field.show_if, field.required_if, field.read_only_if)
    yield from (formula for formula in named if formula is not None)
    if field.rollup is not None and field.rollup.where is not None:
        yield field.rollup.where
    if field.reference is not None and field.reference.filter is not None:
        yield field.reference.filter
    for inner in field.fields:
        yield from _field_formulas(inner)


def _ordered(record_type: RecordType) -> tuple[tuple[Derivation, ...], tuple[Derivation, ...]]:
    """(kept derivations, live ones), each after what it reads. A cycle was refused when the files were checked."""
    derivations = dict(_derivations(record_type))
    graph = {key: {one for one in reads(record_type, each) if one in derivations} for key, each in derivations.items()}
    order = [derivations[key] for key in TopologicalSorter(graph).static_order()]
    return tuple(one for one in order if not one.field.is_live), tuple(one for one in order if one.field.is_live)


def _derivations(record_type: RecordType) -> Iterable[tuple[tuple[str, ...], Derivation]]:
    for field in record_type.fields:
        if field.compute is not None or (field.rollup is not None and is_own_rollup(record_type, field)):
            yield (field.name,), Derivation(field)
        if field.kind == "rows":
            yield from (((field.name, one.name), Derivation(one, field)) for one in field.fields if one.compute is not None)


def is_own_rollup(record_type: RecordType, field: Field) -> bool:
    """Whether the field aggregates a sub-table of its own record, not records of another type."""
    return field.rollup is not None and field.rollup.source in record_type.by_name


def reads(record_type: RecordType, derivation: Derivation) -> Iterable[tuple[str, ...]]:
    """What a derived value is made of, as paths from the record."""
    field = derivation.field
    if field.compute is not None:
        yield from _paths(field.compute, derivation.rows)
    if field.rollup is not None:
        source = record_type.by_name[field.rollup.source]
        yield (source.name, field.rollup.field)
        if field.rollup.where is not None:
            yield from _paths(field.rollup.where, source)


def _paths(formula: Formula, rows: Field | None) -> Iterable[tuple[str, ...]]:
    for path in formula.paths:
        if path[0] == "record" and len(path) > 1:
            yield (path[1],)
            if len(path) > 3:
                yield (path[1], path[3])
        elif rows is not None and path[0] in ("row", "item") and len(path) > 1:
            yield (rows.name, path[1])
