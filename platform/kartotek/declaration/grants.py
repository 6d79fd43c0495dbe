"""Permissions: which role may do what, and the trap of two empty values that are equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kartotek.declaration.document import Path
from kartotek.declaration.formulas import Formulas
from kartotek.declaration.suggest import did_you_mean
from kartotek.formula.tree import below
from kartotek.formula.types import BOOL
from kartotek.model.actor import OWNER
from kartotek.model.catalog import ACTIONS, Action, Grant
from kartotek.model.formula import Binary, Call, Conditional, Formula, Literal_, Node

Permissions = Mapping[str, Mapping[Action, Grant]]


def grants_of(formulas: Formulas) -> Permissions:
    """{role: {action: True or formula}}; what is false is left out, it grants nothing, but of transitions."""
    draft = formulas.draft
    found: dict[str, Mapping[Action, Grant]] = {}
    for role, declared in draft.own.get("permissions", {}).items():
        path: Path = ("x-record", "permissions", role)
        if role == OWNER:
            sentence = "The role 'owner' may do everything, whatever stands here. Leave it out."
            draft.problems.error_at_key(path, "reserved", sentence)
        elif role not in draft.site.role_names:
            sentence = f"There is no role '{role}' in site.yaml.{did_you_mean(role, draft.site.role_names)}"
            draft.problems.error_at_key(path, "unknown_role", sentence)
        grants = {
            action: _grant(formulas, (*path, action), declared[action]) for action in ACTIONS if action in declared
        }
        found[role] = MappingProxyType({action: grant for action, grant in grants.items() if grant is not None})
    return MappingProxyType({role: grants for role, grants in found.items() if grants})


def _grant(formulas: Formulas, path: Path, declared: bool | str) -> Grant | None:
    if isinstance(declared, bool):
        # Transitions are granted by the workflow already, so that here false takes something away.
        return declared if declared or path[-1] == "transition" else None
    # Lists are restricted by what may be read, the trash by what may be deleted.
    is_queried = path[-1] in ("read", "delete")
    formula = formulas.queried(path, formulas.about()) if is_queried else formulas.check(path, formulas.about(), BOOL)
    if formula is None:
        return True  # its problem is told; nothing else shall be said to be missing for it
    for node in both_empty(formula):
        sentence = _trap(_text(formula, node.left), _text(formula, node.right))
        formulas.draft.problems.error_inside(path, node.start, "both_empty", sentence)
    return formula


def _trap(left: str, right: str) -> str:
    return (
        f"Both sides of '{left} == {right}' may be empty, and two empty values are equal: this could open records to "
        f"people it is not meant for. Write 'isSet({right}) && {left} == {right}'."
    )


def both_empty(formula: Formula) -> Iterator[Binary]:
    """Comparisons of two values that may both be empty, where nothing beside them makes sure that one is set."""
    return _unsure(formula, formula.node, frozenset())


def _unsure(formula: Formula, node: Node, known: frozenset[str]) -> Iterator[Binary]:
    if isinstance(node, Binary) and node.operator == "==" and node.left.nullable and node.right.nullable:
        sides = (node.left, node.right)
        if not any(isinstance(side, Literal_) or _text(formula, side) in known for side in sides):
            yield node
    surely = known | _surely_set(formula, node.test if isinstance(node, Conditional) else node)
    for child in below(node):
        yield from _unsure(
            formula, child, known if isinstance(node, Conditional) and child is node.otherwise else surely
        )


def _surely_set(formula: Formula, node: Node) -> frozenset[str]:
    """What has a value wherever the node holds."""
    if isinstance(node, Binary) and node.operator == "&&":
        return _surely_set(formula, node.left) | _surely_set(formula, node.right)
    if isinstance(node, Call) and node.function == "isSet":
        return frozenset({_text(formula, node.arguments[0])})
    return frozenset()


def _text(formula: Formula, node: Node) -> str:
    return formula.source[node.start : node.end]
