"""The fields of a foreign schema: its properties, each of the kind that holds whatever its schema takes, else as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from kartotek.declaration.foreign_schema import Part, Schema
from kartotek.kinds.verdict import Verdict
from kartotek.model.field import Field, Option
from kartotek.model.missing import MISSING
from kartotek.model.naming import column_name, titles_of_names

# A row of PostgreSQL must fit into a page, where each column takes up to 32 bytes whatever it holds.
MOST_COLUMNS = 200
_LONG = 300
_FORMATS = {
    "date": "date", "date-time": "instant", "email": "email", "idn-email": "email", "uri": "url", "uuid": "uuid",
}
_PLAIN = {frozenset({"boolean"}): "boolean", frozenset({"integer"}): "integer", frozenset({"integer", "number"}): "number"}
_BRANCHES = ("anyOf", "oneOf")
_CONDITIONAL = ("if", "then", "else")
_MOST_BRANCHES = 200


@dataclass(slots=True)
class _Found:
    """A property: the schemas that all hold for it, and whether it is declared for every record."""

    parts: list[Part] = field(default_factory=list)
    certain: bool = True


Note = tuple[str, str, bool]  # property, sentence, whether it is about its default


def fields_of(schema: Schema, verdict: Verdict, notes: list[Note], timezone: str) -> tuple[Field, ...]:
    """The fields in the order in which the properties are declared; notes say which are kept as JSON, and why."""
    required = {name for one in schema.conjuncts(schema.root) for name in _names(one.keys.get("required"))}
    fields: list[Field] = []
    taken: set[str] = set()
    room = MOST_COLUMNS
    properties = _properties(schema)
    titles = titles_of_names(properties)
    for name, found in properties.items():
        column = column_name(name, taken)
        taken.add(column)
        maker = _Maker(schema, verdict, notes, timezone, has_room=room > 0)
        made = maker.field(name, found, column, required=name in required)
        if made is not None:
            room -= made.kind != "json"
            fields.append(made if made.title else replace(made, title=titles[name] or "(no name)"))
    return tuple(fields)


def extras_of(schema: Schema) -> Field | None:
    """What stands for the properties that are not declared; None where the schema allows none."""
    for one in schema.conjuncts(schema.root):
        if one.keys.get("additionalProperties") is False and not one.keys.get("patternProperties"):
            return None
    settings = MappingProxyType({"in_rest": True, "schema": {"type": "object"}, "types": ("object",)})
    return Field(name="", kind="json", column="rest", title="Other values", settings=settings)


def _properties(schema: Schema) -> dict[str, _Found]:
    """{property: what is said of it}, those that hold for every record first."""
    found: dict[str, _Found] = {}
    for one in schema.conjuncts(schema.root):
        for name, inner in _mapping(one.keys.get("properties")).items():
            found.setdefault(name, _Found()).parts.append(one.inside(inner))
    left = [_MOST_BRANCHES]
    for one in list(schema.conjuncts(schema.root)):
        for name, part in _conditional(schema, one, left):
            found.setdefault(name, _Found([], certain=False))
            if not found[name].certain:
                found[name].parts.append(part)
    return found


def _conditional(schema: Schema, part: Part, left: list[int]) -> Iterator[tuple[str, Part]]:
    """The properties that are declared only where some condition holds."""
    branches = [one for keyword in _BRANCHES for one in part.listed(keyword)]
    branches += [part.inside(part.keys[keyword]) for keyword in _CONDITIONAL if keyword in part.keys]
    for keyword in ("dependentSchemas", "dependencies"):
        branches += [part.inside(one) for one in _mapping(part.keys.get(keyword)).values()]
    for branch in branches:
        left[0] -= 1
        if left[0] < 0:
            return
        for one in schema.conjuncts(branch):
            yield from ((name, one.inside(inner)) for name, inner in _mapping(one.keys.get("properties")).items())
            yield from _conditional(schema, one, left)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes fields of one type; `has_room` says whether there may be another column."""

    schema: Schema
    verdict: Verdict
    notes: list[Note]
    timezone: str
    has_room: bool

    def field(self, name: str, found: _Found, column: str, *, required: bool) -> Field | None:
        """The field; None for a property that no record can have."""
        parts = [one for part in found.parts for one in self.schema.conjuncts(part)]
        types = self._types(found)
        if not types:
            return None
        options = _options(parts, types)
        kind, reason = self._kind(found, parts, types, options)
        if reason:
            self.notes.append((name, f"'{name}' is kept as JSON: {reason}.", False))
        fragment = _fragment(found.parts)
        settings: dict[str, Any] = {"schema": fragment, "types": tuple(sorted(types))}
        settings |= {"in_rest": True} if kind == "json" else {}
        settings |= {"timezone": self.timezone} if kind == "instant" else {}
        return Field(
            name=name, kind=kind, column=column, title=_said(parts, "title"),
            description=_said(parts, "description"), placeholder=_example(parts), required=required, nullable="null" in types,
            deprecated=any(one.keys.get("deprecated") is True for one in parts), default=self._default(name, found, parts),
            settings=MappingProxyType(settings), options=options if kind == "choice" else (), fragment=fragment,
        )

    def _types(self, found: _Found) -> frozenset[str]:
        types = [self.schema.types(one) for one in found.parts]
        if not found.certain:
            return frozenset().union(*types)
        return frozenset.intersection(*types)

    def _kind(
        self, found: _Found, parts: Sequence[Part], types: frozenset[str], options: tuple[Option, ...]
    ) -> tuple[str, str]:
        """(kind, why it is JSON)."""
        others = types - {"null"}
        if not found.certain:
            return "json", "it is declared only where a condition holds, so elsewhere it may be anything"
        if not self.has_room:
            return "json", f"a type has at most {MOST_COLUMNS} columns"
        if options:
            return "choice", ""
        if others == {"string"}:
            return _text_kind(parts), ""
        plain = _PLAIN.get(others, "")
        return (plain, "") if plain else ("json", _why(others))

    def _default(self, name: str, found: _Found, parts: Sequence[Part]) -> Any:
        values = [one.keys["default"] for one in parts if "default" in one.keys]
        if not values or not found.certain:
            return MISSING
        if all(self.verdict.takes_at(one.schema, one.resolver, values[0]) for one in found.parts):
            return values[0]
        self.notes.append((name, f"'{name}': the default does not fit the schema, so it fills nothing.", True))
        return MISSING


