"""Calls: the functions of the language in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kartotek.formula.texts import WHITE
from kartotek.formula.types import BOOL, STRING
from kartotek.model.formula import Call, Literal_
from kartotek.storage.formula_pieces import COMPARE, Piece, joined, not_in_sql

if TYPE_CHECKING:
    from kartotek.storage.formula_compiler import Compiler


def call(compiler: Compiler, node: Call) -> Piece:
    """The call as SQL; its value differs from row to row. Raises FormulaError."""
    terms, function = compiler.terms, node.function
    if function == "isSet":
        return _is_set(compiler, node)
    if function == "size" and node.arguments[0].type.name == "list":
        return compiler.walk.size(node.arguments[0])
    if function in ("min", "max"):
        return terms.extreme(function, [compiler.operand(one, node.type) for one in node.arguments], node.type)
    if function == "overlaps":
        raise not_in_sql("overlaps cannot be used to filter by")
    pieces = [compiler.value(one) for one in node.arguments]
    match function:
        case "size":
            return terms.size(pieces[0])
        case "startsWith" | "endsWith" | "contains":
            return _found_in(compiler, node, pieces)
        case "lower" | "upper":
            return terms.cased(function, pieces[0])
        case "trim":
            white = Piece(terms.placeholder(STRING), STRING, (WHITE,), nullable=False, constant=True)
            return terms.trimmed(pieces[0], white)
        case "div":
            return terms.arithmetic("div", pieces[0], pieces[1], node.type)
        case "abs":
            return terms.magnitude(pieces[0])
        case "round":
            return terms.rounded(pieces[0], node.type)
        case "int":
            return terms.cut(pieces[0]) if pieces[0].type.name == "decimal" else pieces[0]
        case "decimal" | "number":
            return compiler.converted(pieces[0], node.type)
        case "string":
            return terms.written(pieces[0])
        case "days" | "hours" | "minutes" | "seconds":
            return terms.whole_units(function, pieces[0])
        case "year" | "month" | "day" | "weekday" | "monthDay":
            return terms.date_part(function, pieces[0])
        case "dateOf":
            zone = Piece(terms.placeholder(STRING), STRING, (_zone,), nullable=False, constant=True)
            return terms.local_date(pieces[0], zone)
    raise not_in_sql(f"{function} cannot be used to filter by")


def _zone(env: Mapping[str, Any]) -> str:
    """The IANA name of the site's zone, which `now` carries."""
    zone = env["now"].tzinfo
    return str(getattr(zone, "key", "UTC"))


def _is_set(compiler: Compiler, node: Call) -> Piece:
    argument = node.arguments[0]
    if argument.type.name == "list":
        return compiler.terms.settled(compiler.walk.has_elements(argument), False)
    if argument.type.name == "row":
        return compiler.terms.settled(compiler.walk.has_members(argument), False)
    atom = compiler.atom(compiler.value(argument))
    return joined("{0} IS NOT NULL", atom, type=BOOL, strength=COMPARE, nullable=False)


def _found_in(compiler: Compiler, node: Call, pieces: list[Piece]) -> Piece:
    part = node.arguments[1]
    if node.function == "startsWith" and isinstance(part, Literal_) and part.value:
        found = compiler.terms.prefix_range(pieces[0], part.value)
        if found is not None:
            return found
    return compiler.terms.found_in(node.function, pieces[0], pieces[1])
