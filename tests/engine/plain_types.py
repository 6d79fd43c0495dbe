"""Declarations as plain values, for a model that knows nothing of the engine; and the files that say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SCALARS = ("text", "longtext", "email", "integer", "number", "decimal", "boolean", "date", "instant", "time", "duration", "choice")
LISTS = ("choices", "list", "references")
HOLDERS = ("rows", "object")
_FRAGMENTS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"}, "longtext": {"type": "string", "x-field": {"widget": "textarea"}},
    "email": {"type": "string", "format": "email"}, "integer": {"type": "integer"}, "number": {"type": "number"},
    "decimal": {"type": "string", "format": "decimal"}, "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"}, "instant": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"}, "duration": {"type": "string", "format": "duration"},
    "choice": {"type": "string"}, "list": {"type": "array", "items": {"type": "string"}},
    "choices": {"type": "array"}, "reference": {"type": "integer"}, "references": {"type": "array", "items": {"type": "integer"}},
    "rows": {"type": "array"}, "object": {"type": "object"},
}  # fmt: skip
_LIMITS = {"text": "maxLength", "longtext": "maxLength", "email": "maxLength", "integer": "maximum", "number": "maximum"}


@dataclass(frozen=True)
class Plain:
    """One field. `formula` is () or what it is worked out by: ("upper", text field), ("count", table), ("sum", table, column)."""

    sort: str
    aliases: tuple[str, ...] = ()
    nullable: bool = False
    required: bool = False
    unique: bool = False
    scale: int = 2
    limit: int | None = None
    options: tuple[str, ...] = ()
    target: str = ""
    members: Mapping[str, Plain] = field(default_factory=dict)
    default: Any = None
    formula: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlainType:
    """`states` are those of its workflow with their former names, () without one; `removed` where gone ones lead."""

    fields: Mapping[str, Plain]
    aliases: tuple[str, ...] = ()
    states: tuple[tuple[str, tuple[str, ...]], ...] = ()
    removed: Mapping[str, str] = field(default_factory=dict)


PlainSite = Mapping[str, PlainType]


def documents(site: PlainSite) -> dict[str, str]:
    """The files of such a site."""
    found = {"site.yaml": "name: Shed\nlanguages: [en]\ntimezone: Europe/Paris\nroles: {}\n"}
    for name, one in site.items():
        found[f"schemas/{name}.json"] = json.dumps(_schema(one), indent=1)
        if one.states:
            found[f"workflows/{name}.yaml"] = json.dumps(_workflow(name, one))
    return found


def places(fields: Mapping[str, Plain], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Plain]]:
    """(path, field) of all fields, those inside of others too."""
    for name, one in fields.items():
        yield (*above, name), one
        yield from places(one.members, (*above, name))


def with_field(fields: Mapping[str, Plain], path: tuple[str, ...], one: Plain | None, name: str = "") -> dict[str, Plain]:
    """The same with another field at this place, under another name where one is given; None takes it away."""
    found: dict[str, Plain] = {}
    for each, was in fields.items():
        if each != path[0]:
            found[each] = was
        elif len(path) > 1:
            found[each] = replace(was, members=with_field(was.members, path[1:], one, name))
        elif one is not None:
            found[name or each] = one
    if len(path) == 1 and one is not None and path[0] not in fields:
        found[path[0]] = one
    return found


def _schema(one: PlainType) -> dict[str, Any]:
    record = {"aliases": list(one.aliases)} if one.aliases else {}
    required = [name for name, each in one.fields.items() if each.required]
    properties = {name: fragment(each) for name, each in one.fields.items()}
    return {"title": "T", "type": "object", "properties": properties, "x-record": record} | ({"required": required} if required else {})


def fragment(one: Plain) -> dict[str, Any]:
    """What declares the field."""
    found = dict(_FRAGMENTS[one.sort])
    own = dict(found.pop("x-field", {}))
    if one.sort == "decimal":
        own |= {"precision": 12, "scale": one.scale}
    if one.sort == "choice":
        found["enum"] = list(one.options)
    if one.sort == "choices":
        found["items"] = {"enum": list(one.options)}
    if one.target:
        own["references"] = one.target
    if one.members:
        inside = {"type": "object", "properties": {name: fragment(each) for name, each in one.members.items()}}
        found |= {"items": inside} if one.sort == "rows" else inside
    if one.nullable:
        found["type"] = [found["type"], "null"]
    if one.limit is not None and one.sort in _LIMITS:
        found[_LIMITS[one.sort]] = one.limit
    if one.default is not None:
        found["default"] = one.default
    own |= {"aliases": list(one.aliases)} if one.aliases else {}
    own |= {"unique": True} if one.unique else {}
    if one.formula:
        own |= _derived(one.formula)
        found["readOnly"] = True
    return found | ({"x-field": own} if own else {})


def _derived(formula: tuple[str, ...]) -> dict[str, Any]:
    if formula[0] == "upper":
        return {"compute": f"upper(record.{formula[1]})", "stored": True}
    return {"rollup": {"from": formula[1], "fn": formula[0], **({"field": formula[2]} if len(formula) > 2 else {})}}


def _workflow(name: str, one: PlainType) -> dict[str, Any]:
    """From every state to every other."""
    states = {each: {"title": each, **({"aliases": list(known)} if known else {})} for each, known in one.states}
    moves = {f"to_{each}": {"title": each, "from": [other for other in states if other != each], "to": each, "roles": ["owner"]}
             for each in states}
    return {"record": name, "initial": one.states[0][0], "states": states, "transitions": moves, **(
        {"removed": dict(one.removed)} if one.removed else {})}
