"""Posted: a record's values as the strings of a form, and back.

A form is a flat mapping {path: strings}. The path of a control is the JSON Pointer of its value, "/lines/0/price", which is
also where problems point; the strings under a sub-table's own path, "/lines", are the names of its rows in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer

Strings = Mapping[str, Sequence[str]]
LONGEST_SUBTABLE = 1000
_LINE_END = re.compile("\r\n?")


def strings_of(fields: Iterable[Field], wire: Mapping[str, Any], language: str, prefix: str = "") -> dict[str, list[str]]:
    """The form of a record's values."""
    found: dict[str, list[str]] = {}
    for field in fields:
        value, path = wire.get(field.name), prefix + pointer(field.name)
        if field.kind == "object":
            found |= strings_of(field.fields, value or {}, language, path)
        elif field.kind == "rows":
            found[path] = [str(place) for place in range(len(value or ()))]
            for place, row in enumerate(value or ()):
                found |= strings_of(field.fields, row, language, f"{path}/{place}")
        elif value is not None or (field.name in wire and _offers_null(field)):
            found[path] = kind_of(field).to_form(field, value, language)
        else:
            found[path] = []
    return found


def _offers_null(field: Field) -> bool:
    """Whether an explicit null is one of the options, and so another answer than none."""
    return any(one.value is None for one in field.options)


def wire_of(fields: Iterable[Field], strings: Strings, language: str, prefix: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """The values of a form, without what is empty, and every problem of reading them. Rows must stand under 0, 1, 2 …"""
    wire: dict[str, Any] = {}
    problems: list[Problem] = []
    for field in fields:
        value, wrong = _value(field, strings, language, prefix + pointer(field.name))
        problems += wrong
        if value is not MISSING:
            wire[field.name] = value
    return wire, problems


def _value(field: Field, strings: Strings, language: str, path: str) -> tuple[Any, list[Problem]]:
    if field.kind == "object":
        members, problems = wire_of(written(field.fields), strings, language, path)
        return (members if members or _stands_empty(field) else MISSING), problems
    if field.kind == "rows":
        rows, problems = [], []
        for place in range(len(strings.get(path, ()))):
            row, wrong = wire_of(written(field.fields), strings, language, f"{path}/{place}")
            rows.append(row)
            problems += wrong
        return (rows if rows or _stands_empty(field) else MISSING), problems
    try:
        return kind_of(field).from_form(field, strings.get(path, ()), language), []
    except Refused as refused:
        return MISSING, [one.under("/fields" + path) for one in refused.problems]


def _stands_empty(field: Field) -> bool:
    """Whether an empty one is sent where it is demanded, so that its schema says what is missing in it."""
    return field.required and bool(field.settings.get("structured", False))


def with_plain_ends(text: str) -> str:
    """The text with every line's end as a line feed; browsers send CR LF, whatever it was."""
    return _LINE_END.sub("\n", text)


def written(fields: Iterable[Field]) -> list[Field]:
    """The fields a form has controls for: those that follow from others have none."""
    return [field for field in fields if not field.is_derived and not field.read_only and field.kind != "autonumber"]


def renumbered(fields: Iterable[Field], strings: Strings) -> dict[str, list[str]]:
    """The form with the rows of every sub-table under 0, 1, 2 … in their order."""
    found = {path: list(values) for path, values in strings.items()}
    for _, path in _tables(fields, ""):
        _renumber(path, found)
    return found


def without_blank_rows(fields: Iterable[Field], strings: Strings) -> dict[str, list[str]]:
    """The form without the rows into which nothing was put."""
    found = {path: list(values) for path, values in strings.items()}
    for field, path in _tables(fields, ""):
        found[path] = [name for name in found.get(path, ()) if not _is_blank(field, _row(found, f"{path}/{name}"))]
    return found


def _tables(fields: Iterable[Field], prefix: str) -> Iterator[tuple[Field, str]]:
    """Every sub-table with its path, those inside small objects too."""
    for field in fields:
        path = prefix + pointer(field.name)
        if field.kind == "rows":
            yield field, path
        elif field.kind == "object":
            yield from _tables(field.fields, path)


def _renumber(path: str, strings: dict[str, list[str]]) -> None:
    names = list(dict.fromkeys(strings.get(path, ())))[:LONGEST_SUBTABLE]
    rows = [_row(strings, f"{path}/{name}") for name in names]
    for one in [one for one in strings if one.startswith(f"{path}/")]:
        del strings[one]
    strings[path] = [str(place) for place in range(len(rows))]
    for place, row in enumerate(rows):
        strings |= {f"{path}/{place}{tail}": values for tail, values in row.items()}


def _row(strings: Strings, prefix: str) -> dict[str, list[str]]:
    """What stands under a row, by what follows the row's own path: "/price"."""
    return {path[len(prefix):]: list(values) for path, values in strings.items() if path.startswith(prefix + "/")}


def _is_blank(field: Field, row: Strings) -> bool:
    """Whether nothing was put into a row but what a new one holds anyway."""
    return all(_is_fresh(member, [one for one in row.get(pointer(member.name), ()) if one]) for member in field.fields)


def _is_fresh(field: Field, strings: Sequence[str]) -> bool:
    if not strings or (field.kind == "boolean" and strings[-1] == "false"):
        return True
    default = field.default
    return default is not MISSING and default is not None and strings == kind_of(field).to_form(field, default, "en")


def differs(field: Field, posted: Any, stored: Any) -> bool:
    """Whether a posted value (MISSING for an empty control) is another than the stored one; empty is empty in every form."""
    if posted is None and stored is MISSING:  # an explicit null was chosen
        return True
    if _is_empty(posted) or _is_empty(stored):
        return not (_is_empty(posted) and _is_empty(stored))
    if field.kind == "choices":  # boxes to tick have no order
        return sorted(map(repr, posted)) != sorted(map(repr, stored))
    return canonical(posted) != canonical(stored)


def _is_empty(wire: Any) -> bool:
    return wire is MISSING or wire is None or wire == "" or wire == [] or wire == {}
