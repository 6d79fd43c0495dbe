"""references: the ids of several records of another type, in order, kept in a join table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import extension, plain_type
from kartotek.kinds.integer import integer_from_form
from kartotek.kinds.kind import Convert, Kind
from kartotek.kinds.lists import LIST_KEYWORDS, each, list_schema, list_settings
from kartotek.kinds.reference import ReferenceKind, as_id
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

_REFERENCE = ReferenceKind()


class ReferencesKind(Kind):
    """The list says to which type it refers; its items are plain integers."""

    name = "references"
    keywords = LIST_KEYWORDS

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        items = fragment.get("items")
        is_list = plain_type(fragment) == "array" and isinstance(items, Mapping) and plain_type(items) == "integer"
        return is_list and "references" in extension(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return list_settings(fragment)

    def column(self, field: Field) -> None:
        return None

    def parse(self, field: Field) -> Convert:
        return each(as_id, field.settings)

    def wire(self, field: Field) -> Convert:
        return list

    def formula_type(self, field: Field) -> Type:
        return Type("list", of=_REFERENCE.formula_type(field))

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "in", "all", "notIn", "empty")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return [integer_from_form([one], language) for one in strings if one.strip()] or MISSING

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(one) for one in wire]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return ", ".join(str(one) for one in wire) if isinstance(wire, list) else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return list_schema(_REFERENCE.json_schema(field), field.settings)
