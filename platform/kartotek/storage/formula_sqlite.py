"""Formulas on SQLite: 64-bit arithmetic where it suffices, registered functions where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any

from kartotek.formula.arithmetic import EXACT, MICROSECOND
from kartotek.formula.limits import INT_MAX
from kartotek.formula.types import BOOL, INT, NUMBER, STRING
from kartotek.model.formula import Type
from kartotek.storage.formula_pieces import ADD, ATOM, COMPARE, MULTIPLY, Piece, joined
from kartotek.storage.formula_sqlite_functions import micros_of, narrow_or_text
from kartotek.storage.formula_terms import (
    LAST_SECOND,
    MICROS_A_DAY,
    Terms,
    digits_bound,
    id_of,
    refused_list,
    result_bound,
)

_FUNCTIONS: Mapping[str, str] = {
    "+": "kartotek_add", "-": "kartotek_subtract", "*": "kartotek_multiply", "%": "kartotek_mod", "div": "kartotek_div",
}
_DATE_PARTS: Mapping[str, tuple[int, int]] = {"year": (1, 4), "month": (6, 2), "day": (9, 2)}


class SqliteTerms(Terms):
    """Decimals are scaled integers, dates ISO texts, instants and durations microseconds."""

    name = "sqlite"
    same = "IS"
    different = "IS NOT"

    def placeholder(self, type: Type, bound: int = INT_MAX) -> str:
        return "?"

    def truth(self, value: bool) -> str:
        return "1" if value else "0"

    def encode(self, type: Type) -> Callable[[Any], Any]:
        if type.name == "decimal":
            scale = type.scale
            return lambda value: narrow_or_text(int(value.scaleb(scale, EXACT)))
        return _ENCODERS.get(type.name, lambda value: value)

    def column(self, text: str, type: Type) -> Piece:
        if type.name == "duration":
            text = f"(CASE WHEN {text} BETWEEN -{LAST_SECOND} AND {LAST_SECOND} THEN {text} * 1000000 END)"
            return Piece(text, type)
        return Piece(text, type, bound=digits_bound(type), is_column=True)

    def elements(self, text: str, alias: str, of: Type) -> tuple[str, str]:
        return f"json_each({text}) AS {alias}", f'{alias}."value"'

    def among(self, piece: Piece, values: Any, of: Type) -> Piece:
        if of.name not in ("string", "int", "record") or not _is_narrow(piece):
            raise refused_list(of)
        return replace(
            joined("{0} IN (SELECT value FROM json_each(?))", piece, type=BOOL, strength=COMPARE),
            params=(*piece.params, lambda env: json.dumps(list(values(env)))),
        )

    def arithmetic(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        bound = result_bound(operator, left, right)
        if operator != "div" and operator != "%" and bound <= INT_MAX and _is_narrow(left) and _is_narrow(right):
            strength = MULTIPLY if operator == "*" else ADD
            return joined(f"{{0}} {operator} {{1}}", left, right, type=type, strength=strength, bound=bound)
        made = joined(f"{_FUNCTIONS[operator]}({{0}}, {{1}})", left, right, type=type, bound=bound, shape=_shape(bound))
        return replace(made, nullable=made.nullable or operator in ("%", "div"))

    def floating(self, operator: str, left: Piece, right: Piece) -> Piece:
        return joined(f"kartotek_number('{operator}', {{0}}, {{1}})", left, right, type=NUMBER, nullable=True)

    def as_number(self, piece: Piece) -> Piece:
        scale = piece.type.scale if piece.type.name == "decimal" else 0
        if not scale and _is_narrow(piece):
            return joined("CAST({0} AS REAL)", piece, type=NUMBER)
        return joined(f"kartotek_double({{0}}, {scale})", piece, type=NUMBER, nullable=True)

    def as_decimal(self, piece: Piece, type: Type) -> Piece:
        steps = type.scale - piece.type.scale
        if not steps:
            return replace(piece, type=type)
        if steps < 19:
            factor = Piece(str(10**steps), INT, bound=10**steps, nullable=False)
        else:
            factor = Piece(f"'{10**steps}'", INT, bound=10**steps, nullable=False, shape="wide")
        return self.arithmetic("*", piece, factor, type)

    def rounded(self, piece: Piece, type: Type) -> Piece:
        given = piece.type.scale
        if type.scale >= given:
            return self.as_decimal(piece, type)
        bound = piece.bound // 10 ** (given - type.scale) + 1
        pattern = f"kartotek_round({{0}}, {given}, {type.scale})"
        return joined(pattern, piece, type=type, bound=bound, shape=_shape(bound))

    def cut(self, piece: Piece) -> Piece:
        scale, bound = piece.type.scale, piece.bound // 10**piece.type.scale + 1
        if not scale:
            return replace(piece, type=INT)
        if _is_narrow(piece) and scale < 19:
            return joined(f"{{0}} / {10**scale}", piece, type=INT, strength=MULTIPLY, bound=bound)
        return joined(f"kartotek_div({{0}}, '{10**scale}')", piece, type=INT, bound=bound, shape=_shape(bound))

    def negative(self, piece: Piece) -> Piece:
        if piece.type.name == "duration":
            return joined("kartotek_span_minus({0})", piece, type=piece.type, nullable=True)
        if piece.type.name == "number" or (_is_narrow(piece) and piece.bound <= INT_MAX):
            inner = replace(piece, text=piece.inside(MULTIPLY), strength=ATOM)
            return joined("(-{0})", inner, type=piece.type, bound=piece.bound)
        return joined("kartotek_minus({0})", piece, type=piece.type, bound=piece.bound, shape=_shape(piece.bound))

    def magnitude(self, piece: Piece) -> Piece:
        if piece.type.name == "duration":
            return joined("kartotek_span_abs({0})", piece, type=piece.type, nullable=True)
        if piece.type.name == "number" or (_is_narrow(piece) and piece.bound <= INT_MAX):
            return joined("abs({0})", piece, type=piece.type, bound=piece.bound)
        return joined("kartotek_abs({0})", piece, type=piece.type, bound=piece.bound, shape=_shape(piece.bound))

    def extreme(self, function: str, pieces: Sequence[Piece], type: Type) -> Piece:
        listed = ", ".join(f"{{{at}}}" for at in range(len(pieces)))
        bound = max(one.bound for one in pieces)
        if all(_is_narrow(one) for one in pieces):
            return joined(f"{function}({listed})", *pieces, type=type, bound=bound)
        word = "kartotek_least" if function == "min" else "kartotek_greatest"
        return joined(f"{word}({listed})", *pieces, type=type, bound=bound, shape="wide")

    def temporal(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        kinds = (left.type.name, right.type.name)
        if kinds == ("date", "date"):
            pattern = f"(kartotek_day({{0}}) - kartotek_day({{1}})) * {MICROS_A_DAY}"
            return joined(pattern, left, right, type=type, strength=MULTIPLY)
        if kinds == ("instant", "instant"):
            return joined("{0} - {1}", left, right, type=type, strength=ADD)
        if operator == "*":
            return joined("kartotek_span_times({0}, {1})", left, right, type=type, nullable=True)
        word = {"date": ("date_after", "date_before"), "instant": ("instant_after", "instant_before")}.get(
            left.type.name, ("span_add", "span_subtract")
        )[operator == "-"]
        return joined(f"kartotek_{word}({{0}}, {{1}})", left, right, type=type, nullable=True)

    def date_part(self, function: str, piece: Piece) -> Piece:
        if function == "monthDay":
            return joined("substr({0}, 6, 5)", piece, type=STRING)
        if function == "weekday":
            return joined("(kartotek_day({0}) + 6) % 7 + 1", piece, type=INT, strength=ADD, bound=7)
        start, length = _DATE_PARTS[function]
        return joined(f"CAST(substr({{0}}, {start}, {length}) AS INTEGER)", piece, type=INT, bound=9999)

    def local_date(self, piece: Piece, zone: Piece) -> Piece:
        return joined("kartotek_local_date({0}, {1})", piece, zone, type=Type("date"), nullable=True)

    def written(self, piece: Piece) -> Piece:
        if piece.type.name == "bool":
            return joined("CASE {0} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", piece, type=STRING)
        if piece.type.name == "decimal":
            return joined(f"kartotek_decimal_text({{0}}, {piece.type.scale})", piece, type=STRING)
        if piece.type.name == "int":
            return joined("CAST({0} AS TEXT)", piece, type=STRING)
        return replace(piece, type=STRING)

    def trimmed(self, piece: Piece, white: Piece) -> Piece:
        return joined("trim({0}, {1})", piece, white, type=STRING)

    def found_in(self, function: str, text: Piece, part: Piece) -> Piece:
        if function == "contains":
            return joined("instr({0}, {1}) > 0", text, part, type=BOOL, strength=COMPARE)
        if function == "startsWith":
            return joined("substr({0}, 1, length({1})) = {1}", text, part, type=BOOL, strength=COMPARE)
        return joined("kartotek_ends_with({0}, {1})", text, part, type=BOOL)

    def equal(self, left: Piece, right: Piece, *, negated: bool) -> Piece:
        if _is_narrow(left) and _is_narrow(right):
            return super().equal(left, right, negated=negated)
        made = joined("kartotek_same({0}, {1})", left, right, type=BOOL, nullable=False)
        return self.inverted(made) if negated else made

    def matches(self, left: Piece, right: Piece) -> Piece:
        if _is_narrow(left) and _is_narrow(right):
            return super().matches(left, right)
        return self.equal(left, right, negated=False)

    def ordered(self, operator: str, left: Piece, right: Piece) -> Piece:
        if _is_narrow(left) and _is_narrow(right):
            return joined(f"{{0}} {operator} {{1}}", left, right, type=BOOL, strength=COMPARE)
        return joined(f"kartotek_compare({{0}}, {{1}}) {operator} 0", left, right, type=BOOL, strength=COMPARE)

    def held(self, piece: Piece, type: Type) -> Piece:
        limit = digits_bound(type)
        if piece.bound < limit or piece.is_column:
            return piece
        if type.name == "int":
            return joined("kartotek_narrow({0})", piece, type=type, nullable=True)
        return joined(f"kartotek_within({{0}}, {limit})", piece, type=type, nullable=True, bound=limit)

    def result(self, piece: Piece) -> Piece:
        if piece.type.name == "duration":
            return joined("{0} / 1000000", piece, type=piece.type, strength=MULTIPLY)
        return piece if _is_narrow(piece) else joined("kartotek_narrow({0})", piece, type=piece.type)


_ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "bool": int, "int": narrow_or_text, "record": id_of, "date": date.isoformat,
    "time": time.isoformat, "instant": micros_of, "duration": lambda span: span // MICROSECOND,
}


def _is_narrow(piece: Piece) -> bool:
    return piece.shape == "plain"


def _shape(bound: int) -> Any:
    return "plain" if bound <= INT_MAX else "wide"
