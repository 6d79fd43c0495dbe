"""Calls: the type of a function's call; constants written as text become constants of the tree."""

from __future__ import annotations

import difflib
from dataclasses import replace
from decimal import Decimal

from kartotek.formula.constants import CONSTANTS
from kartotek.formula.error import FormulaError
from kartotek.formula.functions import FUNCTIONS, Function, result_of
from kartotek.formula.limits import MAX_DIGITS
from kartotek.formula.operators import adapted
from kartotek.formula.types import DATE, DURATION, INSTANT, TIME, clash, decimal, decimal_of, words
from kartotek.model.formula import Call, Literal_, Member, Name, Node, Type

_TYPES = {"date": DATE, "time": TIME, "timestamp": INSTANT, "duration": DURATION}
_ELSEWHERE = {
    "has": "isSet", "len": "size", "length": "size", "matches": "contains",
    "toLowerCase": "lower", "toUpperCase": "upper",
    "double": "number", "str": "string", "getFullYear": "year", "now": "now", "today": "today",
}


def typed_call(node: Call) -> Node:
    """The call with its type, or the constant it makes; its arguments have their types. Raises FormulaError."""
    function = FUNCTIONS.get(node.function)
    if function is None:
        raise _unknown(node)
    if node.function in CONSTANTS and len(node.arguments) == 1 and node.arguments[0].type.name == "string":
        return _constant(node)
    if node.function == "round" and len(node.arguments) == 2:
        return _rounded(node, function)
    if node.function in ("min", "max"):
        node = replace(node, arguments=_alike(node.arguments))
    if node.function == "meta" and not all(isinstance(one, Name | Member) for one in node.arguments):
        raise FormulaError(f"written {function.usage}", node.start, node.end)
    type = result_of(function, [one.type for one in node.arguments])
    if type is None or _clashes(node):
        given = ", ".join(words(one.type) for one in node.arguments)
        message = f"{node.function} cannot take {given or 'nothing'}; it is written {function.usage}"
        raise FormulaError(message, node.start, node.end)
    return replace(node, type=type, nullable=_nullable(node, type))


def _clashes(node: Call) -> bool:
    return any(clash(node.arguments[0].type, one.type) for one in node.arguments[1:])


def _nullable(node: Call, type: Type) -> bool:
    if node.function in ("isSet", "overlaps"):
        return False
    may_fail = node.function in ("div", "dateOf") or type.name in ("number", "duration")
    return may_fail or any(one.nullable for one in node.arguments)


def _alike(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    for one in nodes:
        if one.type.name == "number":
            return tuple(adapted(each, one.type) for each in nodes)
    return nodes


def _constant(node: Call) -> Literal_:
    text = node.arguments[0]
    usage = FUNCTIONS[node.function].usage
    if not isinstance(text, Literal_):
        raise FormulaError(f"{node.function} takes a constant text: {usage}", text.start, text.end)
    try:
        value = CONSTANTS[node.function](text.value)
    except ValueError:
        raise FormulaError(f"{text.value!r:.60} is not understood; write {usage}", text.start, text.end) from None
    type = decimal_of(value) if isinstance(value, Decimal) else _TYPES[node.function]
    return Literal_(value, type, node.start, node.end)


def _rounded(node: Call, function: Function) -> Call:
    number, places = node.arguments
    known = isinstance(places, Literal_) and type(places.value) is int and 0 <= places.value <= MAX_DIGITS
    if not known or number.type.name != "decimal":
        raise FormulaError(f"written {function.usage}", node.start, node.end)
    assert isinstance(places, Literal_)
    type_ = decimal(places.value, number.type.precision - number.type.scale + 1, number.type.currency)
    return replace(node, type=type_, nullable=number.nullable)


def _unknown(node: Call) -> FormulaError:
    is_method = bool(node.arguments) and node.arguments[0].start == node.start
    start = node.arguments[0].end + 1 if is_method else node.start
    message = f"there is no function {node.function:.60}"
    if node.function == "matches":
        message += "; formulas have no regular expressions"
    known = [*FUNCTIONS, "exists", "all"] if len(node.function) <= 60 else []
    found = difflib.get_close_matches(node.function, known, 1)
    hint = _ELSEWHERE.get(node.function) or (found[0] if found else "")
    return FormulaError(message, start, start + len(node.function), hint, code="unknown_function")
