"""choice: one of the declared options, of whatever JSON scalar type they have."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import has_own_kind
from kartotek.kinds.kind import SINGLE, ColumnSpec, ColumnType, Convert, Kind, refuse
from kartotek.kinds.options import match, offers_choice, option_key
from kartotek.kinds.textual import first
from kartotek.model.field import Field, Option
from kartotek.model.formula import Type, TypeName
from kartotek.model.missing import MISSING

_COLUMNS: Mapping[type, ColumnType] = {str: "text", int: "integer", bool: "boolean"}
_TYPES: Mapping[type, TypeName] = {str: "string", int: "int", bool: "bool"}


class ChoiceKind(Kind):
    """1.0 chooses the option 1, as in JSON Schema; true never does."""

    name = "choice"

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return not has_own_kind(fragment) and offers_choice(fragment)

    def column(self, field: Field) -> ColumnSpec:
        return ColumnSpec(_COLUMNS.get(_common(field), "json"))

    def parse(self, field: Field) -> Convert:
        options = {option_key(one.value): one for one in field.options}

        def parse(wire: Any) -> Any:
            found = match(options, wire)
            if found is None:
                refuse("choice")
            # Whether a retired option may still be had depends on what was there before, which rules know.
            return found.value

        return parse

    def formula_type(self, field: Field) -> Type:
        return Type(_TYPES.get(_common(field), "json"))

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("empty",) if field.options and _common(field) is object else SINGLE  # formulas compare values of one type alone

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        text = first(strings)
        return MISSING if text is MISSING else chosen(field, text)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return [form_string(field, wire)]

    def text(self, field: Field, wire: Any, language: str) -> str:
        return option_text(field, wire, language)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"enum": [one.value for one in field.options]}


def _common(field: Field) -> type:
    types = {type(one.value) for one in field.options}
    fits = all(not isinstance(one.value, int) or abs(one.value) < 2**63 for one in field.options)
    return types.pop() if len(types) == 1 and fits else object


def form_string(field: Field, wire: Any) -> str:
    """The string that stands for an option in a form: a text itself, anything else as JSON."""
    return wire if isinstance(wire, str) and wire and _all_texts(field) else json.dumps(wire, ensure_ascii=False)


def chosen(field: Field, text: str) -> Any:
    """The option's value that the string stands for; a string that stands for none goes on to parse."""
    return next((one.value for one in field.options if form_string(field, one.value) == text), text)


def _all_texts(field: Field) -> bool:
    return all(isinstance(one.value, str) for one in field.options)


def option_text(field: Field, wire: Any, language: str) -> str:
    """The option's title in the reader's language, retired options included."""
    found = match({option_key(one.value): one for one in field.options}, wire)
    return title_of(found, language) if found else str(wire)


def title_of(option: Option, language: str) -> str:
    """zh-CN, then zh, then the plain title."""
    titles = option.titles
    return titles.get(language) or titles.get(language.split("-")[0]) or option.title or str(option.value)
