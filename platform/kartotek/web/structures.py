"""Structures: what of a foreign JSON value can be shown as groups, tables, boxes and lines instead of as text.

This is for forms only. What is stored is the JSON value as it was sent, and what it may be is judged by its schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.kinds.equality import canonical
from kartotek.kinds.typed_lines import are_lines
from kartotek.model.field import Field, Option
from kartotek.model.frozen import EMPTY
from kartotek.model.naming import titles_of_names
from kartotek.web.fragments import Fragment

MOST_MEMBERS = 24
MOST_COLUMNS = 6
DEEPEST = 3
_LONG = 300
_FORMATS = {"date": "date", "email": "email", "uri": "url", "uuid": "uuid", "date-time": "instant"}
_SCALARS = {"boolean": "boolean", "integer": "integer", "number": "number"}
_LINES = {"string": "text", "integer": "integer", "number": "number"}


def structured(field: Field, root: Mapping[str, Any], value: Any, timezone: str) -> Field:
    """The field as controls can show it, or as it is where its value (None: there is none) would not fit into them."""
    if field.kind != "json":
        return field
    made = _Shaper(root, timezone).shaped(field, field.fragment, 1)
    return made if made is not None and (value is None or fits(made, value)) else field


def fits(field: Field, value: Any) -> bool:
    """Whether the control can show the value and give it back, what it has no controls for put aside."""
    if field.kind == "object":
        return isinstance(value, dict) and all(fits(one, value[one.name]) for one in field.fields if one.name in value)
    if field.kind == "rows":
        return isinstance(value, list) and all(_is_row(field, row) for row in value)
    if field.kind == "choices":
        known = [canonical(one.value) for one in field.options]
        return isinstance(value, list) and all(canonical(one) in known for one in value)
    if lines := field.settings.get("lines"):
        return are_lines(value, lines)
    return field.kind == "json" or _returns(field, value)


def tells(field: Field, value: Any) -> bool:
    """Whether the value can be read from the field's parts alone: it fits, and there is nothing in it besides."""
    if field.kind == "object":
        by_name = {one.name: one for one in field.fields}
        return isinstance(value, dict) and all(name in by_name and tells(by_name[name], inner) for name, inner in value.items())
    return fits(field, value)


def _is_row(field: Field, row: Any) -> bool:
    """A row into which nothing was put would not be sent at all."""
    by_name = {one.name: one for one in field.fields}
    known = isinstance(row, dict) and row.keys() <= by_name.keys() and any(value not in (None, "", False) for value in row.values())
    return known and all(fits(by_name[name], value) for name, value in row.items())


def _returns(field: Field, value: Any) -> bool:
    if value is None or value == "":  # the control is empty, and while nobody touches it the value stays
        return True
    if field.kind == "choice":
        return canonical(value) in [canonical(one.value) for one in field.options]
    types: Mapping[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int,), "number": (int, float)}
    return type(value) in types.get(field.kind, (str,))


class _Shaper:
    """Makes the fields of one type's forms."""

    def __init__(self, root: Mapping[str, Any], timezone: str) -> None:
        self.root = root
        self.timezone = timezone

    def shaped(self, field: Field, schema: Any, depth: int) -> Field | None:
        """The JSON field as a group, a table, boxes or lines; None where it can only be text."""
        fragment = Fragment.of(schema, self.root)
        if fragment is None or depth > DEEPEST:
            return None
        if fragment.type == "object":
            return self._group(field, fragment, depth)
        return self._list(field, fragment, depth) if fragment.type == "array" else None

    def _group(self, field: Field, fragment: Fragment, depth: int) -> Field | None:
        members = self._members(fragment, depth)
        if not 0 < len(members) <= MOST_MEMBERS:
            return None
        return replace(field, kind="object", fields=members, settings=MappingProxyType({"structured": True}))

    def _list(self, field: Field, fragment: Fragment, depth: int) -> Field | None:
        items = Fragment.of(fragment.keys.get("items"), self.root)
        if items is None:
            return None
        if items.options and fragment.keys.get("uniqueItems") is True:
            return replace(field, kind="choices", options=_options(items), settings=EMPTY)
        if items.type == "object":
            columns = self._members(items, DEEPEST)
            flat = all(one.kind not in ("json", "object", "rows", "choices") for one in columns)
            if flat and 0 < len(columns) <= MOST_COLUMNS:
                return replace(field, kind="rows", fields=columns, settings=MappingProxyType({"structured": True}))
        if items.type in _LINES and not items.options:
            return replace(field, settings=MappingProxyType({"lines": _LINES[items.type]}))
        return None

    def _members(self, fragment: Fragment, depth: int) -> tuple[Field, ...]:
        required = fragment.keys.get("required", ())
        titles = titles_of_names(fragment.members)
        members = (self._member(name, inner, titles[name], depth) for name, inner in fragment.members.items())
        # of three answers one is none at all: a group into which nothing is put must stay empty
        return tuple(replace(one, required=one.name in required and one.kind != "boolean") for one in members)

    def _member(self, name: str, schema: Any, title: str, depth: int) -> Field:
        fragment = Fragment.of(schema, self.root) or Fragment({}, "", ())
        keys = fragment.keys
        field = Field(
            name=name, kind=_kind(fragment), column="", title=_text(keys.get("title")) or title, description=_text(keys.get("description")),
            options=_options(fragment), fragment=schema if isinstance(schema, Mapping) else EMPTY,
        )  # fmt: skip
        if field.kind == "instant":
            return replace(field, settings=MappingProxyType({"timezone": self.timezone}))
        return (self.shaped(field, schema, depth + 1) or field) if field.kind == "json" else field


def _kind(fragment: Fragment) -> str:
    if fragment.options:
        return "choice"
    if fragment.type == "string":
        longest = fragment.keys.get("maxLength", 0)
        return _FORMATS.get(fragment.keys.get("format", ""), "longtext" if isinstance(longest, int) and longest > _LONG else "text")
    return _SCALARS.get(fragment.type, "json")


def _options(fragment: Fragment) -> tuple[Option, ...]:
    return tuple(Option(value, title) for value, title in fragment.options)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
