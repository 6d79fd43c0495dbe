"""Live: the conditions of a form as data for the browser's interpreter of formulas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.formula import Formula


def conditions(formulas: Iterable[Formula]) -> list[Any]:
    """The formulas that can be told from the form alone; one that looks elsewhere is left to the server."""
    return []


def formula_type(field: Field) -> dict[str, Any]:
    """What formulas see in a field: {"name": "decimal", "scale": 2, …}."""
    found = kind_of(field).formula_type(field)
    return {"name": found.name, "of": found.of.name if found.of else None, "scale": found.scale}
