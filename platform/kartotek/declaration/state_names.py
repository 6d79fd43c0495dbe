"""Texts that formulas compare with a state or with a choice: each must be one that there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.workflow_file import Outline
from kartotek.formula.tree import walk
from kartotek.model.catalog import RecordType
from kartotek.model.formula import Binary, Formula, ListOf, Literal_, Member, Node

Outlines = Mapping[str, Outline]
Types = Mapping[str, RecordType]


def check_compared(draft: Draft, formulas: Mapping[Path, Formula], types: Types, outlines: Outlines) -> None:
    """Adds an error for each text compared with a state that is none, be it the record's own or that of another."""
    for path, formula in formulas.items():
        for side, literals in _comparisons(formula):
            owner = _state_of(side, types, draft.name)
            outline = outlines.get(owner)
            if outline is None or not outline.is_whole:
                continue
            known = {*outline.states, *former_names(outline)}
            for literal in literals:
                if isinstance(literal.value, str) and literal.value not in known:
                    tell_no_state(draft, path, literal, outline, consequence="so this never holds")


def check_options(draft: Draft, formulas: Mapping[Path, Formula], types: Types) -> None:
    """Adds a warning for each constant compared with a choice that it is not among."""
    for path, formula in formulas.items():
        for side, literals in _comparisons(formula):
            owner = types.get(side.target.type.record) if side.target.type.name == "record" else None
            field = owner.by_name.get(side.name) if owner else None
            if field is None or field.kind != "choice" or field.is_state:
                continue
            values = [one.value for one in field.options]
            for literal in literals:
                if literal.value is not None and literal.value not in values:
                    hint = did_you_mean(str(literal.value), [str(one) for one in values])
                    sentence = f"'{literal.value}' is not among the values of '{field.name}'.{hint}"
                    draft.problems.warning_inside(path, literal.start + _skipped(draft, path), "unknown_option", sentence)


def tell_no_state(draft: Draft, path: Path, literal: Literal_, outline: Outline, *, consequence: str) -> None:
    """Tells of a text in a formula that should be the name of a state."""
    hint = did_you_mean(str(literal.value), outline.states)
    sentence = f"There is no state '{literal.value}', {consequence}.{hint}"
    draft.problems.error_inside(path, literal.start + _skipped(draft, path), "unknown_state", sentence)


def former_names(outline: Outline) -> set[str]:
    """Names that states had before."""
    aliases = {alias for state in outline.states.values() for alias in state.get("aliases", ())}
    return aliases | set(outline.declared.get("removed", {}))


def _comparisons(formula: Formula) -> Iterator[tuple[Member, list[Literal_]]]:
    for node in walk(formula.node):
        if isinstance(node, Binary) and node.operator in ("==", "!=", "in"):
            sides = (node.left, node.right)
            for side in sides:
                if isinstance(side, Member):
                    yield side, list(_literals(sides))


def _literals(nodes: Iterable[Node]) -> Iterator[Literal_]:
    for node in nodes:
        if isinstance(node, Literal_):
            yield node
        elif isinstance(node, ListOf):
            yield from _literals(node.items)


def _state_of(side: Member, types: Types, own: str) -> str:
    """The record type whose state this is, or ""."""
    target = side.target.type
    if target.name == "meta":
        return (target.record or own) if side.name == "state" else ""
    field = types[target.record].by_name.get(side.name) if target.name == "record" and target.record in types else None
    return target.record if field is not None and field.is_state else ""


def _skipped(draft: Draft, path: Path) -> int:
    """How much stands before the formula in its text: in some places an equals sign."""
    value: Any = draft.declared
    for part in path:
        value = value[part]
    return 1 if isinstance(value, str) and value.startswith("=") else 0
