"""Skeleton: the smallest value that shows how a schema is meant, for people who fill in JSON by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.frozen import EMPTY

DEEPEST = 4
_MOST_MEMBERS = 12
_SHOWN_MEMBERS = 3  # of an object that demands none
_PLAIN: Mapping[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "null": None}
_FORMATS: Mapping[str, str] = {
    "date": "2026-01-31", "date-time": "2026-01-31T09:00:00Z", "time": "09:00:00Z", "email": "name@example.org",
    "uri": "https://example.org/", "uuid": "00000000-0000-4000-8000-000000000000", "duration": "PT1H", "ipv4": "192.0.2.1",
}  # fmt: skip


def skeleton(fragment: Any, root: Any, depth: int = 0) -> Any:
    """A value with the required members, constants, first options and first examples; `root` is what "#/…" refers to."""
    whole = resolved(fragment, root)
    for keyword in ("const", "default"):
        if keyword in whole:
            return whole[keyword]
    for keyword in ("enum", "examples"):
        if isinstance(whole.get(keyword), list) and whole[keyword]:
            return whole[keyword][0]
    kind = json_type(whole)
    if kind == "object":
        return _object(whole, root, depth)
    if kind == "array":
        return _array(whole, root, depth)
    if kind == "string":
        return _FORMATS.get(whole.get("format", ""), "")
    return whole.get("minimum", 0) if kind in ("integer", "number") else _PLAIN.get(kind)


def resolved(fragment: Any, root: Any, turns: int = 8) -> Mapping[str, Any]:
    """The fragment with what it refers to, all of its allOf and its first alternative put into it."""
    if not isinstance(fragment, Mapping):
        return EMPTY
    found = dict(fragment)
    parts = [at(root, found.pop("$ref"))] if str(found.get("$ref", "")).startswith("#") else []
    parts += _list(found.pop("allOf", ()))
    parts += [_list(found.pop(key, ()))[:1] for key in ("oneOf", "anyOf") if "properties" not in found]
    for part in [inner for one in parts for inner in (one if isinstance(one, list) else [one])]:
        found = _merged(resolved(part, root, turns - 1) if turns else EMPTY, found)
    return found


def json_type(whole: Mapping[str, Any]) -> str:
    """The first type besides null, or what the keywords hint at, or ""."""
    named = whole.get("type", ())
    types = [named] if isinstance(named, str) else [one for one in named if one != "null"] if isinstance(named, list) else []
    hints = {"properties": "object", "additionalProperties": "object", "patternProperties": "object", "items": "array", "prefixItems": "array", "format": "string", "pattern": "string", "minimum": "number"}
    return str(types[0]) if types else next((kind for key, kind in hints.items() if key in whole), "")


def members(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The declared members of an object's fragment."""
    found = whole.get("properties")
    return dict(found) if isinstance(found, Mapping) else {}


def _object(whole: Mapping[str, Any], root: Any, depth: int) -> dict[str, Any]:
    declared = members(whole)
    names = [name for name in _list(whole.get("required", ())) if isinstance(name, str)] or list(declared)[:_SHOWN_MEMBERS]
    if depth >= DEEPEST:
        return {}
    return {name: skeleton(declared.get(name), root, depth + 1) for name in names[:_MOST_MEMBERS]}


def _array(whole: Mapping[str, Any], root: Any, depth: int) -> list[Any]:
    items = whole.get("items")
    first = _list(whole.get("prefixItems", items if isinstance(items, list) else ()))
    if first:
        return [skeleton(one, root, depth + 1) for one in first[:_MOST_MEMBERS]]
    return [skeleton(items, root, depth + 1)] if isinstance(items, Mapping) and depth < DEEPEST else []


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    found = {**below, **above}
    if "properties" in below and "properties" in above:
        found["properties"] = {**members(below), **members(above)}
    if "required" in below and "required" in above:
        found["required"] = [*_list(below["required"]), *_list(above["required"])]
    return found


def at(root: Any, reference: str) -> Any:
    """What a local JSON Pointer in a reference names, or nothing."""
    found = root
    for part in reference.lstrip("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~").replace("%25", "%").replace("%22", '"')
        found = found.get(name) if isinstance(found, Mapping) else found[int(name)] if isinstance(found, list) and name.isdecimal() and int(name) < len(found) else None
    return found


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
