"""Terms: how one database says what formulas are made of; what both say alike is said here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from kartotek.formula.limits import INT_MAX
from kartotek.formula.types import BOOL, INT, STRING
from kartotek.model.formula import Type
from kartotek.storage.formula_pieces import (
    ADD,
    COMPARE,
    MULTIPLY,
    NOT,
    UNBOUNDED,
    Piece,
    bounded,
    joined,
    not_in_sql,
)

MICROS_A_DAY = 86_400_000_000
UNITS: Mapping[str, int] = {"days": MICROS_A_DAY, "hours": 3_600_000_000, "minutes": 60_000_000, "seconds": 1_000_000}
LAST_SECOND = INT_MAX // 1_000_000  # a duration of more seconds does not fit 64 bit of microseconds


class Terms(ABC):
    """Stateless. Operands come in the types that the operation wants; decimals that are added have one scale."""

    name: ClassVar[str]
    same: ClassVar[str]
    different: ClassVar[str]

    # constants and columns

    @abstractmethod
    def placeholder(self, type: Type, bound: int = INT_MAX) -> str:
        """Where a parameter of this type goes; `bound` is the greatest magnitude of a number."""

    def null(self, type: Type) -> str:
        """NULL of a type."""
        return self.placeholder(type).replace("?", "NULL") if type.name != "null" else "NULL"

    @abstractmethod
    def encode(self, type: Type) -> Callable[[Any], Any]:
        """Python value → driver value, never given None."""

    @abstractmethod
    def column(self, text: str, type: Type) -> Piece:
        """A column holding values of this type."""

    @abstractmethod
    def elements(self, text: str, alias: str, of: Type) -> tuple[str, str]:
        """(what to select from, the element) of a column that holds a JSON list."""

    @abstractmethod
    def among(self, piece: Piece, values: Any, of: Type) -> Piece:
        """Whether a value is in a list of the environment; `values` is a parameter giving the list."""

    # numbers

    @abstractmethod
    def arithmetic(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        """+ - * on whole or on decimal numbers; % and div on whole ones."""

    @abstractmethod
    def floating(self, operator: str, left: Piece, right: Piece) -> Piece:
        """+ - * / on floating-point numbers."""

    @abstractmethod
    def as_number(self, piece: Piece) -> Piece:
        """A whole or decimal number as a floating-point one."""

    @abstractmethod
    def as_decimal(self, piece: Piece, type: Type) -> Piece:
        """A whole number, or a decimal one of smaller scale, at the scale of the type."""

    @abstractmethod
    def rounded(self, piece: Piece, type: Type) -> Piece:
        """A decimal number at the scale of the type, half away from zero."""

    @abstractmethod
    def cut(self, piece: Piece) -> Piece:
        """The whole part of a decimal number."""

    @abstractmethod
    def negative(self, piece: Piece) -> Piece:
        """-x, of a number or a duration."""

    @abstractmethod
    def magnitude(self, piece: Piece) -> Piece:
        """abs(x), of a number or a duration."""

    @abstractmethod
    def extreme(self, function: str, pieces: Sequence[Piece], type: Type) -> Piece:
        """min or max."""

    # time

    @abstractmethod
    def temporal(self, operator: str, left: Piece, right: Piece, type: Type) -> Piece:
        """+ - * on dates, instants and durations; of two kinds the duration stands on the right, of * the number."""

    @abstractmethod
    def date_part(self, function: str, piece: Piece) -> Piece:
        """year, month, day, weekday, monthDay."""

    @abstractmethod
    def local_date(self, piece: Piece, zone: Piece) -> Piece:
        """The date of an instant in a zone."""

    # texts and comparisons

    @abstractmethod
    def written(self, piece: Piece) -> Piece:
        """string(x)."""

    @abstractmethod
    def trimmed(self, piece: Piece, white: Piece) -> Piece:
        """trim(x)."""

    @abstractmethod
    def found_in(self, function: str, text: Piece, part: Piece) -> Piece:
        """startsWith, endsWith, contains."""

    @abstractmethod
    def ordered(self, operator: str, left: Piece, right: Piece) -> Piece:
        """< <= > >=."""

    @abstractmethod
    def held(self, piece: Piece, type: Type) -> Piece:
        """A whole or decimal number, NULL where a field of the type could not hold it."""

    @abstractmethod
    def result(self, piece: Piece) -> Piece:
        """The value as a column of its type would have it; a number that no column could hold is NULL."""

    def equal(self, left: Piece, right: Piece, *, negated: bool) -> Piece:
        """Whether both are the same, two NULLs included; never NULL."""
        sign = self.different if negated else self.same
        if not left.nullable and not right.nullable:
            sign = "<>" if negated else "="
        return joined(f"{{0}} {sign} {{1}}", left, right, type=BOOL, strength=COMPARE, nullable=False)

    def matches(self, left: Piece, right: Piece) -> Piece:
        """Whether both are the same, in a way that an index can serve; NULL may stand for false."""
        if left.nullable and right.nullable:
            return self.equal(left, right, negated=False)
        return joined("{0} = {1}", left, right, type=BOOL, strength=COMPARE)

    def alike(self, pieces: list[Piece]) -> list[Piece]:
        """Values of one type in one form, to be compared or chosen between."""
        return pieces

    def whole_units(self, function: str, piece: Piece) -> Piece:
        """The whole days, hours, minutes or seconds of a duration."""
        unit = UNITS[function]
        return joined(f"{{0}} / {unit}", piece, type=INT, strength=MULTIPLY, bound=INT_MAX // unit)

    def size(self, piece: Piece) -> Piece:
        """How many characters."""
        return joined("length({0})", piece, type=INT, bound=10**10)

    def cased(self, function: str, piece: Piece) -> Piece:
        """lower and upper, by the functions that storage makes on both databases."""
        return joined(f"kartotek_{function}({{0}})", piece, type=STRING)

    def glued(self, left: Piece, right: Piece) -> Piece:
        """left + right of texts."""
        return joined("{0} || {1}", left, right, type=STRING, strength=ADD)

    def inverted(self, piece: Piece) -> Piece:
        """!x."""
        return joined("NOT {0}", piece, type=BOOL, strength=NOT)

    def settled(self, piece: Piece, default: bool) -> Piece:
        """A condition that is never NULL."""
        if not piece.nullable:
            return piece
        return joined(f"coalesce({{0}}, {self.truth(default)})", piece, type=BOOL, nullable=False)

    @abstractmethod
    def truth(self, value: bool) -> str:
        """true or false as text."""

    def prefix_range(self, text: Piece, prefix: str) -> Piece | None:
        """startsWith a known prefix as a range of the order of code points, which an index can serve."""
        after = _successor(prefix)
        if not text.is_column or after is None:
            return None
        place = self.placeholder(STRING)
        pattern = f"({text.text} >= {place} AND {text.text} < {place})"
        return bounded(replace(text, text=pattern, type=BOOL, params=(prefix, after), is_column=False))


def id_of(value: Any) -> int:
    """The id of a record, or the whole number it is compared with; one that is no id of any record becomes -1."""
    id: int = getattr(value, "id", value)
    return id if 0 <= id <= INT_MAX else -1


def digits_bound(type: Type) -> int:
    """The greatest magnitude of a whole number or scaled decimal that is stored with this type."""
    if type.name == "int" and type.precision >= 18:
        return INT_MAX + 1
    return 10**type.precision if type.name in ("int", "decimal") else INT_MAX + 1


def result_bound(operator: str, left: Piece, right: Piece) -> int:
    """How large a result can be."""
    if operator == "*":
        return min(left.bound * right.bound, UNBOUNDED)
    if operator == "%":
        return min(left.bound, right.bound)
    return left.bound if operator == "div" else min(left.bound + right.bound, UNBOUNDED)




def refused_list(of: Type) -> Exception:
    """The error for a list of the environment whose elements have no SQL form."""
    return not_in_sql(f"a list of {of.name} values cannot be searched in the database")


def _successor(prefix: str) -> str | None:
    """The least text after all texts with this prefix; None if there is none."""
    for at in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[at]) + 1
        if code <= 0x10FFFF:
            return prefix[:at] + chr(0xE000 if code == 0xD800 else code)
    return None
