"""Whether the engine says of an instance what jsonschema says, and gives back what it took."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kartotek.engine.engine import Engine
from kartotek.errors import Invalid
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.storable import check_json
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType

OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
Judge = Callable[[Any], bool]


def disagreements(engine: Engine, name: str, judge: Judge, instances: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each instance that the engine judges otherwise, or does not give back as it was sent."""
    found = []
    for fields in instances:
        if not _is_storable(fields):
            continue  # what no database can keep is refused whatever the schema says
        expected, said = judge(fields), _created(engine, name, fields)
        if (said is None) == expected:
            found.append(f"{name}: {'accepted' if said is not None else 'refused'} {_short(fields)}")
        elif said is not None:
            kept = engine.get(OWNER, name, said)["fields"]
            if not are_same(without_defaults(engine.catalog().types[name], kept, fields), fields) or not judge(kept):
                found.append(f"{name}: came back otherwise: {_short(fields)} → {_short(kept)}")
    return found


def without_defaults(record_type: RecordType, kept: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept, without the declared defaults that were not sent."""
    by_name = record_type.by_name
    return {one: value for one, value in kept.items() if one in sent or not (one in by_name and are_same(value, by_name[one].default))}


def patched(engine: Engine, name: str, judge: Judge, one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The same of the record `one` after a PATCH with what is in `other`: the merged instance is judged."""
    merged = {**one, **other}
    if not (judge(one) and _is_storable(one) and _is_storable(merged)) or any(value is None for value in other.values()):
        return []  # a null may also mean removing, which has tests of its own
    id = _created(engine, name, one)
    if id is None:
        return [f"{name}: refused {_short(one)}"]
    try:
        engine.update(OWNER, name, id, other)
    except Invalid:
        return [f"{name}: refused the change to {_short(merged)}"] if judge(merged) else []
    kept = engine.get(OWNER, name, id)["fields"]
    if not judge(merged):
        return [f"{name}: accepted the change to {_short(merged)}"]
    return [] if are_same(without_defaults(engine.catalog().types[name], kept, merged), merged) else [f"{name}: changed otherwise: {_short(merged)} → {_short(kept)}"]


def are_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same to the last detail: true is not 1; 1.0 is 1, as JSON Schema has it."""
    return canonical(one) == canonical(other)


def _created(engine: Engine, name: str, fields: Mapping[str, Any]) -> int | None:
    try:
        return int(engine.create(OWNER, name, fields)["id"])
    except Invalid:
        return None


def _is_storable(fields: Mapping[str, Any]) -> bool:
    try:
        check_json(fields)
    except Refused:
        return False
    return True


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 400 else text[:400] + "…"
