"""object: a small group of members, each with a column of its own beside the record's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import extension
from kartotek.kinds.kind import Convert, Kind, Refused
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
from kartotek.model.missing import MISSING


class ObjectKind(Kind):
    """An object is sent whole, so its members' defaults are filled in here."""

    name = "object"
    keywords = frozenset({"properties", "required", "additionalProperties"})

    def __init__(self, kind_of: KindOf) -> None:
        self._kind_of = kind_of

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return is_closed_object(fragment) and extension(fragment).get("storage") != "json"

    def column(self, field: Field) -> None:
        return None

    def parse(self, field: Field) -> Convert:
        read = member_loader(field.fields, self._kind_of)
        filled = [one for one in field.fields if one.default is not MISSING and not one.is_derived]
        defaults = {
            one.name: None if one.default is None else self._kind_of(one).parse(one)(one.default) for one in filled
        }

        def parse(wire: Any) -> dict[str, Any]:
            values, problems = read(wire)
            if problems:
                raise Refused(*problems)
            return {**defaults, **values}

        return parse

    def wire(self, field: Field) -> Convert:
        return nested_wire(field.fields, self._kind_of)

    def formula_type(self, field: Field) -> Type:
        return Type("row")

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return from_json_form(strings)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return to_json_form(wire)

    def text(self, field: Field, wire: Any, language: str) -> str:
        return nested_text(field.fields, wire, language, self._kind_of)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return object_schema(field.fields, self._kind_of)
