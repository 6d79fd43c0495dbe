"""The Python meaning of a formula: a tree of closures."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from kartotek.formula.arithmetic import (
    EXACT,
    NUMBER_OPERATIONS,
    day_after,
    divided,
    floating,
    instant_after,
    remainder,
    span_times,
    spans_added,
    within,
)
from kartotek.formula.python_calls import compiled_call
from kartotek.formula.python_members import member, name
from kartotek.formula.related import Related
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
from kartotek.model.record import Record

Meaning = Callable[[Mapping[str, Any], Related], Any]
Operation = Callable[[Any, Any], Any]

_ORDERINGS: Mapping[str, Operation] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_INT: Mapping[str, Operation] = {"+": operator.add, "-": operator.sub, "*": operator.mul, "%": remainder}
_DECIMAL: Mapping[str, Operation] = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}

_MOVES: Mapping[str, Operation] = {"date": day_after, "instant": instant_after, "duration": spans_added}


def compile_python(formula: Formula) -> Meaning:
    """A function of the environment {name: value} and of what reaches other records; None where the formula is unknown.

    The environment holds `record`, `old`, `row`, `item` (a Record or Row), `user` (a mapping), `now` (in the site's
    zone) and `today`, as far as the formula names them.
    """
    return meaning(formula.node)


def meaning(node: Node) -> Meaning:
    """The closure of one node."""
    match node:
        case Literal_():
            return _constant(node.value)
        case Name():
            return name(node)
        case Member():
            return member(node, meaning(node.target))
        case Unary():
            return _unary(node)
        case Binary():
            return _binary(node)
        case Conditional():
            return _conditional(node)
        case ListOf():
            return _list(node)
        case Call():
            return compiled_call(node, tuple(meaning(one) for one in node.arguments))
        case Quantified():
            return _exists(node) if node.quantifier == "exists" else _all(node)


def _constant(value: Any) -> Meaning:
    return lambda env, related: value


def as_type(made: Meaning, given: Type, wanted: Type) -> Meaning:
    """The same value as one of the wanted type: records as ids, whole numbers as decimal or floating-point ones."""
    if given.name == "record":
        return lambda env, related: _id(made(env, related))
    if given.name == "int" and wanted.name == "number":
        return _applied(made, floating)
    if given.name == "int" and wanted.name == "decimal":
        return _applied(made, Decimal)
    return made


def _id(value: Any) -> Any:
    return value.id if isinstance(value, Record) else value


def _applied(made: Meaning, function: Callable[[Any], Any]) -> Meaning:
    def applied(env: Mapping[str, Any], related: Related) -> Any:
        value = made(env, related)
        return None if value is None else function(value)

    return applied


def _unary(node: Unary) -> Meaning:
    made = meaning(node.operand)
    if node.operator == "!":
        return _applied(made, operator.not_)
    if node.type.name == "decimal":
        return _applied(made, EXACT.minus)
    return _applied(made, _negative_span if node.type.name == "duration" else operator.neg)


def _negative_span(value: timedelta) -> timedelta | None:
    return within(-value)


def _binary(node: Binary) -> Meaning:
    left, right = meaning(node.left), meaning(node.right)
    if node.operator == "&&":
        return _and(left, right)
    if node.operator == "||":
        return _or(left, right)
    if node.operator == "in":
        return _in(node, left, right)
    if node.type.name == "bool":
        return _comparison(node, left, right)
    return _arithmetic(node, left, right)


def _and(left: Meaning, right: Meaning) -> Meaning:
    def both(env: Mapping[str, Any], related: Related) -> bool | None:
        first = left(env, related)
        if first is False:
            return False
        second = right(env, related)
        if second is False:
            return False
        return True if first and second else None

    return both


def _or(left: Meaning, right: Meaning) -> Meaning:
    def either(env: Mapping[str, Any], related: Related) -> bool | None:
        first = left(env, related)
        if first is True:
            return True
        second = right(env, related)
        if second is True:
            return True
        return None if first is None or second is None else False

    return either


def _comparison(node: Binary, left: Meaning, right: Meaning) -> Meaning:
    wanted = common(node.left.type, node.right.type)
    assert wanted is not None
    left, right = as_type(left, node.left.type, wanted), as_type(right, node.right.type, wanted)
    if node.operator == "==":
        return lambda env, related: left(env, related) == right(env, related)
    if node.operator == "!=":
        return lambda env, related: left(env, related) != right(env, related)
    return _known(left, right, _ORDERINGS[node.operator])


def _known(left: Meaning, right: Meaning, operation: Operation) -> Meaning:
    """The operation where both values are known."""

    def known(env: Mapping[str, Any], related: Related) -> Any:
        first = left(env, related)
        if first is None:
            return None
        second = right(env, related)
        return None if second is None else operation(first, second)

    return known


def _in(node: Binary, left: Meaning, right: Meaning) -> Meaning:
    of = node.right.type.of
    wanted = node.left.type if of is None else common(node.left.type, of)
    assert wanted is not None
    left = as_type(left, node.left.type, wanted)
    widened = of is not None and wanted.name != of.name
    return lambda env, related: left(env, related) in _elements(right(env, related), wanted if widened else None)


def _elements(values: Any, wanted: Type | None) -> Any:
    """The elements as the left side is compared with them."""
    if wanted is not None and wanted.name == "number":
        return [None if one is None else floating(one) for one in values]
    return [_id(one) for one in values]


def _arithmetic(node: Binary, left: Meaning, right: Meaning) -> Meaning:
    first, second = node.left.type.name, node.right.type.name
    if node.type.name == "number":
        left, right = as_type(left, node.left.type, node.type), as_type(right, node.right.type, node.type)
        return _known(left, right, NUMBER_OPERATIONS[node.operator])
    if node.type.name == "decimal" and node.operator == "/":
        scale = node.type.scale
        return _known(left, right, lambda one, other: divided(one, other, scale))
    if node.type.name in ("int", "decimal"):
        return _known(left, right, _INT[node.operator] if node.type.name == "int" else _DECIMAL[node.operator])
    if node.type.name == "string":
        return _known(left, right, operator.add)
    if first == "int" or (first == "duration" and second in ("date", "instant")):
        left, right, first, second = right, left, second, first
    return _known(left, right, _temporal(node.operator, first, second))


def _temporal(sign: str, first: str, second: str) -> Operation:
    """The operation on dates, instants and durations; a duration stands on the right."""
    if sign == "*":
        return span_times
    if second != "duration":
        return lambda left, right: within(left - right)
    apply = _MOVES[first]
    if sign == "+":
        return apply
    return lambda left, right: apply(left, -right)


def _conditional(node: Conditional) -> Meaning:
    test = meaning(node.test)
    then = as_type(meaning(node.then), node.then.type, node.type)
    otherwise = as_type(meaning(node.otherwise), node.otherwise.type, node.type)
    return lambda env, related: then(env, related) if test(env, related) is True else otherwise(env, related)


def _list(node: ListOf) -> Meaning:
    of = node.type.of
    made = [meaning(item) if of is None else as_type(meaning(item), item.type, of) for item in node.items]
    return lambda env, related: [one(env, related) for one in made]


def _exists(node: Quantified) -> Meaning:
    target, condition, variable = meaning(node.target), meaning(node.condition), node.variable

    def exists(env: Mapping[str, Any], related: Related) -> bool:
        inner = dict(env)
        for one in target(env, related):
            inner[variable] = one
            if condition(inner, related) is True:
                return True
        return False

    return exists


def _all(node: Quantified) -> Meaning:
    target, condition, variable = meaning(node.target), meaning(node.condition), node.variable

    def every(env: Mapping[str, Any], related: Related) -> bool:
        inner = dict(env)
        for one in target(env, related):
            inner[variable] = one
            if condition(inner, related) is not True:
                return False
        return True

    return every
