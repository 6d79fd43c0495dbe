"""Component schemas of a foreign type: the schema of its file, brought to the dialect and the addresses of an OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from kartotek.api.openapi_parts import Wire, ref
from kartotek.model.catalog import RecordType

_SINGLE = frozenset({
    "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "additionalProperties",
})
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
_PLAIN = frozenset({
    "type", "enum", "const", "title", "description", "examples", "format", "pattern", "minLength", "maxLength",
    "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties",
    "maxProperties", "required", "dependentRequired", "readOnly", "writeOnly", "deprecated", "contentMediaType", "contentEncoding",
})
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_OLD = re.compile(r"draft-0[467]/")
_ANYTHING: Wire = {}
_NOTHING: Wire = {"not": {}}


def foreign_schemas(record_type: RecordType) -> Wire:
    """{component: schema}: `<type>_fields` of what is read, `<type>_schema` and its definitions of what is judged."""
    writer = _Writer(record_type)
    whole = writer.named("#")
    shown = {one.name: writer.converted(one.settings.get("schema", {})) for one in record_type.fields}
    fields = {"type": "object", "properties": shown, "additionalProperties": True}
    return {f"{record_type.name}_fields": fields, f"{record_type.name}_new_fields": whole, **writer.components}


class _Writer:
    """Gives each place that a reference leads to a component of its own."""

    def __init__(self, record_type: RecordType) -> None:
        self.components: Wire = {}
        self._type = record_type.name
        self._root = dict(record_type.schema)
        self._is_old = _OLD.search(str(self._root.get("$schema", ""))) is not None
        self._names: dict[str, str] = {}

    def named(self, pointer: str) -> Wire:
        """A reference to the component of what stands there; anything at all where that cannot be told."""
        name = self._names.get(pointer)
        if name is None:
            target = self._target(pointer)
            if target is None:
                return dict(_ANYTHING)
            name = self._names[pointer] = self._name(pointer)
            self.components[name] = {}
            self.components[name] = self.converted(target)
        return ref(name)

    def converted(self, schema: Any) -> Wire:
        """The schema in the dialect of OpenAPI 3.1, without what only says where it stood."""
        if not isinstance(schema, Mapping):
            return dict(_NOTHING if schema is False else _ANYTHING)
        references = [schema[key] for key in _REFERENCES if isinstance(schema.get(key), str)]
        if references and self._is_old:
            return self.named(references[0])
        made: Wire = {}
        for key, value in schema.items():
            made |= self._keyword(key, value, schema)
        others = [self.named(one) for one in references]
        return {**made, "allOf": [*made.get("allOf", []), *others]} if others and made else others[0] if others else made

    def _keyword(self, key: str, value: Any, schema: Mapping[str, Any]) -> Wire:
        if key in _SPECIAL:
            return _SPECIAL[key](self, value, schema)
        if key in _SINGLE:
            return {key: value if isinstance(value, bool) else self.converted(value)}
        if key in _LISTED and isinstance(value, list):
            return {key: [self.converted(one) for one in value]}
        if key in _NAMED and isinstance(value, Mapping):
            return {key: {name: self.converted(one) for name, one in value.items()}}
        return {key: value} if key in _PLAIN else {}

    def _items(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        if not isinstance(value, list):
            return {"items": value if isinstance(value, bool) else self.converted(value)}
        rest = schema.get("additionalItems", True)
        made: Wire = {"prefixItems": [self.converted(one) for one in value]}
        return made | ({"items": rest if isinstance(rest, bool) else self.converted(rest)} if rest is not True else {})

    def _dependencies(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        named = value if isinstance(value, Mapping) else {}
        required = {name: list(one) for name, one in named.items() if isinstance(one, list)}
        schemas = {name: self.converted(one) for name, one in named.items() if not isinstance(one, list)}
        return {key: found for key, found in (("dependentRequired", required), ("dependentSchemas", schemas)) if found}

    def _minimum(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        return {"exclusiveMinimum" if schema.get("exclusiveMinimum") is True else "minimum": value}

    def _maximum(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        return {"exclusiveMaximum" if schema.get("exclusiveMaximum") is True else "maximum": value}

    def _exclusive_minimum(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        return {} if isinstance(value, bool) else {"exclusiveMinimum": value}

    def _exclusive_maximum(self, value: Any, schema: Mapping[str, Any]) -> Wire:
        return {} if isinstance(value, bool) else {"exclusiveMaximum": value}

    def _target(self, pointer: str) -> Any:
        """What stands at a reference into the file, None for one that leads elsewhere."""
        own = str(self._root.get("$id", self._root.get("id", ""))).removesuffix("#")
        fragment = pointer.removeprefix(own) if own else pointer
        if fragment in ("", "#"):
            return self._root
        if not fragment.startswith("#/"):
            return _anchored(self._root, fragment[1:]) if fragment.startswith("#") else None
        here: Any = self._root
        for part in fragment[2:].split("/"):
            step = unquote(part).replace("~1", "/").replace("~0", "~")
            here = here.get(step) if isinstance(here, Mapping) else _element(here, step)
        return here

    def _name(self, pointer: str) -> str:
        last = re.sub(r"[^A-Za-z0-9]+", "_", pointer.rsplit("/", 1)[-1]).strip("_")
        plain = f"{self._type}_schema" + (f".{last}" if last else "")
        return plain if plain not in self.components else f"{plain}.{len(self.components)}"


def _element(here: Any, step: str) -> Any:
    return here[int(step)] if isinstance(here, list) and step.isdecimal() and int(step) < len(here) else None


def _anchored(schema: Any, name: str) -> Any:
    level = [schema]
    while level:
        for one in level:
            if isinstance(one, Mapping) and name in (one.get("$anchor"), one.get("$dynamicAnchor")):
                return one
        level = [inner for one in level if isinstance(one, Mapping | list) for inner in (one.values() if isinstance(one, Mapping) else one)]
    return None


_SPECIAL: Mapping[str, Callable[[_Writer, Any, Mapping[str, Any]], Wire]] = MappingProxyType({
    "items": _Writer._items, "dependencies": _Writer._dependencies, "minimum": _Writer._minimum, "maximum": _Writer._maximum,
    "exclusiveMinimum": _Writer._exclusive_minimum, "exclusiveMaximum": _Writer._exclusive_maximum,
})
