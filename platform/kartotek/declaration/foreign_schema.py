"""Reading a foreign schema: what a part of it says for certain, through references and allOf, by the rules of its dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema.validators import SPECIFICATIONS
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from kartotek.kinds.dialects import DRAFT_04, DRAFT_06, DRAFT_07

ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_ALONE = frozenset({DRAFT_04, DRAFT_06, DRAFT_07})  # dialects in which nothing beside a $ref counts
_JOINING = frozenset({"$ref", "allOf", "$id", "id"})
_TYPING = _JOINING | {"anyOf", "oneOf"}
_MOST_STEPS = 400  # of one walk: definitions may refer to each other without end
_DEEPEST = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A schema within the file's, with what resolves its references."""

    schema: Any
    resolver: Any

    def inside(self, schema: Any) -> Part:
        """A schema that stands inside this one."""
        return Part(schema, self.resolver)

    @property
    def keys(self) -> Mapping[str, Any]:
        """Its keywords; of a boolean none."""
        return self.schema if isinstance(self.schema, dict) else {}

    def listed(self, keyword: str) -> list[Part]:
        """The schemas in a list under a keyword."""
        found = self.keys.get(keyword)
        return [self.inside(one) for one in found] if isinstance(found, list) else []


class Schema:
    """One file's schema. Answers are certain: where they are not, they err on the side of "anything"."""

    def __init__(self, value: Any, dialect: str) -> None:
        self.specification = specification_with(dialect)
        self.is_ref_alone = dialect in _ALONE
        self.root = Part(value, SPECIFICATIONS.resolver_with_root(self.specification.create_resource(value)))

    def entered(self, part: Part) -> Part:
        """The part with references relative to its own $id, if it has one."""
        if part.schema is self.root.schema or not ({"$id", "id"} & part.keys.keys()):
            return part
        resource = self.specification.create_resource(part.schema)
        return Part(part.schema, part.resolver.in_subresource(resource))

    def reached(self, part: Part, reference: str) -> Part | None:
        """Where a reference of the part leads; None where nothing is there."""
        try:
            found = part.resolver.lookup(reference)
        except (Unresolvable, ValueError):
            return None
        return Part(found.contents, found.resolver)

    def conjuncts(self, part: Part) -> list[Part]:
        """The schemas that all hold for whatever the part takes: itself, and what its $ref and allOf lead to."""
        if isinstance(part.schema, dict) and _JOINING.isdisjoint(part.schema):
            return [part]
        return list(self._conjuncts(part, set(), 0))

    def types(self, part: Part) -> frozenset[str]:
        """The JSON types that a value the part takes may have; all where nothing is certain."""
        if isinstance(part.schema, dict) and _TYPING.isdisjoint(part.schema):
            return _named(part.schema)
        return self._types(part, [_MOST_STEPS], 0)

    def _conjuncts(self, part: Part, seen: set[int], depth: int) -> Iterator[Part]:
        if not isinstance(part.schema, dict) or id(part.schema) in seen or depth > _DEEPEST:
            return
        seen.add(id(part.schema))
        part = self.entered(part)
        reference = part.keys.get("$ref")
        if not (isinstance(reference, str) and self.is_ref_alone):
            yield part
            for one in part.listed("allOf"):
                yield from self._conjuncts(one, seen, depth + 1)
        target = self.reached(part, reference) if isinstance(reference, str) else None
        if target is not None:
            yield from self._conjuncts(target, seen, depth + 1)

    def _types(self, part: Part, left: list[int], depth: int) -> frozenset[str]:
        left[0] -= 1
        if part.schema is False:
            return frozenset()
        if not isinstance(part.schema, dict) or left[0] < 0 or depth > _DEEPEST:
            return ALL_TYPES
        part, found = self.entered(part), ALL_TYPES
        reference = part.keys.get("$ref")
        if isinstance(reference, str):
            target = self.reached(part, reference)
            found &= self._types(target, left, depth + 1) if target is not None else ALL_TYPES
            if self.is_ref_alone:
                return found
        found &= _named(part.schema)
        for one in part.listed("allOf"):
            found &= self._types(one, left, depth + 1)
        for keyword in ("anyOf", "oneOf"):
            if alternatives := part.listed(keyword):
                found &= frozenset().union(*(self._types(one, left, depth + 1) for one in alternatives))
        return found


_ALONE_TYPES = {one: frozenset({one}) | ({"integer"} if one == "number" else frozenset()) for one in ALL_TYPES}


def _named(schema: Mapping[str, Any]) -> frozenset[str]:
    """The types by `type`, `enum` and `const` of this schema alone."""
    found, named = ALL_TYPES, schema.get("type")
    if isinstance(named, str) and named in _ALONE_TYPES and "enum" not in schema and "const" not in schema:
        return _ALONE_TYPES[named]
    if isinstance(named, str | list):
        types = {named} if isinstance(named, str) else {one for one in named if isinstance(one, str)}
        found &= types | ({"integer"} if "number" in types else set())
    if isinstance(schema.get("enum"), list):
        found &= frozenset(one for value in schema["enum"] for one in types_of_value(value))
    return found & types_of_value(schema["const"]) if "const" in schema else found


def types_of_value(value: Any) -> frozenset[str]:
    """The types that a JSON value has; a whole number has two, and so has 1.0."""
    if value is None:
        return frozenset({"null"})
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return frozenset({"integer", "number"})
    if isinstance(value, float):
        return frozenset({"number"})
    return frozenset({"string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"})
