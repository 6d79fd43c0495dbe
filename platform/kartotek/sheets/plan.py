"""Options and Summary: what can be asked of the reading of a spreadsheet, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from kartotek.errors import Invalid
from kartotek.model.frozen import empty
from kartotek.model.problem import Problem, pointer, problem

_ORDERS = ("", "ymd", "dmy", "mdy")
_DELIMITERS = ("", ",", ";", "\t", "|")
_MOST_HEADER_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person decides; what is left empty is decided by evidence.

    `mapping` is {header or letter of a column: path of a field, "" to ignore the column}; `sheet` a name or a number
    from 1; `header_rows` how many lines the header has, 0 for none; `today` (YYYY-MM-DD) places years of two digits.
    """

    sheet: str = ""
    header_rows: int | None = None
    mapping: Mapping[str, str] = field(default_factory=empty)
    encoding: str = ""
    delimiter: str = ""
    date_order: str = ""
    decimal_comma: bool | None = None
    today: str = ""

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Options:
        """Options as they travel. Raises Invalid for what is unknown or of a wrong type."""
        problems = [problem(pointer(key), "unknown_key", name=key) for key in wire if key not in _EXPECTED]
        problems += [
            problem(pointer(key), "type", expected=expected)
            for key, (expected, fits) in _EXPECTED.items()
            if key in wire and not fits(wire[key])
        ]
        if problems:
            raise Invalid(problems)
        return cls(**wire)

    def wire(self) -> dict[str, Any]:
        """{option: value}, so that `of` gives the same options back."""
        return {one.name: getattr(self, one.name) for one in fields(self)} | {"mapping": dict(self.mapping)}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(one, str) for pair in value.items() for one in pair)


def _is_count(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= _MOST_HEADER_ROWS)


_EXPECTED: Mapping[str, tuple[str, Any]] = {
    "sheet": ("text", _is_text),
    "header_rows": (f"a whole number from 0 to {_MOST_HEADER_ROWS}", _is_count),
    "mapping": ("an object of texts", _is_mapping),
    "encoding": ("text", _is_text),
    "delimiter": ("a comma, a semicolon, a tab or a vertical bar", _DELIMITERS.__contains__),
    "date_order": ("ymd, dmy or mdy", _ORDERS.__contains__),
    "decimal_comma": ("true or false", lambda value: value in (None, True, False)),
    "today": ("text", _is_text),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the sheet. `field` is the path it goes to, "" for none; `how` it was found: name, title, alias, given.

    `reason` says why it goes nowhere: unknown, ignored, read_only, file, nested, no_header, duplicate, currency.
    """

    letter: str
    header: str
    field: str = ""
    how: str = ""
    reason: str = ""
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that was applied, with how often; `column` and `field` are "" where it is about the whole file."""

    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=empty)
    count: int = 0
    column: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Rows that hold no record, all for one reason; `rows` are the first of them as (row, text)."""

    reason: str
    message: str
    count: int
    rows: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What was read and how. Where `problems` is not empty, nothing was prepared: they are about the file as a whole."""

    file: str
    sheet: str = ""
    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    seen: int = 0
    good: int = 0
    bad: int = 0
    skipped: tuple[Skipped, ...] = ()
    header_rows: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    missing: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    notes: tuple[Rule, ...] = ()
    sheets: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The summary as JSON."""
        return {one.name: _wire(getattr(self, one.name)) for one in fields(self)}

    @classmethod
    def of(cls, wire: Mapping[str, Any]) -> Summary:
        """The summary that `wire` was made from."""
        made = dict(wire) | {
            "skipped": tuple(Skipped(**{**one, "rows": tuple(map(tuple, one["rows"]))}) for one in wire["skipped"]),
            "columns": tuple(Column(**{**one, "samples": tuple(one["samples"])}) for one in wire["columns"]),
            "rules": tuple(Rule(**one) for one in wire["rules"]),
            "notes": tuple(Rule(**one) for one in wire["notes"]),
            "problems": tuple(Problem(**one) for one in wire["problems"]),
        }
        plain: dict[str, Any] = {key: tuple(one) if isinstance(one, list) else one for key, one in made.items()}
        return cls(**plain)


def _wire(value: Any) -> Any:
    if isinstance(value, Problem):
        return value.wire()
    if isinstance(value, tuple):
        return [_wire(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {one.name: _wire(getattr(value, one.name)) for one in fields(value)}
    return dict(value) if isinstance(value, Mapping) else value
