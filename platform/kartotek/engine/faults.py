"""What the database refuses, in the engine's words."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from kartotek.errors import Conflict, Invalid
from kartotek.model.problem import pointer, problem
from kartotek.storage.faults import Violation


@contextmanager
def translated(shown: Collection[str]) -> Iterator[None]:
    """Turns a violated constraint into Conflict (unique) or Invalid (reference, too long for an index); only shown fields are named."""
    try:
        yield
    except Violation as exc:
        names = [name for name in exc.fields if name in shown] or [""]
        if exc.kind == "unique":
            problems = [problem(pointer("fields", name) if name else "", "unique") for name in names]
            raise Conflict("Another record has the same value.", problems=problems) from exc
        code, params = ("max_length", {"limit": 600}) if exc.kind == "size" else ("no_record", {})
        raise Invalid([problem(pointer("fields", name) if name else "", code, **params) for name in names]) from exc
