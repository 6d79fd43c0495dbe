"""Formula: a checked expression, its type and everything it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

TypeName = Literal[
    "bool", "int", "number", "decimal", "string", "date", "time", "instant", "duration",
    "null", "list", "record", "row", "user", "meta", "json",
]


@dataclass(frozen=True, slots=True)
class Type:
    """A formula's type. A reference to a record and the record itself have one type: record(of its type's name)."""

    name: TypeName
    of: Type | None = None  # what a list holds
    record: str = ""  # the record type's name; for a row "order.lines"
    scale: int = 0  # of a decimal
    precision: int = 18
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Literal_:
    """A constant: bool, int, Decimal, str, date, datetime, timedelta or None."""

    value: Any
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A name in scope: record, old, user, now, today, row, item, meta, or the variable of exists/all."""

    name: str
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name` or `target["name"]`: a field, a member of a small object, a sub-table, an inverse or a system value."""

    target: Node
    name: str
    type: Type
    start: int
    end: int
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Unary:
    """`!x` or `-x`."""

    operator: str
    operand: Node
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right`, with the operators of the language, `in` among them."""

    operator: str
    left: Node
    right: Node
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Conditional:
    """`test ? then : otherwise`; an unknown test chooses `otherwise`."""

    test: Node
    then: Node
    otherwise: Node
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Node, ...]
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A documented function; a method call has its receiver as first argument."""

    function: str
    arguments: tuple[Node, ...]
    type: Type
    start: int
    end: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Quantified:
    """`target.exists(variable, condition)` or `.all(…)`; an unknown condition does not match."""

    quantifier: Literal["exists", "all"]
    target: Node
    variable: str
    condition: Node
    type: Type
    start: int
    end: int
    nullable: bool = False


Node = Literal_ | Name | Member | Unary | Binary | Conditional | ListOf | Call | Quantified


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been checked against a scope.

    `paths` are all it reads, from a root name down, "*" standing for each element of a list:
    ("record", "person", "phone"), ("record", "lines", "*", "price"), ("user", "id").
    `fields` are the declared fields among them, as (record type's name or "type.subtable", field name).
    """

    source: str
    node: Node
    type: Type
    nullable: bool
    paths: frozenset[tuple[str, ...]]
    fields: frozenset[tuple[str, str]]

    @property
    def roots(self) -> frozenset[str]:
        """The names in scope that it uses."""
        return frozenset(path[0] for path in self.paths)


def formulas_in(declared: Any) -> Iterator[Formula]:
    """Every formula within what is declared, however deep."""
    if isinstance(declared, Formula):
        yield declared
    elif isinstance(declared, Mapping):
        for one in declared.values():
            yield from formulas_in(one)
    elif isinstance(declared, tuple | list):
        for one in declared:
            yield from formulas_in(one)
    elif is_dataclass(declared) and not isinstance(declared, type):
        for each in fields(declared):
            yield from formulas_in(getattr(declared, each.name))
