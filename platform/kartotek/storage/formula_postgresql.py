"""Formulas on PostgreSQL: numeric where 64 bit might not suffice, fences where an operation could raise an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from typing import Any

from kartotek.formula.arithmetic import MICROSECOND
from kartotek.formula.limits import INT_MAX, INT_MIN
from kartotek.formula.types import BOOL, DATE, INT, NUMBER, STRING
from kartotek.model.formula import Type
from kartotek.storage.formula_pieces import ADD, ATOM, COMPARE, MULTIPLY, Piece, joined, not_in_sql
from kartotek.storage.formula_terms import (
    LAST_SECOND,
    MICROS_A_DAY,
    Terms,
    digits_bound,
    id_of,
    refused_list,
    result_bound,
)

_TYPES: Mapping[str, str] = {
    "bool": "boolean", "int": "bigint", "number": "float8", "decimal": "numeric", "string": "text", "date": "date",
    "time": "text", "instant": "timestamptz", "duration": "bigint", "record": "bigint",
}
_DATE_PARTS: Mapping[str, str] = {"year": "year", "month": "month", "day": "day", "weekday": "isodow"}
_DAYS = 3_652_058  # from 0001-01-01 to 9999-12-31
_INSTANTS = (-62_135_596_800_000_000, 253_402_300_799_999_999)
_USABLE = "({0} = 0 OR abs({0}) BETWEEN '1e-150'::float8 AND '1e150'::float8)"


class PostgresqlTerms(Terms):
    """Whole numbers are bigint (shape plain) or numeric (wide), instants timestamptz (plain) or microseconds."""

    name = "postgresql"
    same = "IS NOT DISTINCT FROM"
    different = "IS DISTINCT FROM"

    def placeholder(self, type: Type, bound: int = INT_MAX) -> str:
        wide = type.name == "int" and bound > INT_MAX + 1
        return f"?::{'numeric' if wide else _TYPES[type.name]}"

    def truth(self, value: bool) -> str:
        return "true" if value else "false"

    def encode(self, type: Type) -> Callable[[Any], Any]:
        return _ENCODERS.get(type.name, lambda value: value)

    def column(self, text: str, type: Type) -> Piece:
        if type.name == "duration":
            return Piece(f"(CASE WHEN {text} BETWEEN -{LAST_SECOND} AND {LAST_SECOND} THEN {text} * 1000000 END)", type)
        shape: Any = "wide" if type.name == "decimal" else "plain"
        return Piece(text, type, bound=digits_bound(type), shape=shape, is_column=True)

    def elements(self, text: str, alias: str, of: Type) -> tuple[str, str]:
        array = f"CASE jsonb_typeof({text}) WHEN 'array' THEN {text} ELSE '[]'::jsonb END"
        return f"jsonb_array_elements({array}) AS {alias}(value)", f"({alias}.value #>> '{{}}')::{_TYPES[of.name]}"

    def among(self, piece: Piece, values: Any, of: Type) -> Piece:
        if of.name not in ("string", "int", "record"):
            raise refused_list(of)
        encode = self.encode(of)
        made = joined(f"{{0}} = ANY(?::{_TYPES[of.name]}[])", piece, type=BOOL, strength=COMPARE)
        return replace(made, params=(*piece.params, lambda env: [encode(one) for one in values(env)]))

    def arithmetic(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        bound = result_bound(operator, left, right)
        if bound <= INT_MAX and left.shape == right.shape == "plain" and operator in "+-*":
            strength = MULTIPLY if operator == "*" else ADD
            return joined(f"{{0}} {operator} {{1}}", left, right, type=type, strength=strength, bound=bound)
        left, right = _numeric(left), _numeric(right)
        if operator in ("%", "div"):
            word = "mod" if operator == "%" else "div"
            pattern = f"{word}({{0}}, nullif({{1}}, 0))"
            return joined(pattern, left, right, type=type, bound=bound, shape="wide", nullable=True)
        strength = MULTIPLY if operator == "*" else ADD
        return joined(f"{{0}} {operator} {{1}}", left, right, type=type, strength=strength, bound=bound, shape="wide")

    def floating(self, operator: str, left: Piece, right: Piece) -> Piece:
        test = f"{_USABLE.format('l')} AND {_USABLE.format('r')}"
        found = "l / nullif(r, 0)" if operator == "/" else f"l {operator} r"
        pattern = f"(SELECT CASE WHEN {test} THEN {found} END FROM (SELECT {{0}} AS l, {{1}} AS r OFFSET 0) fence)"
        return joined(pattern, left, right, type=NUMBER, nullable=True)

    def as_number(self, piece: Piece) -> Piece:
        if piece.type.scale > 300:
            raise not_in_sql("so many decimal places cannot become a floating-point number in the database")
        if piece.bound <= 10**150:
            return joined("{0}::float8", _atom(piece), type=NUMBER)
        return _fenced("abs(v) <= '1e150'::numeric", "v::float8", _numeric(piece), type=NUMBER)

    def as_decimal(self, piece: Piece, type: Type) -> Piece:
        bound = piece.bound * 10 ** (type.scale - piece.type.scale)
        return replace(_numeric(piece), type=type, bound=bound)

    def rounded(self, piece: Piece, type: Type) -> Piece:
        if type.scale >= piece.type.scale:
            return self.as_decimal(piece, type)
        bound = piece.bound // 10 ** (piece.type.scale - type.scale) + 1
        return joined(f"round({{0}}, {type.scale})", piece, type=type, bound=bound, shape="wide")

    def cut(self, piece: Piece) -> Piece:
        return joined("trunc({0})", piece, type=INT, bound=piece.bound // 10**piece.type.scale + 1, shape="wide")

    def negative(self, piece: Piece) -> Piece:
        if piece.type.name == "duration":
            return _span("-v", piece)
        piece = piece if piece.type.name == "number" or piece.bound <= INT_MAX else _numeric(piece)
        inner = _atom(piece)
        return joined("(-{0})", inner, type=piece.type, bound=piece.bound, shape=piece.shape)

    def magnitude(self, piece: Piece) -> Piece:
        if piece.type.name == "duration":
            return _span("abs(v)", piece)
        piece = piece if piece.type.name == "number" or piece.bound <= INT_MAX else _numeric(piece)
        return joined("abs({0})", piece, type=piece.type, bound=piece.bound, shape=piece.shape)

    def extreme(self, function: str, pieces: Sequence[Piece], type: Type) -> Piece:
        word = "least" if function == "min" else "greatest"
        pieces = self.alike(list(pieces))
        collate = ' COLLATE "C"' if type.name == "time" else ""
        names = ", ".join(f"v{at}" for at in range(len(pieces)))
        listed = ", ".join(f"{{{at}}}{collate} AS v{at}" for at in range(len(pieces)))
        found = f"CASE WHEN num_nulls({names}) = 0 THEN {word}({names}) END"
        pattern = f"(SELECT {found} FROM (SELECT {listed} OFFSET 0) fence)"
        shape: Any = "wide" if any(one.shape == "wide" for one in pieces) else pieces[0].shape
        operands = [_atom(one) for one in pieces]
        return joined(pattern, *operands, type=type, bound=max(one.bound for one in pieces), shape=shape)

    def temporal(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        kinds = (left.type.name, right.type.name)
        if kinds == ("date", "date"):
            return joined(f"({{0}} - {{1}})::bigint * {MICROS_A_DAY}", left, right, type=type, strength=MULTIPLY)
        if kinds == ("instant", "instant"):
            return joined("{0} - {1}", _micros(left), _micros(right), type=type, strength=ADD)
        if kinds[0] == "date":
            pattern = f"({{0}} - DATE '0001-01-01')::bigint {operator} {{1}} / {MICROS_A_DAY}"
            days = joined(pattern, _atom(left), _atom(right), type=INT)
            return _fenced(f"v BETWEEN 0 AND {_DAYS}", "DATE '0001-01-01' + v::int", days, type=type)
        if kinds[0] == "instant":
            moved = joined(f"{{0}}::numeric {operator} {{1}}::numeric", _atom(_micros(left)), _atom(right), type=type)
            made = _fenced(f"v BETWEEN {_INSTANTS[0]} AND {_INSTANTS[1]}", "v::bigint", moved, type=type)
            return replace(made, shape="micros")
        return _span("v", joined(f"{{0}}::numeric {operator} {{1}}::numeric", _atom(left), _atom(right), type=type))

    def date_part(self, function: str, piece: Piece) -> Piece:
        if function == "monthDay":
            return joined("to_char({0}, 'MM-DD')", piece, type=STRING)
        return joined(f"extract({_DATE_PARTS[function]} FROM {{0}})::bigint", piece, type=INT, bound=9999)

    def local_date(self, piece: Piece, zone: Piece) -> Piece:
        local = joined("({0} AT TIME ZONE {1})::date", _atom(_native(piece)), zone, type=DATE)
        return _fenced("v BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'", "v", local, type=DATE)

    def written(self, piece: Piece) -> Piece:
        if piece.type.name == "decimal":
            return joined(f"round({{0}}, {piece.type.scale})::text", piece, type=STRING)
        if piece.type.name == "date":
            return joined("to_char({0}, 'YYYY-MM-DD')", piece, type=STRING)
        return piece if piece.type.name == "string" else joined("{0}::text", _atom(piece), type=STRING)

    def trimmed(self, piece: Piece, white: Piece) -> Piece:
        return joined("btrim({0}, {1})", piece, white, type=STRING)

    def size(self, piece: Piece) -> Piece:
        return joined("length({0})::bigint", piece, type=INT, bound=10**10)

    def found_in(self, function: str, text: Piece, part: Piece) -> Piece:
        if function == "contains":
            return joined("strpos({0}, {1}) > 0", text, part, type=BOOL, strength=COMPARE)
        if function == "startsWith":
            return joined("starts_with({0}, {1})", text, part, type=BOOL)
        return joined("right({0}, length({1})) = {1}", text, _atom(part), type=BOOL, strength=COMPARE)

    def equal(self, left: Piece, right: Piece, *, negated: bool) -> Piece:
        return super().equal(*self.alike([left, right]), negated=negated)

    def matches(self, left: Piece, right: Piece) -> Piece:
        left, right = self.alike([left, right])
        if right.is_column and left.constant:
            left, right = right, left
        if left.is_column and right.constant and right.nullable:  # IS NOT DISTINCT FROM would use no index
            pattern = "({0} = {1} OR ({0} IS NULL AND {1} IS NULL))"
            return joined(pattern, left, right, type=BOOL)
        return super().matches(left, right)

    def ordered(self, operator: str, left: Piece, right: Piece) -> Piece:
        left, right = self.alike([left, right])
        collate = ' COLLATE "C"' if left.type.name in ("string", "time") else ""
        right = _atom(right) if collate else right
        return joined(f"{{0}} {operator} {{1}}{collate}", left, right, type=BOOL, strength=COMPARE)

    def alike(self, pieces: list[Piece]) -> list[Piece]:
        if pieces[0].type.name == "instant" and any(one.shape == "micros" for one in pieces):
            return [_micros(one) for one in pieces]
        return pieces

    def held(self, piece: Piece, type: Type) -> Piece:
        limit = digits_bound(type)
        if piece.bound < limit or piece.is_column:
            return piece
        if type.name == "int":
            whole = _fenced(f"v BETWEEN {INT_MIN} AND {INT_MAX}", "v::bigint", _numeric(piece), type=type)
            return replace(whole, bound=limit)
        fitting = _fenced(f"abs(v) < {10 ** (type.precision - type.scale)}", "v", piece, type=type)
        return replace(fitting, bound=limit, shape="wide")

    def result(self, piece: Piece) -> Piece:
        if piece.type.name == "instant":
            return _native(piece)
        if piece.type.name == "duration":
            return joined("{0} / 1000000", piece, type=piece.type, strength=MULTIPLY)
        if piece.shape != "wide" or piece.is_column or piece.bound <= INT_MAX:
            return piece
        scaled = f"v * {10**piece.type.scale}" if piece.type.name == "decimal" else "v"
        return _fenced(f"{scaled} BETWEEN {INT_MIN} AND {INT_MAX}", "v", piece, type=piece.type)


_ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "record": id_of, "time": time.isoformat, "duration": lambda span: span // MICROSECOND,
}


def _atom(piece: Piece) -> Piece:
    return replace(piece, text=piece.inside(ATOM - 1), strength=ATOM)


def _numeric(piece: Piece) -> Piece:
    if piece.shape == "wide":
        return piece
    return replace(_atom(piece), text=f"{piece.inside(ATOM - 1)}::numeric", shape="wide", is_column=False)


def _fenced(test: str, found: str, piece: Piece, *, type: Type) -> Piece:
    """The value `found` of v where the test on v holds, else NULL; the piece is evaluated once, and before."""
    pattern = f"(SELECT CASE WHEN {test} THEN {found} END FROM (SELECT {{0}} AS v OFFSET 0) fence)"
    return joined(pattern, piece, type=type, nullable=True)


def _span(found: str, piece: Piece) -> Piece:
    """A duration worked out of v without overflow."""
    wide = joined("{0}::numeric", _atom(piece), type=piece.type)
    return _fenced(f"{found} BETWEEN {INT_MIN} AND {INT_MAX}", f"({found})::bigint", wide, type=Type("duration"))


def _micros(piece: Piece) -> Piece:
    if piece.shape == "micros":
        return piece
    return joined("(extract(epoch FROM {0}) * 1000000)::bigint", piece, type=piece.type, shape="micros")


def _native(piece: Piece) -> Piece:
    if piece.shape != "micros":
        return piece
    days = f"(v / {MICROS_A_DAY})::int * interval '1 day'"
    rest = f"mod(v, {MICROS_A_DAY}) * interval '1 microsecond'"
    moment = f"(timestamp '1970-01-01' + {days} + {rest}) AT TIME ZONE 'UTC'"
    return joined(f"(SELECT {moment} FROM (SELECT {{0}} AS v OFFSET 0) fence)", piece, type=piece.type)

