"""Operators: the type of `left operator right`, or why there is none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kartotek.formula.error import FormulaError
from kartotek.formula.types import (
    BOOL,
    DURATION,
    INT,
    NUMBER,
    NUMERIC,
    ORDERED,
    STRING,
    clash,
    common,
    decimal,
    whole_digits,
    words,
)
from kartotek.model.formula import Binary, Conditional, ListOf, Literal_, Node, Type

_UNCOMPARED = frozenset({"list", "row", "json", "user", "meta"})


def typed_binary(node: Binary) -> Binary:
    """The node with its type; its operands have theirs already. Raises FormulaError."""
    left, right = adapted(node.left, node.right.type), adapted(node.right, node.left.type)
    node = replace(node, left=left, right=right)
    if clash(left.type, right.type):
        raise _refused(node, f"cannot mix {left.type.currency} and {right.type.currency}")
    if node.operator in ("&&", "||"):
        return _logical(node)
    if node.operator in ("==", "!="):
        return _equality(node)
    if node.operator == "in":
        return _membership(node)
    if node.operator in ("<", "<=", ">", ">="):
        return _ordering(node)
    type = _arithmetic(node)
    if type is None:
        raise _refused(node, _between(node))
    may_fail = node.operator in ("/", "%") or type.name not in ("int", "decimal", "string")
    return replace(node, type=type, nullable=left.nullable or right.nullable or may_fail)


def adapted(node: Node, other: Type) -> Node:
    """A plain constant as a floating-point number where it meets one; anything else as it is."""
    if other.name == "list" and other.of is not None:
        other = other.of
    if other.name != "number":
        return node
    if isinstance(node, Literal_) and isinstance(node.value, int | Decimal) and not isinstance(node.value, bool):
        return replace(node, value=float(node.value), type=NUMBER)
    if isinstance(node, ListOf) and node.type.of is not None and node.type.of.name in ("int", "decimal"):
        return _all_numbers(node)
    if isinstance(node, Conditional) and node.type.name == "decimal":
        then, otherwise = adapted(node.then, other), adapted(node.otherwise, other)
        type = common(then.type, otherwise.type)
        return replace(node, then=then, otherwise=otherwise, type=type) if type is not None else node
    return node


def _all_numbers(node: ListOf) -> Node:
    items = tuple(adapted(item, NUMBER) for item in node.items)
    of = common_of(items)
    return node if of is None else replace(node, items=items, type=Type("list", of=of))


def common_of(nodes: tuple[Node, ...]) -> Type | None:
    """The type in which all meet; None where they do not, or where there are none."""
    type: Type | None = nodes[0].type if nodes else None
    for one in nodes[1:]:
        type = None if type is None or clash(type, one.type) else common(type, one.type)
    return type


def is_plain(type: Type) -> bool:
    """Whether values of the type can be compared for equality."""
    return type.name not in _UNCOMPARED


def _refused(node: Binary, message: str, suggestion: str = "") -> FormulaError:
    return FormulaError(message, node.start, node.end, suggestion)


def _between(node: Binary) -> str:
    names = {node.left.type.name, node.right.type.name}
    if names == {"number", "decimal"}:
        return "a floating-point number is never mixed with a decimal number; write number(x)"
    return f"cannot use '{node.operator}' between {words(node.left.type)} and {words(node.right.type)}"


def _logical(node: Binary) -> Binary:
    for side in (node.left, node.right):
        if side.type.name != "bool":
            message = f"'{node.operator}' needs true/false, this is {words(side.type)}"
            raise FormulaError(message, side.start, side.end)
    return replace(node, type=BOOL, nullable=node.left.nullable or node.right.nullable)


def _equality(node: Binary) -> Binary:
    for side in (node.left, node.right):
        if not is_plain(side.type):
            message = f"{words(side.type)} cannot be compared; ask isSet(x) or one of its members"
            raise FormulaError(message, side.start, side.end)
    if common(node.left.type, node.right.type) is None:
        raise _refused(node, _between(node))
    return replace(node, type=BOOL, nullable=False)


def _membership(node: Binary) -> Binary:
    if node.right.type.name != "list":
        message = f"'in' needs a list on the right, this is {words(node.right.type)}"
        raise FormulaError(message, node.right.start, node.right.end)
    of = node.right.type.of
    if of is not None and (not is_plain(node.left.type) or not is_plain(of) or common(node.left.type, of) is None):
        raise _refused(node, f"cannot look for {words(node.left.type)} in a list of which each is {words(of)}")
    if of is not None and clash(node.left.type, of):
        raise _refused(node, f"cannot look for {node.left.type.currency} among {of.currency}")
    return replace(node, type=BOOL, nullable=False)


def _ordering(node: Binary) -> Binary:
    type = common(node.left.type, node.right.type)
    names = {node.left.type.name, node.right.type.name}
    if type is None or not names <= ORDERED:
        raise _refused(node, _between(node))
    return replace(node, type=BOOL, nullable=node.left.nullable or node.right.nullable or names == {"int", "number"})


def _arithmetic(node: Binary) -> Type | None:
    left, right, operator = node.left.type, node.right.type, node.operator
    if left.name in NUMERIC and right.name in NUMERIC:
        return _of_numbers(node, left, right)
    names = (left.name, right.name)
    if operator == "+" and names == ("string", "string"):
        return STRING
    if operator in "+-" and right.name == "duration" and left.name in ("date", "instant", "duration"):
        return left
    if operator == "+" and left.name == "duration" and right.name in ("date", "instant"):
        return right
    if operator == "-" and names in (("date", "date"), ("instant", "instant")):
        return DURATION
    if operator == "*" and names in (("duration", "int"), ("int", "duration")):
        return DURATION
    return None


def _of_numbers(node: Binary, left: Type, right: Type) -> Type | None:
    type = common(left, right)
    if type is None:
        return None
    if node.operator == "%":
        return INT if type.name == "int" else None
    if type.name == "number":
        return NUMBER
    if type.name == "int":
        if node.operator == "/":
            raise _refused(node, "dividing whole numbers would drop the remainder; write 10.0 / 4 or div(10, 4)")
        return INT
    if node.operator == "*":
        return _product(node, left, right)
    if node.operator == "/":
        scale = max(left.scale, right.scale)
        currency = "" if left.currency and right.currency else left.currency
        return decimal(min(scale + 6, max(12, scale)), whole_digits(left) + right.scale, currency)
    return decimal(type.scale, type.precision - type.scale + 1, type.currency)


def _product(node: Binary, left: Type, right: Type) -> Type:
    if left.currency and right.currency:
        raise _refused(node, "money cannot be multiplied by money")
    return decimal(left.scale + right.scale, whole_digits(left) + whole_digits(right), left.currency or right.currency)
