"""One workflow file → an outline: what it declares, without what is broken in it, before record types are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.metafiles import WORKFLOW
from kartotek.declaration.problems import Problems
from kartotek.declaration.shape import check_shape, faults
from kartotek.model.frozen import EMPTY
from kartotek.model.settings import SiteSettings

_ROUNDS = 4
_RECORD = re.compile(r"""^["']?record["']?\s*:\s*["']?(\w+)""", re.MULTILINE)
_FIELD = re.compile(r"""^["']?field["']?\s*:\s*["']?([^\s"'#]+)""", re.MULTILINE)
_WAYS = ("from", "to")


@dataclass(slots=True, eq=False)
class Outline:
    """`draft` is named after the record type, "" where that cannot be told.

    `is_whole` says that no state and no way between states is missing, so that something may be said of all of them.
    """

    draft: Draft
    is_whole: bool

    @property
    def declared(self) -> Mapping[str, Any]:
        """The file, as far as it is right."""
        return self.draft.declared

    @property
    def states(self) -> Mapping[str, Mapping[str, Any]]:
        """{state: what is declared of it}."""
        found: Mapping[str, Any] = self.declared.get("states", EMPTY)
        return found

    @property
    def transitions(self) -> Mapping[str, Mapping[str, Any]]:
        """{transition: what is declared of it}."""
        found: Mapping[str, Any] = self.declared.get("transitions", EMPTY)
        return found

    @property
    def has_errors(self) -> bool:
        """Whether the file cannot be read, or some of it is wrong."""
        return self.draft.is_hollow or any(one.severity == "error" for one in self.draft.problems.found)

    def mentions(self, transition: str, *keys: str) -> bool:
        """Whether any of the keys stands at the transition in the file, be it right or wrong."""
        value = self.draft.problems.document.value
        written = value["transitions"][transition] if isinstance(value, dict) else None
        return isinstance(written, dict) and bool(written.keys() & set(keys))

    @property
    def has_all_effects(self) -> bool:
        """Whether none was left out because it is broken."""
        return all(None not in one.get("do", ()) for one in self.transitions.values())

    @property
    def field(self) -> str:
        """The field that shows the state, or ""."""
        return str(self.declared.get("field", ""))


def outline_of(document: Document, site: SiteSettings) -> Outline:
    """The outline; its problems are what is wrong with the form of this file."""
    problems = Problems(document)
    check_shape(problems, WORKFLOW)
    declared, is_whole = _without_broken(document.value, problems)
    return Outline(Draft(declared.get("record", ""), site, problems, declared), is_whole)


def unread_outline(file: str, text: str, site: SiteSettings) -> Outline:
    """Of a file that cannot be read: the record type and the field, as far as they can be made out."""
    found = {
        key: match[1]
        for key, pattern in (("record", _RECORD), ("field", _FIELD))
        if (match := pattern.search(text)) is not None
    }
    draft = Draft(found.get("record", ""), site, Problems(Document(file, text)), found, is_hollow=True)
    return Outline(draft, is_whole=False)


def _without_broken(value: Any, problems: Problems) -> tuple[dict[str, Any], bool]:
    """What is declared without what has problems, and whether all states and ways are still in it."""
    kept: dict[str, Any] = deepcopy(value) if isinstance(value, dict) else {}
    broken = list(zip(problems.paths, (one.code for one in problems.found), strict=True))
    is_whole = isinstance(value, dict)
    for _ in range(_ROUNDS):
        for path, code in broken:
            is_whole &= not _is_way(path, code)
            _drop(kept, path if code == "unknown_key" else _unit(path))
        broken = [(path, "") for path in faults(WORKFLOW, kept)] if broken else []
    if broken:
        return {}, False
    return {**kept, "states": {name: one or {} for name, one in kept.get("states", EMPTY).items()}}, is_whole


def _is_way(path: Path, code: str) -> bool:
    """Whether a problem may have to do with which states there are, or with the ways between them."""
    if code == "unknown_key":
        return False
    if path[:1] == ("transitions",):
        return len(path) < 3 or path[2] in _WAYS
    return path[:1] in ((), ("states",), ("initial",)) and len(path) < 3


def _unit(path: Path) -> Path:
    """The smallest part around the path that can be left out."""
    if path[:1] == ("transitions",):
        return path[:4] if path[2:3] == ("do",) else path[:3]
    if path[:1] in (("schedules",), ("clocks",)):
        return path[:4] if path[2:3] in (("do",), ("limits",)) else path[:2]
    return path[:3] if path[:1] == ("states",) else path[:2] if path[:1] == ("removed",) else path[:1]


def _drop(kept: dict[str, Any], path: Path) -> None:
    """States and transitions keep their names, entries of lists their positions."""
    value: Any = kept
    for part in path[:-1]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):  # dropped with something above it
            return
    if isinstance(value, dict) and len(path) == 2 and path[0] in ("states", "transitions"):
        value[path[1]] = value[path[1]] if isinstance(value.get(path[1]), dict) else {}
    elif isinstance(value, dict) and path:
        value.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(path[-1], int) and path[-1] < len(value):
        value[path[-1]] = None
