"""Limits: what one spreadsheet may cost, and how a process binds itself to it."""

from __future__ import annotations

import contextlib
import resource
from dataclasses import dataclass

from kartotek.errors import Invalid
from kartotek.model.problem import problem

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`memory` and `unpacked` are in bytes, `processor` and `wall` in seconds, `cell` in characters."""

    memory: int = 1536 * _MIB
    processor: int = 120
    wall: int = 300
    cells: int = 5_000_000
    rows: int = 1_048_576
    columns: int = 1_000
    cell: int = 1_000_000
    unpacked: int = 500 * _MIB
    expansion: int = 100
    always_unpacked: int = 20 * _MIB  # up to here a file may be packed as tightly as it likes


def bind(limits: Limits) -> None:
    """Sets the limits of this process, as far as the system has them: macOS refuses one on memory."""
    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: limits.processor,
        resource.RLIMIT_CORE: 0,
    }
    for name, limit in wanted.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (limit, limit))


def refuse_file(code: str, **params: object) -> Invalid:
    """The error that refuses a whole file."""
    return Invalid((problem("/file", code, **params),), "The file was not accepted.")
