"""What rows and small objects share: their members' wire, text and form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kartotek.kinds.fragments import plain_type
from kartotek.kinds.schema import KindOf, is_demanded, loader
from kartotek.kinds.textual import first
from kartotek.kinds.typed_json import read_json, tidy_json
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem

_OPEN = frozenset(
    {
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
    }
)


def is_closed_object(fragment: Mapping[str, Any]) -> bool:
    """Whether it is an object whose members are all declared, so that each can have a column."""
    closed = fragment.get("additionalProperties", False) is False and not _OPEN & fragment.keys()
    return plain_type(fragment) == "object" and bool(fragment.get("properties")) and closed


def member_loader(
    fields: Sequence[Field], kind_of: KindOf
) -> Callable[[Any], tuple[dict[str, Any], tuple[Problem, ...]]]:
    """Like schema.loader, for what is sent whole: it must be an object, with all that is demanded."""
    load, demanded = loader(fields, kind_of), [one.name for one in fields if is_demanded(one)]

    def read(wire: Any) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        if not isinstance(wire, Mapping):
            return {}, (problem("", "type", expected="an object"),)
        values, problems = load(wire)
        return values, (*problems, *(problem(pointer(name), "required") for name in demanded if name not in wire))

    return read


def nested_wire(fields: Sequence[Field], kind_of: KindOf) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """{member: value} → {member: wire}, in the declared order; absent members stay absent."""
    compiled = [(one.name, kind_of(one).wire(one)) for one in fields]

    def wire(values: Mapping[str, Any]) -> dict[str, Any]:
        there = ((name, values[name], convert) for name, convert in compiled if name in values)
        return {name: value if value is None or convert is None else convert(value) for name, value, convert in there}

    return wire


def nested_text(fields: Sequence[Field], wire: Any, language: str, kind_of: KindOf) -> str:
    """The members' texts in one line."""
    if not isinstance(wire, Mapping):
        return str(wire)
    shown = [(one, wire[one.name]) for one in fields if wire.get(one.name) is not None]
    return ", ".join(kind_of(one).text(one, value, language) for one, value in shown)


def to_json_form(wire: Any) -> list[str]:
    """JSON that a person can read and change."""
    return [tidy_json(wire)]


def from_json_form(strings: Sequence[str]) -> Any:
    """Typed JSON as a wire value; MISSING for an empty control. Raises Refused where it is none."""
    text = first(strings)
    return MISSING if text is MISSING or not text.strip() else read_json(text)
