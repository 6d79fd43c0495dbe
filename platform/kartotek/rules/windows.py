"""Windows: between which values of a row a condition can have changed, just because time has passed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from kartotek.formula import compile_python
from kartotek.formula.related import Related
from kartotek.formula.tree import walk
from kartotek.model.formula import Binary, Formula, Member, Name, Node, Unary

_TIMES = frozenset({"now", "today"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
Between = tuple[str, Any, Any]


def looks_at_time(formula: Formula) -> bool:
    """Whether what it says can change without anything else having changed."""
    return bool(formula.roots & _TIMES)


def moving(formula: Formula, then: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Between, ...] | None:
    """(field of `item`, lowest, highest): a row outside of all of these counts now as it did then. None: any row may differ.

    Each comparison of a field with a time can change its answer for values between that time then and now alone.
    """
    found: list[Between] = []
    for atom in _atoms(formula.node):
        compared = _compared(atom) if isinstance(atom, Binary) else None
        if compared is None:
            return None
        field, constant = compared
        ends = [_value(constant, env) for env in (then, now)]
        if None in ends:
            return None
        if ends[0] != ends[1]:
            found.append((field, min(ends), max(ends)))
    return tuple(found)


def _atoms(node: Node) -> Iterator[Node]:
    """The smallest conditions that look at the time."""
    if not _reads_time(node):
        return
    if isinstance(node, Binary) and node.operator in ("&&", "||"):
        yield from _atoms(node.left)
        yield from _atoms(node.right)
    elif isinstance(node, Unary) and node.operator == "!":
        yield from _atoms(node.operand)
    else:
        yield node


def _compared(node: Binary) -> tuple[str, Node] | None:
    """The field of the row and what it is compared with, which must be the same for every row."""
    if node.operator not in _COMPARISONS:
        return None
    for field, other in ((node.left, node.right), (node.right, node.left)):
        is_own = isinstance(field, Member) and isinstance(field.target, Name) and field.target.name == "item"
        if is_own and not _reads_row(other) and field.type.name == other.type.name:
            return field.name, other  # type: ignore[union-attr]
    return None


def _value(node: Node, env: Mapping[str, Any]) -> Any:
    formula = Formula("", node, node.type, node.nullable, frozenset(), frozenset())
    return compile_python(formula)(env, cast(Related, None))  # it reads no record


def _reads_time(node: Node) -> bool:
    return any(isinstance(one, Name) and one.name in _TIMES for one in walk(node))


def _reads_row(node: Node) -> bool:
    return any(isinstance(one, Name) and one.name not in _TIMES for one in walk(node))
