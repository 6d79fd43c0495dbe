"""choices: several of the declared options, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.choice import ChoiceKind, chosen, form_string, option_text
from kartotek.kinds.fragments import plain_type
from kartotek.kinds.kind import ColumnSpec, Convert, Kind
from kartotek.kinds.lists import LIST_KEYWORDS, each, list_schema, list_settings
from kartotek.kinds.options import offers_choice
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

_CHOICE = ChoiceKind()


class ChoicesKind(Kind):
    """Problems are at /<position>."""

    name = "choices"
    keywords = LIST_KEYWORDS

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        items = fragment.get("items")
        return plain_type(fragment) == "array" and isinstance(items, Mapping) and offers_choice(items)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return list_settings(fragment)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("json")

    def parse(self, field: Field) -> Convert:
        return each(_CHOICE.parse(field), field.settings)

    def wire(self, field: Field) -> Convert:
        return list

    def to_column(self, field: Field) -> Convert:
        return list

    def from_column(self, field: Field) -> Convert:
        return tuple

    def formula_type(self, field: Field) -> Type:
        return Type("list", of=_CHOICE.formula_type(field))

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("contains", "in", "all", "notIn", "empty")

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return [chosen(field, one) for one in strings if one != ""] or MISSING

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [form_string(field, one) for one in wire]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return ", ".join(option_text(field, one, language) for one in wire) if isinstance(wire, list) else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return list_schema(_CHOICE.json_schema(field), field.settings)
