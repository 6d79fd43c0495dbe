"""Draws instances of a JSON Schema with a seed: most of them fit, and those that do not are questions as well."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, EMPTY_REGISTRY, specification_with
from regexes import text_of

DEEPEST = 5
_BASE = "https://drawn.example/root.json"
_FORMATS: Mapping[str, tuple[str, ...]] = {
    "date": ("2026-11-21", "1999-02-29"),
    "time": ("10:30:00Z", "23:59:60Z", "10:30"),
    "date-time": ("2026-11-21T10:30:00Z", "2026-11-21T10:30:00+05:30", "2026-11-21T10:30:00.123456789Z", "2026-11-21t10:30:00z", "2026-11-21 10:30"),
    "email": ("person@example.org", "no address"),
    "uri": ("https://example.org/a?b=c#d", "urn:isbn:0451450523", "//example.org"),
    "uuid": ("0192f7a0-7f0a-7cde-8b4c-0a1b2c3d4e5f", "0192F7A0-7F0A-7CDE-8B4C-0A1B2C3D4E5F", "nothing"),
    "duration": ("P1Y2M3DT4H5M6S", "PT0S", "P"),
    "ipv4": ("192.0.2.1", "192.0.2.256"),
    "hostname": ("example.org", "-a-"),
    "regex": ("^a+$", "("),
    "json-pointer": ("/a~1b/0", "a"),
}  # fmt: skip
_TEXTS = ("", "a", "Åse", "张三", "a/b~c d", "line\nline", " blank ", "null", "1", "😀", "x" * 70)
_PLAIN_TEXTS = ("Åse", "张三", "x-1", "Two words")
_PLAIN_NUMBERS = (0, 3, 250, 2**53 + 1)
_NUMBERS = (0, 1, -1, 2.5, 1e-7, 2**53 + 1, 2**64, -(2**70), 1.0, 12345678901234567890.5)


class Drawing:
    """One stream of instances of one schema; the same seed draws the same ones. A plain one has no odd values in it."""

    def __init__(self, schema: Any, seed: int, *, plain: bool = False) -> None:
        self.texts, self.numbers = (_PLAIN_TEXTS, _PLAIN_NUMBERS) if plain else (_TEXTS, _NUMBERS)
        self.plain = plain
        self.random = random.Random(seed)
        self.schema = schema
        resource = Resource.from_contents(schema, default_specification=_specification(schema))
        place = resource.id() or _BASE
        registry: Registry[Any] = EMPTY_REGISTRY.with_resource(place, resource)
        self.resolver = registry.resolver(place)

    def instance(self) -> Any:
        """The next instance."""
        return self.value(self.schema, self.resolver, 0)

    def value(self, schema: Any, resolver: Any, depth: int) -> Any:
        """A value that fits the schema, as far as this drawing understands it."""
        if not isinstance(schema, Mapping) or depth > 3 * DEEPEST:
            return self.anything(depth)
        schema, resolver = self._whole(schema, resolver, 0)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self.random.choice(schema["enum"])
        if "examples" in schema and isinstance(schema["examples"], list) and schema["examples"] and self._perhaps(0.2):
            return self.random.choice(schema["examples"])
        kind = self._type(schema)
        draw = {"object": self._object, "array": self._array, "string": self._string, "integer": self._number, "number": self._number}
        if kind in draw:
            return draw[kind](schema, resolver, depth)
        return None if kind == "null" else self._perhaps(0.5) if kind == "boolean" else self.anything(depth)

    def anything(self, depth: int) -> Any:
        """Any JSON."""
        if depth < DEEPEST and self._perhaps(0.2):
            return [self.anything(depth + 1) for _ in range(self.random.randrange(3))]
        if depth < DEEPEST and self._perhaps(0.25):
            return {self.random.choice(self.texts): self.anything(depth + 1) for _ in range(self.random.randrange(3))}
        return self.random.choice((*self.texts, *self.numbers, True, False, None))

    def _whole(self, schema: Mapping[str, Any], resolver: Any, turn: int) -> tuple[dict[str, Any], Any]:
        """The schema with what it refers to and one of its alternatives put into it."""
        found = dict(schema)
        parts: list[Any] = []
        if isinstance(found.get("$ref"), str) and turn < 2 * DEEPEST:
            try:
                there = resolver.lookup(found.pop("$ref"))
            except (Unresolvable, ValueError):
                return found, resolver
            resolver = there.resolver
            parts.append(there.contents)
        parts += found.pop("allOf", ())
        parts += [self.random.choice(found.pop(key)) for key in ("oneOf", "anyOf") if found.get(key)]
        if "if" in found:
            holds = self._perhaps(0.5)
            parts += [found["if"], found.get("then")] if holds else [found.get("else")]
        for part in parts:
            if isinstance(part, Mapping) and turn < 2 * DEEPEST:
                inner, resolver = self._whole(part, resolver, turn + 1)
                found = _merged(found, inner)
        return found, resolver

    def _type(self, schema: Mapping[str, Any]) -> str:
        named = schema.get("type")
        if isinstance(named, list) and named:
            return str(self.random.choice([one for one in named if one != "null" or not self.plain] or named))
        if isinstance(named, str):
            return named
        hints = {"properties": "object", "patternProperties": "object", "required": "object", "items": "array", "prefixItems": "array"}
        hints |= {"pattern": "string", "format": "string", "minLength": "string", "minimum": "number", "maximum": "number"}
        return next((kind for key, kind in hints.items() if key in schema), "")

    def _object(self, schema: Mapping[str, Any], resolver: Any, depth: int) -> dict[str, Any]:
        declared = schema.get("properties", {})
        chance = 0.75 if depth == 0 else 0.4 if depth < DEEPEST else 0.0
        if len(declared) > 30:
            chance /= 3
        names = [name for name in declared if name in schema.get("required", ()) or self._perhaps(chance)]
        names += [name for name in schema.get("required", ()) if name not in declared]
        found = {name: self.value(declared.get(name, True), resolver, depth + 1) for name in names}
        for pattern, inner in schema.get("patternProperties", {}).items():
            if self._perhaps(0.7 if depth < DEEPEST else 0.0) and (name := text_of(pattern, self.random)) is not None:
                found[name] = self.value(inner, resolver, depth + 1)
        extra = schema.get("additionalProperties", True)
        if extra is not False and not self.plain and self._perhaps(0.3) and depth < DEEPEST:
            found[self.random.choice(self.texts)] = self.value(extra, resolver, depth + 1)
        return found

    def _array(self, schema: Mapping[str, Any], resolver: Any, depth: int) -> list[Any]:
        items = schema.get("items", True)
        first = list(schema.get("prefixItems", items if isinstance(items, list) else ()))
        rest = schema.get("additionalItems", True) if isinstance(items, list) else items
        low = int(schema.get("minItems", 0))
        high = min(int(schema.get("maxItems", low + 3)), low + 3)
        count = self.random.randint(low, max(low, high)) if depth < DEEPEST else low
        found = [self.value(one, resolver, depth + 1) for one in first[: max(count, len(first))]]
        while len(found) < count and rest is not False:
            found.append(self.value(rest, resolver, depth + 1))
        if "contains" in schema and self._perhaps(0.8):
            found.append(self.value(schema["contains"], resolver, depth + 1))
        return found

    def _string(self, schema: Mapping[str, Any], resolver: Any, depth: int) -> str:
        if isinstance(schema.get("pattern"), str) and (text := text_of(schema["pattern"], self.random)) is not None:
            return text
        if schema.get("format") in _FORMATS:
            choices = _FORMATS[schema["format"]]
            return choices[0] if self.plain or self._perhaps(0.6) else self.random.choice(choices)
        text, low = self.random.choice(self.texts), int(schema.get("minLength", 0))
        text = text if len(text) >= low else (text or "y") * (low // max(1, len(text)) + 1)
        return text[: int(schema.get("maxLength", len(text)))]

    def _number(self, schema: Mapping[str, Any], resolver: Any, depth: int) -> Any:
        low, high = (_bound(schema, *names) for names in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")))
        step = schema.get("multipleOf")
        if low is None and high is None and not step:
            fits = [one for one in self.numbers if schema.get("type") != "integer" or isinstance(one, int) or one.is_integer()]
            return self.random.choice(fits)
        low = low if low is not None else min(0, (high or 0) - 10)
        high = high if high is not None else low + 100
        if step:
            return step * self.random.randint(int(low / step), max(int(low / step), min(int(high / step), int(low / step) + 10)))
        if schema.get("type") == "integer":
            return self.random.randint(int(low), max(int(low), int(high)))
        return self.random.choice([low, high, self.random.uniform(low, high)])

    def _perhaps(self, chance: float) -> bool:
        return self.random.random() < chance


def _specification(schema: Any) -> Any:
    named = schema.get("$schema", "") if isinstance(schema, Mapping) else ""
    return specification_with(named, default=DRAFT202012) if named else DRAFT202012


def _bound(schema: Mapping[str, Any], *names: str) -> Any:
    found = [schema[name] for name in names if isinstance(schema.get(name), int | float) and not isinstance(schema.get(name), bool)]
    return found[0] if found else None


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = {**one, **other}
    for key in ("properties", "patternProperties"):
        if key in one and key in other:
            found[key] = {**one[key], **other[key]}
    if "required" in one and "required" in other and isinstance(one["required"], Sequence):
        found["required"] = [*one["required"], *other["required"]]
    return found

