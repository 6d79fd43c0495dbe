"""The official JSON-Schema-Test-Suite, each of its schemas wrapped as a record with one field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "suite"
DIALECTS: Mapping[str, str] = {
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
_BASE = "https://suite.example/root.json"


@dataclass(frozen=True)
class Group:
    """One schema of the suite with its instances; `place` says where in the suite it stands."""

    place: str
    schema: Mapping[str, Any]
    values: tuple[Any, ...]

    @property
    def instances(self) -> list[dict[str, Any]]:
        """Each value of the suite as a record."""
        return [{"value": value} for value in self.values]


@cache
def groups(dialect: str) -> tuple[Group, ...]:
    """All groups of one dialect."""
    lines = (HERE / f"{dialect}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(_group(dialect, json.loads(line)) for line in lines)


def _group(dialect: str, group: Mapping[str, Any]) -> Group:
    wrapped = {"$schema": DIALECTS[dialect], "type": "object", "properties": {"value": _embedded(dialect, group["schema"])}}
    values = tuple(one["data"] for one in group["tests"])
    return Group(f"{dialect} {group['file']}: {group['description']}", wrapped, values)


def _embedded(dialect: str, schema: Any) -> Any:
    """The schema as a resource of its own, so that what it refers to by "#" is still itself."""
    if not isinstance(schema, dict):
        return schema
    inner = {key: value for key, value in schema.items() if key != "$schema" or value != DIALECTS[dialect]}
    if dialect == "draft7" and "$ref" in inner:  # beside which draft-07 sees nothing, $id included
        inner = {**inner, "allOf": [{"$ref": inner.pop("$ref")}]}
    return inner if "$id" in inner else {"$id": _BASE, **inner}
