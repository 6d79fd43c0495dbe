"""Problem: one thing that is wrong, told so that a person or a program can act on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

from kartotek.model.frozen import empty
from kartotek.model.messages import MESSAGES

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a declaration file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` is a JSON Pointer: into the request for values ("/fields/lines/0/price"), into the file for declarations."""

    path: str
    code: str
    message: str
    params: Mapping[str, Any] = field(default_factory=empty)
    place: Place | None = None
    severity: Severity = "error"

    def under(self, prefix: str) -> Problem:
        """The same problem seen from one level further out: `prefix` is put before the path."""
        return replace(self, path=prefix + self.path)

    def wire(self) -> dict[str, Any]:
        """The shape of one entry of `problems` in an API answer."""
        return {"path": self.path, "code": self.code, "message": self.message, "params": dict(self.params)}


def problem(path: str, code: str, **params: Any) -> Problem:
    """A Problem whose English sentence comes from MESSAGES; a page may put another language's in its place."""
    return Problem(path, code, MESSAGES[code].format_map(params), MappingProxyType(params))


def anonymous(one: Problem, path: str = "") -> Problem:
    """The problem for somebody who may not know which field has it."""
    message = "A computed value is too large." if one.code == "overflow" else one.message
    return replace(one, path=path, message=message, params=MappingProxyType({}))


def pointer(*parts: str | int) -> str:
    """The JSON Pointer (RFC 6901) of the parts: pointer("lines", 0, "a/b") is "/lines/0/a~1b"."""
    return "".join(["/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts])
