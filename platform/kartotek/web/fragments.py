"""Fragment: a part of a foreign schema with all that surely holds for it put together; None where alternatives decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.kinds.skeleton import at

_UNSURE = frozenset({"not", "if", "then", "else", "$dynamicRef", "$recursiveRef"})
_TURNS = 8


@dataclass(frozen=True, slots=True)
class Fragment:
    """`type` is the one type it allows, or ""; `options` are [(value, title)] where only scalars can be chosen."""

    keys: Mapping[str, Any]
    type: str
    options: tuple[tuple[Any, str], ...]

    @classmethod
    def of(cls, schema: Any, root: Mapping[str, Any]) -> Fragment | None:
        """The schema with its references (into the same file) and its allOf; None for any other composition."""
        keys = _whole(schema, root, _TURNS)
        if keys is None or _UNSURE & keys.keys():
            return None
        options = _options(keys)
        if not options and ("oneOf" in keys or "anyOf" in keys or "enum" in keys or "const" in keys):
            return None
        return cls(keys, _type(keys), options)

    @property
    def members(self) -> Mapping[str, Any]:
        """The declared members of an object."""
        found = self.keys.get("properties")
        return found if isinstance(found, Mapping) else {}


def _whole(schema: Any, root: Mapping[str, Any], turns: int) -> dict[str, Any] | None:
    if not isinstance(schema, Mapping) or turns == 0:
        return None
    found = dict(schema)
    parts = []
    if "$ref" in found:
        reference = found.pop("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        parts.append(at(root, reference))
    parts += found.pop("allOf", [])
    for part in parts:
        inner = _whole(part, root, turns - 1)
        if inner is None:
            return None
        found = {**inner, **found, **{key: {**inner[key], **found[key]} for key in ("properties",) if key in inner and key in found}}
    return found


def _type(keys: Mapping[str, Any]) -> str:
    named = keys.get("type")
    return named if isinstance(named, str) else "object" if named is None and "properties" in keys else ""


def _options(keys: Mapping[str, Any]) -> tuple[tuple[Any, str], ...]:
    if isinstance(keys.get("enum"), list):
        found = [(value, "") for value in keys["enum"]]
    elif "const" in keys:
        found = [(keys["const"], "")]
    else:
        listed = keys.get("oneOf", keys.get("anyOf"))
        if not isinstance(listed, list) or not all(isinstance(one, Mapping) and "const" in one for one in listed):
            return ()
        found = [(one["const"], str(one.get("title", ""))) for one in listed]
    plain = all(isinstance(value, str | int | float) and value != "" for value, _ in found)
    return tuple((value, title or str(value)) for value, title in found) if plain else ()
