"""rows: a sub-table, an ordered list of rows with fields of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import extension, plain_type
from kartotek.kinds.kind import Convert, Kind, Refused
from kartotek.kinds.lists import LIST_KEYWORDS, check_list, list_schema, list_settings
from kartotek.kinds.nested import (
    from_json_form,
    is_closed_object,
    member_loader,
    nested_text,
    nested_wire,
    to_json_form,
)
from kartotek.kinds.schema import KindOf, object_schema
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.problem import Problem, pointer
from kartotek.model.record import Row
from kartotek.model.settings import SiteSettings


class RowsKind(Kind):
    """The rows live in a table of their own; problems are at /<row>/<field>."""

    name = "rows"
    keywords = LIST_KEYWORDS

    def __init__(self, kind_of: KindOf) -> None:
        self._kind_of = kind_of

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        items = fragment.get("items")
        is_table = plain_type(fragment) == "array" and isinstance(items, Mapping) and is_closed_object(items)
        return is_table and extension(fragment).get("storage") != "json"

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return list_settings(fragment)

    def column(self, field: Field) -> None:
        return None

    def parse(self, field: Field) -> Convert:
        read, checked = member_loader(field.fields, self._kind_of), check_list(field.settings)

        def parse(wire: Any) -> tuple[Row, ...]:
            rows, problems = [], list[Problem]()
            for index, row in enumerate(checked(wire)):
                values, found = read(row)
                rows.append(Row(values))
                problems += [one.under(pointer(index)) for one in found]
            if problems:
                raise Refused(*problems)
            return tuple(rows)

        return parse

    def wire(self, field: Field) -> Convert:
        row_wire = nested_wire(field.fields, self._kind_of)
        return lambda rows: [row_wire(row.values) for row in rows]

    def formula_type(self, field: Field) -> Type:
        return Type("list", of=Type("row"))

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return from_json_form(strings)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return to_json_form(wire)

    def text(self, field: Field, wire: Any, language: str) -> str:
        rows = wire if isinstance(wire, list) else [wire]
        return "; ".join(nested_text(field.fields, row, language, self._kind_of) for row in rows)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return list_schema(object_schema(field.fields, self._kind_of), field.settings)
