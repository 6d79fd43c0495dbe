"""The tree of a formula as JSON, for the interpreter in web/static/kartotek/formula.js, which knows its shape.

A node is a list whose first element says what it is. Types are resolved here: the interpreter finds in the tree what
to convert.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from kartotek.formula.quoting import duration_text
from kartotek.formula.types import common
from kartotek.model.formula import (
    Binary,
    Call,
    Conditional,
    Formula,
    ListOf,
    Literal_,
    Member,
    Name,
    Node,
    Quantified,
    Type,
    Unary,
)


def to_json(formula: Formula) -> dict[str, Any]:
    """{"type", "scale", "tree"}: what formula.js evaluates."""
    return {"type": formula.type.name, "scale": formula.type.scale, "tree": _node(formula.node)}


def _node(node: Node) -> list[Any]:
    match node:
        case Literal_():
            return ["constant", node.type.name, wire(node.value)]
        case Name():
            return ["name", node.name]
        case Member():
            return _member(node)
        case Unary():
            return ["not" if node.operator == "!" else "minus", _node(node.operand)]
        case Binary():
            return _binary(node)
        case Conditional():
            return ["if", _node(node.test), _as(node.then, node.type), _as(node.otherwise, node.type)]
        case ListOf():
            return ["list", *[_as(item, node.type.of or node.type) for item in node.items]]
        case Call():
            return _call(node)
        case Quantified():
            return [node.quantifier, _node(node.target), node.variable, _node(node.condition)]


def wire(value: Any) -> Any:
    """A constant as JSON; whole numbers as text, since JavaScript would round them."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _member(node: Member) -> list[Any]:
    owner = node.target.type
    if owner.name in ("meta", "user", "row"):
        return [owner.name, _node(node.target), node.name, _shape(node.type)]
    if node.type.name == "list" and node.type.record:
        return ["inverse", _node(node.target), node.name, owner.record]
    return ["field", _node(node.target), node.name, _shape(node.type), owner.record]


def _shape(type: Type) -> str:
    return f"list of {type.of.name}" if type.name == "list" and type.of is not None else type.name


def _as(node: Node, wanted: Type) -> list[Any]:
    """The node, converted where the wanted type is another one."""
    if wanted.name == "number" and node.type.name == "int":
        return ["double", _node(node)]
    if wanted.name == "decimal" and node.type.name == "int":
        return ["decimal", _node(node)]
    return ["id", _node(node)] if node.type.name == "record" else _node(node)


def _binary(node: Binary) -> list[Any]:
    operator, left, right = node.operator, node.left, node.right
    if operator in ("&&", "||"):
        return [operator, _node(left), _node(right)]
    if operator == "in":
        return _membership(node)
    if node.type.name == "bool":
        wanted = common(left.type, right.type) or left.type
        return [operator, _as(left, wanted), _as(right, wanted)]
    if node.type.name == "number":
        return ["floating", operator, _as(left, node.type), _as(right, node.type)]
    if node.type.name in ("int", "decimal"):
        return [node.type.name, operator, _node(left), _node(right), node.type.scale]
    if node.type.name == "string":
        return ["joined", _node(left), _node(right)]
    return _temporal(operator, left, right)


def _temporal(operator: str, left: Node, right: Node) -> list[Any]:
    if left.type.name == "int" or (left.type.name == "duration" and right.type.name in ("date", "instant")):
        left, right = right, left
    if right.type.name == left.type.name and left.type.name in ("date", "instant"):
        return ["between", _node(left), _node(right)]
    word = "times" if operator == "*" else {"date": "day", "instant": "instant"}.get(left.type.name, "span")
    return [word, operator, _node(left), _node(right)]


def _membership(node: Binary) -> list[Any]:
    of = node.right.type.of
    wanted = None if of is None else common(node.left.type, of)
    if of is None or wanted is None:
        return ["constant", "bool", False]
    converts = "double" if wanted.name == "number" and of.name == "int" else "id"
    return ["in", _as(node.left, wanted), _node(node.right), converts]


def _call(node: Call) -> list[Any]:
    arguments = node.arguments
    match node.function:
        case "meta":
            return ["reached", _node(arguments[0]), arguments[0].type.record]
        case "isSet" if arguments[0].type.name == "row":
            return ["hasMembers", _node(arguments[0])]
        case "round":
            return ["round", _node(arguments[0]), node.type.scale]
        case "string":
            return ["string", _node(arguments[0]), arguments[0].type.scale]
        case "decimal" | "number":
            return [_as(arguments[0], node.type), ["double", _node(arguments[0])]][node.function == "number"]
        case "min" | "max":
            return [node.function, *[_as(one, node.type) for one in arguments]]
    return ["call", node.function, *[_node(one) for one in arguments]]