def _text_kind(parts: Sequence[Part]) -> str:
    formats = {one.keys["format"] for one in parts if isinstance(one.keys.get("format"), str)}
    known = [_FORMATS[one] for one in sorted(formats) if one in _FORMATS]
    if known:
        return known[0]
    longest = [one.keys["maxLength"] for one in parts if isinstance(one.keys.get("maxLength"), int | float)]
    return "longtext" if longest and min(longest) > _LONG else "text"


def _why(types: frozenset[str]) -> str:
    names = sorted(types - ({"integer"} if "number" in types else set()))
    if names in (["object"], ["array"]):
        return f"it is an {names[0]}"
    return "it may be of several types" if len(names) > 1 else "it can only be null"


def _options(parts: Sequence[Part], types: frozenset[str]) -> tuple[Option, ...]:
    """What can be chosen, where only scalars can."""
    for one in parts:
        for entries in (_enumerated(one.keys), _alternatives(one.keys)):
            values = [value for value, _ in entries if value is not None]
            if values and all(isinstance(value, str | int | float) for value in values):
                return tuple(Option(value, title) for value, title in entries if value is not None)
    return ()


def _enumerated(keys: Mapping[str, Any]) -> list[tuple[Any, str]]:
    values = keys.get("enum") if isinstance(keys.get("enum"), list) else [keys["const"]] if "const" in keys else []
    return [(value, _shown(value)) for value in values or ()]


def _alternatives(keys: Mapping[str, Any]) -> list[tuple[Any, str]]:
    for keyword in _BRANCHES:
        found = keys.get(keyword)
        if isinstance(found, list) and found and all(isinstance(one, dict) and "const" in one for one in found):
            return [(one["const"], str(one.get("title") or _shown(one["const"]))) for one in found]
    return []


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _fragment(parts: Sequence[Part]) -> Mapping[str, Any]:
    schemas = [one.schema if isinstance(one.schema, dict) else {} for one in parts]
    return MappingProxyType(dict(schemas[0]) if len(schemas) == 1 else {"allOf": [dict(one) for one in schemas]})


def _said(parts: Sequence[Part], keyword: str) -> str:
    return next((one.keys[keyword] for one in parts if isinstance(one.keys.get(keyword), str) and one.keys[keyword]), "")


def _example(parts: Sequence[Part]) -> str:
    examples = next((one.keys["examples"] for one in parts if isinstance(one.keys.get("examples"), list)), [])
    return str(examples[0]) if examples and isinstance(examples[0], str | int | float) else ""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _names(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
