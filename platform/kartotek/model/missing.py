"""MISSING: the mark of a value that is absent, which is not the same as null."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Missing(Enum):
    """A type of one value, so that a checker can tell it from every other."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING
