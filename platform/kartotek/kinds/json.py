"""json: whatever no column can hold, kept as it was sent and judged by the declared fragment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kartotek.kinds.fragments import plain_type
from kartotek.kinds.judge import check_schema, judged_by
from kartotek.kinds.kind import ColumnSpec, Convert, Kind
from kartotek.kinds.nested import from_json_form, to_json_form
from kartotek.kinds.storable import check_json
from kartotek.kinds.typed_lines import from_lines, to_lines
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.frozen import EMPTY
from kartotek.model.settings import SiteSettings

_LONGEST_TEXT = 300
# What describes a field says nothing about its values.
_NOTES = frozenset({"title", "description", "default", "examples", "readOnly", "writeOnly", "deprecated", "$comment"})


class JsonKind(Kind):
    """Any array, object or mixture. Null counts as absent unless the field is nullable, as everywhere.

    With the setting `in_rest` it has no column: it is kept with all else that columns cannot hold, and judged with its record.
    """

    name = "json"
    keywords = frozenset(
        {
            "minLength",
            "maxLength",
            "pattern",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minItems",
            "maxItems",
            "uniqueItems",
            "items",
            "properties",
            "required",
            "additionalProperties",
        }
    )

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        # A plain scalar that no kind took is a mistake, not JSON.
        return plain_type(fragment) in ("array", "object", "null", "")

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        schema = {key: value for key, value in fragment.items() if key not in _NOTES and not key.startswith("x-")}
        check_schema(schema)
        return {"schema": MappingProxyType(schema)}

    def column(self, field: Field) -> ColumnSpec | None:
        return None if field.settings.get("in_rest") else ColumnSpec("json")

    def parse(self, field: Field) -> Convert:
        schema = dict(field.settings.get("schema", EMPTY)) if not field.settings.get("in_rest") else {}
        judge = judged_by(schema) if schema else None

        def parse(wire: Any) -> Any:
            check_json(wire)
            return judge(wire) if judge else wire

        return parse

    def formula_type(self, field: Field) -> Type:
        return Type("json")

    def operators(self, field: Field) -> tuple[str, ...]:
        return () if field.settings.get("in_rest") else ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        lines = field.settings.get("lines")
        return from_lines(strings, lines) if lines else from_json_form(strings)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return to_lines(wire) if field.settings.get("lines") else to_json_form(wire)

    def text(self, field: Field, wire: Any, language: str) -> str:
        if isinstance(wire, str):
            return wire
        text = json.dumps(wire, ensure_ascii=False, default=str)
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return dict(field.settings.get("schema", EMPTY))
