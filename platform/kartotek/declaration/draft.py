"""Draft: one record type on its way from a file into the catalog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.problems import Problems
from kartotek.declaration.spots import Spot, spots
from kartotek.model.catalog import RecordType
from kartotek.model.frozen import EMPTY
from kartotek.model.settings import SiteSettings

_UNIT = 2  # the length of the path of a field, or of a key of x-record


@dataclass(slots=True)
class Draft:
    """`declared` is the file without what is broken in it; `doubtful` are the names that went missing with that.

    A problem that comes of a doubtful name is not told: it goes away with its cause.
    """

    name: str
    site: SiteSettings
    problems: Problems
    declared: dict[str, Any] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    record_type: RecordType | None = None
    is_hollow: bool = False  # nothing is known of its fields
    state_field: str = ""  # the field that shows the state of its workflow

    @property
    def label(self) -> str:
        """How sentences call the type."""
        title = self.declared.get("title")
        return title if isinstance(title, str) and title else self.name

    @property
    def own(self) -> Mapping[str, Any]:
        """What stands under x-record."""
        found: Mapping[str, Any] = self.declared.get("x-record", EMPTY)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The declared fields, broken ones included."""
        return (*self.declared.get("properties", EMPTY), *self.doubtful)

    def knows(self, name: str) -> bool:
        """Whether there would be such a field if nothing else were wrong."""
        return self.is_hollow or name in self.doubtful or name in self.names

    def spots(self) -> Iterator[Spot]:
        """Every field of the record type, as far as it is built by now; none of a foreign one, which refers to nothing."""
        fields = self.record_type.fields if self.record_type and not self.record_type.foreign else ()
        return spots(self.name, fields)


def without_broken(value: Any, problems: Problems) -> tuple[dict[str, Any], set[str]]:
    """The declared type without the parts that have problems, and the names of the fields that are gone with them."""
    kept: dict[str, Any] = {"title": "", "properties": {}, **(deepcopy(value) if isinstance(value, dict) else {})}
    broken: set[str] = set()
    for problem, path in zip(problems.found, problems.paths, strict=True):
        if problem.code in ("unknown_key", "not_supported"):
            _drop(kept, path)
        elif len(path) >= _UNIT and path[0] in ("properties", "$defs"):
            broken |= _users(kept, str(path[0]), str(path[1]))
        else:
            _drop(kept, path[:_UNIT] if path[:1] == ("x-record",) else path[:1])
    for key in ("properties", "x-record", "$defs"):
        if not isinstance(kept.get(key, {}), dict):
            del kept[key]
    fields = kept.get("properties", {})
    return {**kept, "properties": {key: inner for key, inner in fields.items() if key not in broken}}, broken


def _users(kept: Mapping[str, Any], part: str, name: str) -> set[str]:
    """The fields that are broken when this field, or this definition, is."""
    if part == "properties":
        return {name}
    return {key for key, inner in kept["properties"].items() if f"#/$defs/{name}" in str(inner)}


def _drop(value: Any, path: Path) -> None:
    for part in path[:-1]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):  # dropped with something above it
            return
    if isinstance(value, dict) and path:
        value.pop(path[-1], None)
