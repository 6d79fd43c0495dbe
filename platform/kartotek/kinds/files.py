"""files: several uploaded files, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.file import as_file_id, file_schema, file_settings
from kartotek.kinds.fragments import extension, plain_type
from kartotek.kinds.kind import ColumnSpec, Convert, Kind
from kartotek.kinds.lists import LIST_KEYWORDS, each, list_schema, list_settings
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings


class FilesKind(Kind):
    """x-field.file may stand at the list or at its items."""

    name = "files"
    keywords = LIST_KEYWORDS

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        items = fragment.get("items")
        if plain_type(fragment) != "array" or not isinstance(items, Mapping) or plain_type(items) != "string":
            return False
        return "file" in extension(fragment) or "file" in extension(items)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        bearer = fragment if "file" in extension(fragment) else fragment["items"]
        return list_settings(fragment) | file_settings(bearer, site)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec("json")

    def parse(self, field: Field) -> Convert:
        return each(as_file_id, field.settings)

    def wire(self, field: Field) -> Convert:
        return list

    def to_column(self, field: Field) -> Convert:
        return list

    def from_column(self, field: Field) -> Convert:
        return tuple

    def formula_type(self, field: Field) -> Type:
        return Type("list", of=Type("string"))

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return [one.strip().lower() for one in strings if one.strip()] or MISSING

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [str(one) for one in wire]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return ", ".join(str(one) for one in wire) if isinstance(wire, list) else str(wire)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return list_schema(file_schema(), field.settings)
