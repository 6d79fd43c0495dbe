"""Kind: what every sort of field must be able to do, and ColumnSpec, the database column in abstract."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NoReturn

from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.problem import Problem, problem
from kartotek.model.settings import SiteSettings

ColumnType = Literal["text", "integer", "double", "boolean", "decimal", "date", "instant", "json", "wire", "sealed", "blind"]
Convert = Callable[[Any], Any]
SINGLE = ("eq", "ne", "in", "notIn", "empty")  # the filter operators of values without an order
ORDERED = ("eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "notIn", "empty")  # and of those with one


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """An abstract column; values: str, int (64 bit), float, bool, Decimal, date, aware UTC datetime, JSON value.

    "wire" is JSON that comes back as it was written: members in their order, numbers with all their digits.
    "sealed" is a JSON value that is encrypted on its way into the database, "blind" a text by which it is found there.
    """

    type: ColumnType
    precision: int = 18
    scale: int = 0


class Refused(Exception):
    """A wire value a kind does not take; `problems` have paths relative to the value ("" is the value itself)."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def refuse(code: str, path: str = "", **params: Any) -> NoReturn:
    """Raises Refused with one problem, at the value itself unless a path is given."""
    raise Refused(problem(path, code, **params))


def refuse_setting(path: str, sentence: str) -> NoReturn:
    """Raises Refused for a keyword of a schema fragment that cannot be meant as it stands."""
    raise Refused(Problem(path, "setting", sentence))


class Kind(ABC):
    """A stateless strategy. Methods that answer a Convert are called once per field when a catalog is compiled;
    None means that nothing needs converting.
    """

    name: ClassVar[str]
    keywords: ClassVar[frozenset[str]] = (
        frozenset()
    )  # the JSON Schema keywords of validation it enforces, but type and format

    @abstractmethod
    def claims(self, fragment: Mapping[str, Any]) -> bool:
        """Whether a schema fragment is of this kind; kinds are asked in the order of the registry."""

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        """The fragment's keywords as this kind's settings. Raises Refused with pointers into the fragment."""
        return {}

    @abstractmethod
    def column(self, field: Field) -> ColumnSpec | None:
        """The column, or None where the values live in tables or columns of their own."""

    @abstractmethod
    def parse(self, field: Field) -> Convert:
        """wire → value; the answer raises Refused. It is never given None."""

    def wire(self, field: Field) -> Convert | None:
        """value → wire, never given None."""
        return None

    def to_column(self, field: Field) -> Convert | None:
        """value → column value; the answer may be None for what the column cannot hold, which is then kept as JSON."""
        return None

    def from_column(self, field: Field) -> Convert | None:
        """column value → value, never given None."""
        return None

    @abstractmethod
    def formula_type(self, field: Field) -> Type:
        """What formulas see."""

    def operators(self, field: Field) -> tuple[str, ...]:
        """The shorthand filter operators that make sense, see model.query.Operator."""
        return SINGLE

    @abstractmethod
    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        """Form strings → wire, or MISSING for an empty control. Raises Refused only where parse could not do better."""

    @abstractmethod
    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        """Wire (never None) → form strings, so that from_form gives the same wire back."""

    @abstractmethod
    def text(self, field: Field, wire: Any, language: str) -> str:
        """Wire (never None) → the text of lists, titles and exports, in the reader's language."""

    @abstractmethod
    def json_schema(self, field: Field) -> dict[str, Any]:
        """The JSON Schema (2020-12) of the wire, for OpenAPI and for judging alike; null is added by the caller."""
