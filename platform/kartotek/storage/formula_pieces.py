"""Piece: a part of an SQL expression with what must be known to join it to others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from kartotek.formula.error import FormulaError
from kartotek.formula.limits import INT_MAX
from kartotek.model.formula import Type

# How strongly the outermost operator of a text binds.
OR, AND, NOT, COMPARE, ADD, MULTIPLY, ATOM = 1, 2, 3, 4, 5, 6, 9
UNBOUNDED = 10**400
MAX_TEXT = 60_000
_PLACE = re.compile(r"\{(\d+)\}")

# plain: as a column of this type has it. wide: on SQLite, a whole number that may be a text because 64 bit are too few.
# micros: an instant as microseconds since 1970.
Shape = Literal["plain", "wide", "micros"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`bound` is the greatest magnitude a number may have, on SQLite that of the scaled integer.

    `is_column` says that the text is a column and nothing else; `constant` that it reads no row.
    """

    text: str
    type: Type
    params: tuple[Any, ...] = ()
    strength: int = ATOM
    nullable: bool = True
    shape: Shape = "plain"
    bound: int = INT_MAX
    is_column: bool = False
    constant: bool = False

    def inside(self, strength: int) -> str:
        """The text as an operand of an operator of this strength."""
        return self.text if self.strength > strength else f"({self.text})"


def joined(pattern: str, *pieces: Piece, type: Type, strength: int = ATOM, **known: Any) -> Piece:
    """A new piece: each {0}, {1} … of the pattern is a piece's text, and parameters follow the order in the pattern."""
    chains = strength in (ADD, MULTIPLY)  # a - b - c needs no parentheses, a - (b - c) does
    texts = [one.inside(0 if strength == ATOM else strength - (chains and not at)) for at, one in enumerate(pieces)]
    params: list[Any] = []

    def placed(match: re.Match[str]) -> str:
        at = int(match.group(1))
        params.extend(pieces[at].params)
        return texts[at]

    text = _PLACE.sub(placed, pattern)
    known.setdefault("nullable", any(one.nullable for one in pieces))
    return bounded(Piece(text, type, tuple(params), strength, **known))


def bounded(piece: Piece) -> Piece:
    """The piece, if its text is not too long. Raises FormulaError."""
    if len(piece.text) > MAX_TEXT:
        raise not_in_sql("this is too large to be filtered by")
    return piece


def not_in_sql(message: str) -> FormulaError:
    """The error for what a database cannot be asked; the place is put in by whoever knows the node."""
    return FormulaError(message, 0, 0, code="not_in_sql")


Encode = Callable[[Any], Any]


def parameter(value: Callable[[Mapping[str, Any]], Any], encode: Encode) -> Callable[[Mapping[str, Any]], Any]:
    """A parameter worked out from the environment of a run."""

    def bound_value(env: Mapping[str, Any]) -> Any:
        found = value(env)
        return None if found is None else encode(found)

    return bound_value


def retyped(piece: Piece, type: Type) -> Piece:
    """The same text under another type."""
    return replace(piece, type=type)
